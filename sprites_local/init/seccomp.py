"""The system call filter of a sprite.

It refuses, with errors that programs know how to live with:

- io_uring (`ENOSYS`): a process that uses it cannot be checkpointed.
- btrfs's own ioctls (`ENOTTY`): a nested subvolume would be missing in every snapshot. Cloning
  file ranges (`cp --reflink`) stays allowed.
- syslog, bpf, perf_event_open, userfaultfd, open_by_handle_at and virtual 8086 mode (`EPERM`): some
  machines give them to everybody, and they show the host's kernel log or are a large surface to
  attack it.
- keyrings (`ENOSYS`): all sprites share their users' quota, and would see each other's.
- sockets of other families than local ones, IP, packets and netlink (`EAFNOSUPPORT`): few need
  them, some know no namespaces (vsock, for one), and errors in others (the kernel's own ciphers)
  were ways to change files of the host that sprites share.
- netfilter and IPsec, by netlink (`EPROTONOSUPPORT`) or options of sockets (`ENOPROTOOPT`): whoever
  makes a network in a user namespace of their own is its administrator, and these parts of the
  kernel were the way out of such namespaces more often than any others. User namespaces themselves
  stay: rootless containers, bubblewrap and browsers need them.
- the one call of 32-bit x86 for everything about sockets (`ENOSYS`): what it is asked for lies in
  memory, where no filter sees it.
"""

from __future__ import annotations

import errno
import platform
import struct
from typing import Final

_LOAD, _JUMP_EQUAL, _JUMP_ABOVE, _JUMP_FROM, _AND, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x54, 0x06
_NUMBER_OFFSET: Final = 0
_ARCHITECTURE_OFFSET: Final = 4
_FIRST_ARGUMENT_OFFSET: Final = 16
_SECOND_ARGUMENT_OFFSET: Final = 24
_THIRD_ARGUMENT_OFFSET: Final = 32
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_IO_URING: Final = (425, 427)
_FIRST_X32: Final = 0x40000000
_BTRFS_TYPE: Final = 0x9400
_CLONING: Final = (0x40049409, 0x4020940D, 0xC0189436)

_NETLINK: Final = 16
_FAMILIES: Final = (1, 2, 10, 17)
"""Local, IPv4, IPv6 and packets."""
_PROTOCOLS: Final = (0, 4, 9, 15, 16)
"""Of netlink: routes, questions about sockets, audit, events of devices, generic."""
# iptables, ip6tables, arptables, ebtables; and the policies of IPsec.
_IPV4_OPTIONS: Final = (16, 17, 64, 65, 96, 97, 128, 129)
_IPV6_OPTIONS: Final = (34, 35, 64, 65)
_IPV6_LEVEL: Final = 41

# For each kind of program that a machine runs: audit architecture, and numbers by what to do.
_ARCHITECTURES: Final = {
    "x86_64": (
        (
            0xC000003E,
            {
                "ioctl": (16,),
                "socket": (41, 53),  # and socketpair
                "option": (54,),
                "forbidden": (103, 298, 304, 321, 323),
                "missing": (248, 249, 250),
            },
        ),
        (
            0x40000003,
            {
                "ioctl": (54,),
                "socket": (359, 360),
                "option": (366,),
                "forbidden": (103, 113, 166, 336, 342, 357, 374),
                "missing": (102, 286, 287, 288),
            },
        ),
    ),
    "aarch64": (
        (
            0xC00000B7,
            {
                "ioctl": (29,),
                "socket": (198, 199),
                "option": (208,),
                "forbidden": (116, 241, 265, 280, 282),
                "missing": (217, 218, 219),
            },
        ),
        (
            0x40000028,
            {
                "ioctl": (54,),
                "socket": (281, 288),
                "option": (294,),
                "forbidden": (103, 364, 371, 386, 388),
                "missing": (309, 310, 311),
            },
        ),
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
        for position, (audit, _) in enumerate(architectures)
    ]
    lines.append(("", _RETURN, _ALLOW if not architectures else _ERRNO | errno.ENOSYS, "", ""))
    for position, (_, calls) in enumerate(architectures):
        lines += [
            (f"abi{position}", _LOAD, _NUMBER_OFFSET, "", ""),
            ("", _JUMP_FROM, _FIRST_X32, "missing", ""),
            *(line for label, numbers in calls.items() for line in _cases(numbers, label)),
            ("", _JUMP_FROM, _IO_URING[0], "", "allow"),
            ("", _JUMP_ABOVE, _IO_URING[1], "allow", "missing"),
        ]
    return _assemble([*lines, *_arguments(), *_answers()])


def _arguments() -> list[_Line]:
    """Return what looks at arguments; the numbers there have 32 bits."""
    return [
        ("ioctl", _LOAD, _SECOND_ARGUMENT_OFFSET, "", ""),
        *_cases(_CLONING, "allow"),
        ("", _AND, 0xFF00, "", ""),
        ("", _JUMP_EQUAL, _BTRFS_TYPE, "refused", "allow"),
        ("socket", _LOAD, _FIRST_ARGUMENT_OFFSET, "", ""),
        *_cases(_FAMILIES, "allow"),
        ("", _JUMP_EQUAL, _NETLINK, "", "no family"),
        ("", _LOAD, _THIRD_ARGUMENT_OFFSET, "", ""),
        *_cases(_PROTOCOLS, "allow"),
        ("", _RETURN, _ERRNO | errno.EPROTONOSUPPORT, "", ""),
        ("option", _LOAD, _SECOND_ARGUMENT_OFFSET, "", ""),
        ("", _JUMP_EQUAL, _IPV6_LEVEL, "option of IPv6", ""),
        ("", _JUMP_EQUAL, 0, "", "allow"),
        ("", _LOAD, _THIRD_ARGUMENT_OFFSET, "", ""),
        *_cases(_IPV4_OPTIONS, "no option"),
        ("", _RETURN, _ALLOW, "", ""),
        ("option of IPv6", _LOAD, _THIRD_ARGUMENT_OFFSET, "", ""),
        *_cases(_IPV6_OPTIONS, "no option"),
    ]


def _answers() -> list[_Line]:
    """Return the ends of all ways; the first is also for who falls through."""
    return [
        ("allow", _RETURN, _ALLOW, "", ""),
        ("missing", _RETURN, _ERRNO | errno.ENOSYS, "", ""),
        ("forbidden", _RETURN, _ERRNO | errno.EPERM, "", ""),
        ("refused", _RETURN, _ERRNO | errno.ENOTTY, "", ""),
        ("no family", _RETURN, _ERRNO | errno.EAFNOSUPPORT, "", ""),
        ("no option", _RETURN, _ERRNO | errno.ENOPROTOOPT, "", ""),
    ]


def _cases(values: tuple[int, ...], label: str) -> list[_Line]:
    return [("", _JUMP_EQUAL, value, label, "") for value in values]


def _assemble(lines: list[_Line]) -> bytes:
    places = {label: place for place, (label, *_) in enumerate(lines) if label}

    def distance(label: str, place: int) -> int:
        return places[label] - place - 1 if label else 0

    return b"".join(
        struct.pack("HBBI", code, distance(true, place), distance(false, place), value)
        for place, (_, code, value, true, false) in enumerate(lines)
    )
