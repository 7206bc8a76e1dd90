"""What an upload has to carry, and how far a transfer has come."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from sprites_facade._core.file_values import Transfer, TransferProgress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@attrs.frozen
class LocalItem:
    """A file or a directory of this machine."""

    path: Path
    parts: tuple[str, ...]
    """Where it is below the top."""
    is_dir: bool
    mode: int
    size: int


def local_tree(top: Path) -> Iterator[LocalItem]:
    """Yield a file, or a directory and what is below, each directory before what is in it.

    Raises:
        OSError: If there is something that is neither, or a link that leads to itself.
    """
    yield from _items(top, (), ())


def _items(
    path: Path, parts: tuple[str, ...], above: tuple[tuple[int, int], ...]
) -> Iterator[LocalItem]:
    info = path.stat()
    identity = info.st_dev, info.st_ino
    if identity in above:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    is_dir = stat.S_ISDIR(info.st_mode)
    if not is_dir and not stat.S_ISREG(info.st_mode):
        raise OSError(errno.EINVAL, "neither a file nor a directory", str(path))
    yield LocalItem(path, parts, is_dir, info.st_mode & 0o777, 0 if is_dir else info.st_size)
    for below in sorted(path.iterdir()) if is_dir else ():
        yield from _items(below, (*parts, below.name), (*above, identity))


@attrs.define
class Ledger:
    """Counts what was transferred."""

    files_total: int
    total: int | None
    files: int = 0
    directories: int = 0
    size: int = 0

    @classmethod
    def of(cls, sizes: Iterable[int | None]) -> Ledger:
        """Return a ledger for files of these sizes, as far as they are known."""
        known = list(sizes)
        total = None if None in known else sum(size for size in known if size is not None)
        return cls(files_total=len(known), total=total)

    def progress(self, path: str) -> TransferProgress:
        """Return how far it has come."""
        return TransferProgress(
            path=path,
            transferred=self.size,
            total=self.total,
            files_done=self.files,
            files_total=self.files_total,
        )

    def result(self) -> Transfer:
        """Return what was transferred."""
        return Transfer(files=self.files, directories=self.directories, size=self.size)
