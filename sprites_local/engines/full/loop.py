"""Loop devices: one per image file, found again after a crash, gone when nobody uses it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
from pathlib import Path
from typing import Final

_CONTROL: Final = "/dev/loop-control"
_GET_FREE: Final = 0x4C82
_CONFIGURE: Final = 0x4C0A
_GET_STATUS: Final = 0x4C05
_AUTOCLEAR: Final = 4
_DIRECT_IO: Final = 16
_INFO_SIZE: Final = 232
_FLAGS_OFFSET: Final = 52
_SECTOR: Final = 4096
_ATTEMPTS: Final = 20


def attach(image: Path) -> tuple[int, str]:
    """Return a descriptor and the path of the loop device of `image`, made if there is none.

    The device detaches itself when its last user is gone, so the descriptor must stay open until
    something else (a mount) uses it.
    """
    found = _open_existing(image)
    if found is not None:
        return found
    for _ in range(_ATTEMPTS):
        device = _free_device()
        fd = os.open(device, os.O_RDWR | os.O_CLOEXEC)
        try:
            _configure(fd, image)
        except OSError as error:
            os.close(fd)
            if error.errno != errno.EBUSY:  # somebody else was quicker with this one
                raise
        else:
            return fd, device
    raise OSError(errno.EBUSY, "no free loop device")


def devices_of(image: Path) -> list[str]:
    """Name the loop devices attached to `image`, as the kernel lists them."""
    found = []
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        with contextlib.suppress(OSError):
            name = backing.read_bytes().rstrip(b"\n").removesuffix(b" (deleted)")
            if name == os.fsencode(image.resolve()):
                found.append(f"/dev/{backing.parent.parent.name}")
    return found


def _open_existing(image: Path) -> tuple[int, str] | None:
    wanted = image.stat()
    for device in devices_of(image):
        with contextlib.suppress(OSError):
            fd = os.open(device, os.O_RDWR | os.O_CLOEXEC)
            try:
                info = fcntl.ioctl(fd, _GET_STATUS, bytes(_INFO_SIZE))
            except OSError:
                os.close(fd)  # it was just being detached
                continue
            _, inode = struct.unpack_from("QQ", info)
            if inode == wanted.st_ino:
                return fd, device
            os.close(fd)
    return None


def _free_device() -> str:
    try:
        control = os.open(_CONTROL, os.O_RDWR | os.O_CLOEXEC)
        try:
            return f"/dev/loop{fcntl.ioctl(control, _GET_FREE)}"
        finally:
            os.close(control)
    except OSError as error:
        raise OSError(error.errno, f"{_CONTROL}: {error.strerror}") from error


def _configure(fd: int, image: Path) -> None:
    backing = os.open(image, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            _configure_with(fd, backing, _AUTOCLEAR | _DIRECT_IO)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            _configure_with(fd, backing, _AUTOCLEAR)  # the file system cannot do direct I/O
    finally:
        os.close(backing)


def _configure_with(fd: int, backing: int, flags: int) -> None:
    info = bytearray(_INFO_SIZE)
    struct.pack_into("I", info, _FLAGS_OFFSET, flags)
    fcntl.ioctl(fd, _CONFIGURE, bytearray(struct.pack("II", backing, _SECTOR) + info + bytes(64)))
