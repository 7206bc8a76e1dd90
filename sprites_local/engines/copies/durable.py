"""Getting bytes and names onto the disk, and what file times are worth here."""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
import time
from pathlib import Path

from sprites_local import linux

RACY_NS = 20_000_000
"""Two writes closer than this may leave the same times: kernels count file times in ticks."""


def flush(path: Path) -> None:
    """Write out the file system that a directory is on."""
    if sys.platform != "linux":
        os.sync()
        return
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        linux.syncfs(fd)
    finally:
        os.close(fd)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_file(path: Path, draft: Path, data: bytes) -> None:
    """Write a small file so that a crash leaves the old one or the new one, and maybe a draft."""
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_directory(path.parent)


def times_tell(directory: Path) -> bool:
    """Try whether a write through a mapping changes a file's times after a flush.

    On file systems in memory it does not: there, files must be read again at every checkpoint.
    """
    with tempfile.TemporaryFile(dir=directory) as file:
        file.write(bytes(mmap.PAGESIZE))
        file.flush()
        with mmap.mmap(file.fileno(), mmap.PAGESIZE) as mapping:
            mapping[0] = 1
            flush(directory)
            before = os.fstat(file.fileno()).st_mtime_ns
            time.sleep(RACY_NS / 1e9)
            mapping[0] = 2
            return os.fstat(file.fileno()).st_mtime_ns != before
