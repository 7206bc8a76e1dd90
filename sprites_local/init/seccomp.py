"""The system call filter of a sprite.

It refuses, with errors that programs know how to live with:

- io_uring (`ENOSYS`): a process that uses it cannot be checkpointed.
- btrfs's own ioctls (`ENOTTY`): a nested subvolume would be missing in every snapshot. Cloning
  file ranges (`cp --reflink`) stays allowed.
- syslog, bpf, perf_event_open and userfaultfd (`EPERM`): some machines give them to everybody, and
  they show the host's kernel log or are a large surface to attack it.
"""

from __future__ import annotations

import errno
import platform
import struct
from typing import Final

_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_FROM, _AND, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x54, 0x06
_NUMBER_OFFSET: Final = 0
_ARCHITECTURE_OFFSET: Final = 4
_SECOND_ARGUMENT_OFFSET: Final = 24
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_IO_URING: Final = (425, 427)
_FIRST_X32: Final = 0x40000000
_BTRFS_TYPE: Final = 0x9400
_CLONING: Final = (0x40049409, 0x4020940D, 0xC0189436)

# For each kind of program that a machine runs: audit architecture, number of ioctl, and the numbers
# of syslog, bpf, perf_event_open, userfaultfd.
_ARCHITECTURES: Final = {
    "x86_64": (
        (0xC000003E, 16, (103, 321, 298, 323)),
        (0x40000003, 54, (103, 357, 336, 374)),
    ),
    "aarch64": (
        (0xC00000B7, 29, (116, 280, 241, 282)),
        (0x40000028, 54, (103, 386, 364, 388)),
    ),
}

# An instruction: label or "", code, value, where to go when true, when false ("": the next one).
_Line = tuple[str, int, int, str, str]


def program() -> bytes:
    """Return the filter for this machine."""
    lines: list[_Line] = [("", _LOAD, _ARCHITECTURE_OFFSET, "", "")]
    architectures = _ARCHITECTURES.get(platform.machine(), ())
    lines += [
        ("", _JUMP_EQUAL, audit, f"abi{position}", "")
        for position, (audit, _, _) in enumerate(architectures)
    ]
    lines.append(("", _RETURN, _ALLOW if not architectures else _ERRNO | errno.ENOSYS, "", ""))
    for position, (_, ioctl, forbidden) in enumerate(architectures):
        lines += [
            (f"abi{position}", _LOAD, _NUMBER_OFFSET, "", ""),
            ("", _JUMP_FROM, _FIRST_X32, "missing", ""),
            ("", _JUMP_EQUAL, ioctl, "ioctl", ""),
            *(("", _JUMP_EQUAL, number, "forbidden", "") for number in forbidden),
            ("", _JUMP_FROM, _IO_URING[0], "", "allow"),
            ("", _JUMP_ABOVE, _IO_URING[1], "allow", "missing"),
        ]
    lines.append(("ioctl", _LOAD, _SECOND_ARGUMENT_OFFSET, "", ""))
    lines += [("", _JUMP_EQUAL, command, "allow", "") for command in _CLONING]
    lines += [
        ("", _AND, 0xFF00, "", ""),
        ("", _JUMP_EQUAL, _BTRFS_TYPE, "refused", "allow"),
        ("allow", _RETURN, _ALLOW, "", ""),
        ("missing", _RETURN, _ERRNO | errno.ENOSYS, "", ""),
        ("forbidden", _RETURN, _ERRNO | errno.EPERM, "", ""),
        ("refused", _RETURN, _ERRNO | errno.ENOTTY, "", ""),
    ]
    return _assemble(lines)


def _assemble(lines: list[_Line]) -> bytes:
    places = {label: place for place, (label, *_) in enumerate(lines) if label}

    def distance(label: str, place: int) -> int:
        return places[label] - place - 1 if label else 0

    return b"".join(
        struct.pack("HBBI", code, distance(true, place), distance(false, place), value)
        for place, (_, code, value, true, false) in enumerate(lines)
    )
