"""Subvolumes and snapshots of btrfs, by ioctl on directory descriptors."""

from __future__ import annotations

import fcntl
import os
import struct
from typing import Final

_SUBVOLUME_CREATE: Final = 0x5000940E
_SNAPSHOT_DESTROY: Final = 0x5000940F
_SNAPSHOT_CREATE_V2: Final = 0x50009417
_READ_ONLY: Final = 2
_SUBVOLUME_INODE: Final = 256


def create(parent: int, name: str) -> None:
    """Create an empty subvolume in the directory `parent`."""
    fcntl.ioctl(parent, _SUBVOLUME_CREATE, _name_argument(name))


def snapshot(source: int, parent: int, name: str, *, read_only: bool = False) -> None:
    """Snapshot the subvolume opened as `source`; it is on disk when this returns."""
    head = struct.pack("=qQQ32x", source, 0, _READ_ONLY if read_only else 0)
    # A bytearray: for arguments of this size fcntl.ioctl refuses immutable buffers.
    fcntl.ioctl(parent, _SNAPSHOT_CREATE_V2, bytearray(head + os.fsencode(name).ljust(4040, b"\0")))


def destroy(parent: int, name: str) -> None:
    """Delete a subvolume or snapshot; its space comes back in the background."""
    fcntl.ioctl(parent, _SNAPSHOT_DESTROY, _name_argument(name))


def is_subvolume(fd: int) -> bool:
    """Tell whether a directory is the top of a subvolume."""
    return os.fstat(fd).st_ino == _SUBVOLUME_INODE


def _name_argument(name: str) -> bytearray:
    return bytearray(struct.pack("=q", 0) + os.fsencode(name).ljust(4088, b"\0"))
