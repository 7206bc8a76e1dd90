"""The bytes of files: how they are named, copied and kept sparse."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import sys
from collections.abc import Iterator

CHUNK = 256 * 1024
_ZEROS = bytes(CHUNK)
_FICLONE = 0x40049409
_NO_CLONE = {errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.ETXTBSY, errno.EPERM}
_HAS_HOLES = hasattr(os, "SEEK_DATA")


class Digest:
    """The name of a content: sha256 over its non-zero chunks, their offsets, and the size.

    Leaving the zeros out makes the name independent of holes, and a sparse terabyte cheap.
    """

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def add(self, offset: int, chunk: bytes) -> None:
        """Take one chunk; offsets are multiples of CHUNK and increase."""
        zeros = _ZEROS if len(chunk) == CHUNK else _ZEROS[: len(chunk)]
        if chunk != zeros:
            self._sha.update(offset.to_bytes(8, "big"))
            self._sha.update(chunk)

    def finish(self, size: int) -> bytes:
        """Return the digest of a content of this size."""
        self._sha.update(size.to_bytes(8, "big"))
        return self._sha.digest()


def digest_of_bytes(data: bytes) -> bytes:
    """Name a content held in memory."""
    digest = Digest()
    for offset in range(0, len(data), CHUNK):
        digest.add(offset, data[offset : offset + CHUNK])
    return digest.finish(len(data))


def digest_of_file(fd: int) -> bytes:
    """Name the content of a file that does not change."""
    digest = Digest()
    size = os.fstat(fd).st_size
    done = 0
    for start, end in extents(fd, size):
        done = max(done, start - start % CHUNK)
        while done < end:
            chunk = _read(fd, done, min(CHUNK, size - done))
            digest.add(done, chunk)
            done += CHUNK
    return digest.finish(size)


def read_all(fd: int, limit: int) -> bytes:
    """Read from the start of a file, at most `limit` bytes."""
    return _read(fd, 0, limit)


def _read(fd: int, offset: int, length: int) -> bytes:
    parts: list[bytes] = []
    while length:
        part = os.pread(fd, length, offset)
        if not part:
            break
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def extents(fd: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a file that are not holes."""
    offset = 0
    while offset < size:
        start, end = _next_extent(fd, offset, size)
        if start >= size:
            return
        yield start, end
        offset = end


def _next_extent(fd: int, offset: int, size: int) -> tuple[int, int]:
    if not _HAS_HOLES:
        return offset, size
    try:
        start = os.lseek(fd, offset, os.SEEK_DATA)
        return start, min(size, os.lseek(fd, start, os.SEEK_HOLE))
    except OSError as error:
        if error.errno == errno.ENXIO:  # nothing but a hole is left
            return size, size
        return offset, size


def copy(source: int, target: int) -> None:
    """Make the empty file `target` equal to `source`, shared where the file system can."""
    if _clone(source, target):
        return
    size = os.fstat(source).st_size
    for start, end in extents(source, size):
        _copy_range(source, target, start, end)
    os.ftruncate(target, size)


def _clone(source: int, target: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno not in _NO_CLONE:
            raise
        return False
    return True


def _copy_range(source: int, target: int, offset: int, end: int) -> None:
    while offset < end:
        done = _copy_some(source, target, offset, end - offset)
        if not done:  # the file shrank under the copy; the caller looks again
            return
        offset += done


def _copy_some(source: int, target: int, offset: int, length: int) -> int:
    if sys.platform.startswith("linux"):
        try:
            return os.copy_file_range(source, target, length, offset, offset)
        except OSError as error:
            if error.errno not in _NO_CLONE | {errno.ENOSYS}:
                raise
    return os.pwrite(target, os.pread(source, min(length, 1 << 20), offset), offset)


def write_all(fd: int, data: bytes) -> None:
    """Write everything at the start of a file."""
    view = memoryview(data)
    offset = 0
    while offset < len(view):
        offset += os.pwrite(fd, view[offset:], offset)
