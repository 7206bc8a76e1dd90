"""Directories of one tree, opened step by step from its root, never through a link.

Everything the store does inside a tree goes through descriptors from here, so that a tree which
swaps directories for links while it is read can mislead the reader about itself, never about
anything outside. The number of descriptors is bounded however deep the tree is.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from attrs import frozen

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK a file that is swapped for a fifo would block the reader.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def open_directory(path: str | os.PathLike[str], dir_fd: int | None = None) -> int:
    """Open a directory whose last component is not a link."""
    return os.open(path, _DIRECTORY, dir_fd=dir_fd)


def chmod_entry(name: str, mode: int, dir_fd: int) -> None:
    """Set the mode of an entry; a link is left alone, also one that arrives meanwhile."""
    if not hasattr(os, "O_PATH"):
        os.chmod(name, mode, dir_fd=dir_fd, follow_symlinks=False)
        return
    fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=dir_fd)
    try:
        if not stat.S_ISLNK(os.fstat(fd).st_mode):
            Path(f"/proc/self/fd/{fd}").chmod(mode)
    finally:
        os.close(fd)


@contextmanager
def opened_file(name: str, dir_fd: int) -> Iterator[int]:
    """Open a file for reading, also one whose mode denies that to us, its owner."""
    try:
        fd, mode = os.open(name, _FILE, dir_fd=dir_fd), None
    except PermissionError:
        info = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
        if info.st_uid != os.geteuid() or not stat.S_ISREG(info.st_mode):
            raise
        mode = stat.S_IMODE(info.st_mode)
        chmod_entry(name, mode | stat.S_IRUSR, dir_fd)
        fd = os.open(name, _FILE, dir_fd=dir_fd)
    try:
        yield fd
    finally:
        if mode is not None:
            os.fchmod(fd, mode)
        os.close(fd)


@frozen
class _Opened:
    fd: int
    withheld: int | None
    """The mode to put back: it denies to us, the owner, what reading the directory needs."""

    def close(self) -> None:
        if self.withheld is not None:
            os.fchmod(self.fd, self.withheld)
        os.close(self.fd)


def _open_granted(name: str, dir_fd: int) -> _Opened:
    """Open a directory with the right to search it, taken from its owner's mode if need be."""
    try:
        fd = open_directory(name, dir_fd)
    except PermissionError:
        info = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
        if info.st_uid != os.geteuid() or not stat.S_ISDIR(info.st_mode):
            raise
        chmod_entry(name, 0o700, dir_fd)
        return _Opened(open_directory(name, dir_fd), stat.S_IMODE(info.st_mode))
    info = os.fstat(fd)
    mode = stat.S_IMODE(info.st_mode)
    if info.st_uid != os.geteuid() or mode & 0o500 == 0o500 or os.geteuid() == 0:
        return _Opened(fd, None)
    os.fchmod(fd, mode | 0o700)
    return _Opened(fd, mode)


class DirFds:
    """A bounded cache of open directories by their path below the root (`""` is the root)."""

    def __init__(self, root: Path, *, limit: int = 64) -> None:
        """Open the root, which is trusted up to its last component."""
        above = open_directory(root.parent)
        try:
            self._root = _open_granted(root.name, above)
        finally:
            os.close(above)
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._limit = limit
        info = os.fstat(self._root.fd)
        self.device = info.st_dev
        mode = stat.S_IMODE(info.st_mode)
        self.root_mode = mode if self._root.withheld is None else self._root.withheld

    def get(self, path: str) -> int:
        """Return a descriptor that is good until the next call."""
        known = self._opened.get(path)
        if known is not None:
            self._opened.move_to_end(path)
            return known.fd
        fd, reached = self._nearest(path)
        rest = path[len(reached) :].strip("/")
        for name in rest.split("/") if rest else ():
            reached = f"{reached}/{name}" if reached else name
            fd = self._enter(reached, name, fd)
        return fd

    def forget(self, path: str) -> None:
        """Close the descriptor of a directory that is done with."""
        known = self._opened.pop(path, None)
        if known is not None:
            known.close()

    def close(self) -> None:
        """Close everything and put modes back."""
        for opened in (*self._opened.values(), self._root):
            opened.close()
        self._opened.clear()

    def __enter__(self) -> DirFds:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _nearest(self, path: str) -> tuple[int, str]:
        while path:
            path = path.rpartition("/")[0]
            known = self._opened.get(path)
            if known is not None:
                return known.fd, path
        return self._root.fd, ""

    def _enter(self, path: str, name: str, parent: int) -> int:
        opened = _open_granted(name, parent)
        self._opened[path] = opened
        if len(self._opened) > self._limit:
            self._opened.popitem(last=False)[1].close()
        return opened.fd
