"""The kernel's notices of changes in directories, which Python has no functions for.

Standard library only: the file agent of the full tier uses this module too. Linux only; elsewhere
the functions fail with `ENOSYS`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

MODIFY: Final = 0x2
ATTRIBUTES: Final = 0x4
MOVED_FROM: Final = 0x40
MOVED_TO: Final = 0x80
CREATE: Final = 0x100
DELETE: Final = 0x200
DELETE_SELF: Final = 0x400
MOVE_SELF: Final = 0x800
OVERFLOW: Final = 0x4000
IGNORED: Final = 0x8000
ONLY_DIRECTORY: Final = 0x01000000
EXCLUDE_UNLINKED: Final = 0x04000000
IS_DIRECTORY: Final = 0x40000000

EVENTS_SIZE: Final = 1 << 16
_HEADER: Final = struct.Struct("iIII")

_libc = ctypes.CDLL(None, use_errno=True)


class Event(NamedTuple):
    """One notice."""

    watch: int
    mask: int
    cookie: int
    """What the two notices of one move have in common; otherwise 0."""
    name: str
    """The entry of the directory that it is about; empty for the directory itself."""


def new() -> int:
    """Return a descriptor from which notices are read; reading does not wait."""
    return _call("inotify_init1", os.O_CLOEXEC | os.O_NONBLOCK)


def add(descriptor: int, path: str, mask: int) -> int:
    """Ask for notices about a directory and return the number that they will bear."""
    return _call("inotify_add_watch", descriptor, os.fsencode(path), ctypes.c_uint32(mask))


def remove(descriptor: int, watch: int) -> None:
    """Ask for no more notices under a number."""
    _call("inotify_rm_watch", descriptor, watch)


def read(descriptor: int) -> list[Event]:
    """Return the notices that are there, or some of them."""
    try:
        return list(_parse(os.read(descriptor, EVENTS_SIZE)))
    except BlockingIOError:
        return []


def _parse(data: bytes) -> Iterator[Event]:
    start = 0
    while start < len(data):
        watch, mask, cookie, size = _HEADER.unpack_from(data, start)
        start += _HEADER.size
        yield Event(watch, mask, cookie, os.fsdecode(data[start : start + size].rstrip(b"\0")))
        start += size


def _call(name: str, *arguments: Any) -> int:
    function = getattr(_libc, name, None)
    if function is None:
        raise OSError(errno.ENOSYS, "files cannot be followed on this system")
    result = int(function(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
