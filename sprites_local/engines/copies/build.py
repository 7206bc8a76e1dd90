"""Making a kept tree again, in a directory of its own."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from sprites_local.engines.copies.database import Database, Inode, Seen
from sprites_local.engines.copies.dirfds import DirFds, chmod_entry
from sprites_local.engines.copies.entries import Entry
from sprites_local.engines.copies.objects import Objects
from sprites_local.engines.copies.xattrs import write_xattrs

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_DEVICES = {"c": stat.S_IFCHR, "b": stat.S_IFBLK}


class OldTree:
    """The tree that is about to be replaced, as a source of unchanged files."""

    def __init__(self, dirs: DirFds | None, seen: Mapping[Inode, Seen]) -> None:
        self._dirs = dirs
        self._seen = seen
        self._used: set[int] = set()

    def link(self, path: str, entry: Entry, target: int) -> os.stat_result | None:
        """Give a file of the old tree a name in a new directory, if it is just what is wanted."""
        if self._dirs is None:
            return None
        try:
            source = self._dirs.get(path)
            info = os.stat(entry.name, dir_fd=source, follow_symlinks=False)
            if info.st_ino in self._used or not self._is(entry, info):
                return None
            name = entry.name
            os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        except OSError:  # not there, or not ours to link: the content is copied instead
            return None
        linked = os.stat(entry.name, dir_fd=target, follow_symlinks=False)
        if (linked.st_dev, linked.st_ino) != (info.st_dev, info.st_ino):
            os.unlink(entry.name, dir_fd=target)
            return None
        self._used.add(info.st_ino)
        return linked

    def _is(self, entry: Entry, info: os.stat_result) -> bool:
        if not stat.S_ISREG(info.st_mode):
            return False
        known = self._seen.get((info.st_dev, info.st_ino))
        if known is None or not known.matches(info):
            return False
        kept = (entry.value, entry.xattrs, entry.mode, entry.uid, entry.gid, entry.mtime_ns)
        mode = stat.S_IMODE(info.st_mode)
        return kept == (
            known.value,
            known.xattrs,
            mode,
            info.st_uid,
            info.st_gid,
            info.st_mtime_ns,
        )


class Builder:
    """Fills an empty directory from a kept tree.

    A file that is unchanged in the old tree is linked, not copied: both trees hold the same
    inode until the old one is deleted. Nothing is ever written to such an inode, so the old tree
    stays as it is if the build does not come to its end.
    """

    def __init__(self, database: Database, objects: Objects, target: Path) -> None:
        self._database = database
        self._objects = objects
        self._new = DirFds(target)
        self._links: dict[int, tuple[str, str]] = {}
        self.contents: dict[Inode, Entry] = {}
        """The files that were made, by inode."""

    def close(self) -> None:
        """Close the directories."""
        self._new.close()

    def build(self, root: Entry, old: OldTree) -> None:
        """Make everything below the root, then give directories their attributes."""
        directories: list[tuple[str, Entry]] = []
        pending = [("", root)]
        while pending:
            path, directory = pending.pop()
            directories.append((path, directory))
            pending.extend(self._fill(path, directory, old))
        for path, directory in reversed(directories):
            _finish(self._new.get(path), directory)
            self._new.forget(path)

    def _fill(self, path: str, directory: Entry, old: OldTree) -> list[tuple[str, Entry]]:
        below: list[tuple[str, Entry]] = []
        fd = self._new.get(path)
        prefix = f"{path}/" if path else ""
        for entry in self._database.listing(bytes.fromhex(directory.value)):
            if entry.kind == "d":
                os.mkdir(entry.name, 0o700, dir_fd=fd)
                below.append((prefix + entry.name, entry))
            elif entry.link in self._links:
                self._link_again(path, entry)
                fd = self._new.get(path)
            else:
                self._make(fd, path, entry, old)
        return below

    def _link_again(self, path: str, entry: Entry) -> None:
        parent, name = self._links[entry.link]
        source = os.dup(self._new.get(parent))  # the second `get` may close the first's result
        try:
            target = self._new.get(path)
            os.link(name, entry.name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        finally:
            os.close(source)

    def _make(self, fd: int, path: str, entry: Entry, old: OldTree) -> None:
        if entry.link:
            self._links[entry.link] = (path, entry.name)
        if entry.kind == "f":
            info = old.link(path, entry, fd) or self._copy(fd, entry)
            self.contents[info.st_dev, info.st_ino] = entry
            return
        if entry.kind == "l":
            os.symlink(entry.value, entry.name, dir_fd=fd)
        elif entry.kind == "p":
            os.mkfifo(entry.name, dir_fd=fd)
        else:
            os.mknod(entry.name, _DEVICES[entry.kind], entry.size, dir_fd=fd)
        _finish_special(fd, entry)

    def _copy(self, parent: int, entry: Entry) -> os.stat_result:
        fd = os.open(entry.name, _CREATE, 0o600, dir_fd=parent)
        try:
            self._objects.restore(bytes.fromhex(entry.value), fd)
            _finish(fd, entry)
            return os.fstat(fd)
        finally:
            os.close(fd)


def _finish(fd: int, entry: Entry) -> None:
    """Give an open file or directory its attributes."""
    info = os.fstat(fd)
    if (info.st_uid, info.st_gid) != (entry.uid, entry.gid):
        try:
            os.fchown(fd, entry.uid, entry.gid)
        except PermissionError:
            if os.geteuid() == 0:
                raise
    write_xattrs(fd, entry.xattrs)
    os.fchmod(fd, entry.mode)  # after the owner, whose change clears set-id bits
    os.utime(fd, ns=(entry.mtime_ns, entry.mtime_ns))


def _finish_special(parent: int, entry: Entry) -> None:
    """Give a link, fifo or device its attributes."""
    if os.geteuid() == 0:
        os.chown(entry.name, entry.uid, entry.gid, dir_fd=parent, follow_symlinks=False)
        write_xattrs(f"/proc/self/fd/{parent}/{entry.name}", entry.xattrs)
    if entry.kind != "l":
        chmod_entry(entry.name, entry.mode, parent)
    times = (entry.mtime_ns, entry.mtime_ns)
    os.utime(entry.name, ns=times, dir_fd=parent, follow_symlinks=False)
