"""One pass over a living tree: what is in it now, and the contents that were not known yet."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping

from attrs import define, field

from sprites_local.engines.copies.database import Inode, Seen, times_of
from sprites_local.engines.copies.dirfds import DirFds, opened_file
from sprites_local.engines.copies.entries import Entry, Kind, kind_of, write_listing
from sprites_local.engines.copies.errors import CopyError
from sprites_local.engines.copies.objects import Objects
from sprites_local.engines.copies.xattrs import Xattrs, read_xattrs

MAX_DEPTH = 2048
"""No path of a deeper directory could be named in one call; nothing but malice makes one."""
_MOVED = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE}


@define
class Pass:
    """The outcome of one pass."""

    root: Entry
    seen: dict[Inode, Seen] = field(factory=dict)
    skipped: list[str] = field(factory=list)
    """Paths of what cannot be kept: sockets, devices of others, other file systems."""
    moved: bool = False
    """Something changed under the pass; its result is not one moment's."""


class Scanner:
    """Walks a tree once, storing contents that `seen` does not know."""

    def __init__(
        self, dirs: DirFds, objects: Objects, seen: Mapping[Inode, Seen], horizon_ns: int
    ) -> None:
        """Prepare a pass.

        Args:
            dirs: The tree.
            objects: Takes new contents.
            seen: What earlier passes read.
            horizon_ns: What was changed at or after this time may change again without a trace
                in its times (git's "racily clean" files), so it is not remembered.
        """
        self._dirs = dirs
        self._objects = objects
        self._known = seen
        self._horizon = horizon_ns
        self._found: dict[str, tuple[list[Entry], Xattrs]] = {}
        self._links: dict[int, Entry] = {}
        self._result = Pass(Entry("", "d", 0, 0, 0, 0))

    def run(self) -> Pass:
        """Read everything; the root's digest then stands for the whole tree."""
        info = os.fstat(self._dirs.get(""))
        root = _entry("", "d", info, mode=self._dirs.root_mode)
        pending = [("", info)]
        while pending:
            path, info = pending.pop()
            try:
                pending.extend(self._directory(path, info))
            except OSError as error:
                self._tolerate(error)
        self._result.root = self._sum_up(root)
        return self._result

    def _directory(self, path: str, info: os.stat_result) -> list[tuple[str, os.stat_result]]:
        """Read one directory; return the paths of its directories."""
        if path.count("/") >= MAX_DEPTH:
            raise CopyError(f"directories are nested more than {MAX_DEPTH} deep")
        fd = self._dirs.get(path)
        xattrs = self._xattrs(info, fd)
        entries: list[Entry] = []
        below: list[tuple[str, os.stat_result]] = []
        prefix = f"{path}/" if path else ""
        with os.scandir(fd) as found:
            names = sorted(child.name for child in found)
        for name in names:
            try:
                child = os.stat(name, dir_fd=fd, follow_symlinks=False)
                entry = self._entry(fd, name, prefix, child)
            except OSError as error:
                self._tolerate(error)
                continue
            if entry is not None:
                entries.append(entry)
                if entry.kind == "d":
                    below.append((prefix + name, child))
        self._found[path] = (entries, xattrs)
        return below

    def _entry(self, fd: int, name: str, prefix: str, info: os.stat_result) -> Entry | None:
        kind = kind_of(info)
        if kind is None or info.st_dev != self._dirs.device:
            self._result.skipped.append(f"/{prefix}{name}")
            return None
        if kind == "f":
            return self._file(fd, name, info)
        if kind == "d":
            return _entry(name, kind, info)
        # Only root can put attributes on links, fifos and devices.
        xattrs = read_xattrs(f"/proc/self/fd/{fd}/{name}") if os.geteuid() == 0 else ()
        if kind == "l":
            return _entry(name, kind, info, _read_link(fd, name), xattrs)
        return _entry(name, kind, info, "", xattrs, size=info.st_rdev)

    def _file(self, parent: int, name: str, info: os.stat_result) -> Entry:
        known = self._remembered(info)
        if known is not None:
            return _entry(name, "f", info, known.value, known.xattrs)
        earlier = self._links.get(info.st_ino)
        if earlier is not None:  # one inode is read once, or its names could differ
            return _entry(name, "f", info, earlier.value, earlier.xattrs)
        entry = self._read(parent, name, info)
        if entry.link:
            self._links[info.st_ino] = entry
        return entry

    def _read(self, parent: int, name: str, info: os.stat_result) -> Entry:
        with opened_file(name, parent) as fd:
            before = os.fstat(fd)
            if not stat.S_ISREG(before.st_mode) or before.st_ino != info.st_ino:
                raise FileNotFoundError(errno.ENOENT, "replaced while it was opened", name)
            digest = self._objects.keep(fd, before).hex()
            xattrs = read_xattrs(fd)
            after = os.fstat(fd)
        if times_of(before) != times_of(after):
            self._result.moved = True
        else:
            self._remember(after, digest, xattrs)
        # The mode and owner are those of the first look: reading may have borrowed a right.
        return _entry(name, "f", info, digest, xattrs, size=after.st_size, mtime=after.st_mtime_ns)

    def _xattrs(self, info: os.stat_result, fd: int) -> Xattrs:
        """Return a directory's attributes, from memory if it was not changed."""
        known = self._remembered(info)
        if known is not None:
            return known.xattrs
        xattrs = read_xattrs(fd)
        self._remember(info, "", xattrs)
        return xattrs

    def _remembered(self, info: os.stat_result) -> Seen | None:
        key = (info.st_dev, info.st_ino)
        known = self._known.get(key)
        if known is None or not known.matches(info):
            return None
        self._result.seen[key] = known
        return known

    def _remember(self, info: os.stat_result, value: str, xattrs: Xattrs) -> None:
        if max(info.st_mtime_ns, info.st_ctime_ns) < self._horizon:
            self._result.seen[info.st_dev, info.st_ino] = Seen(*times_of(info), value, xattrs)

    def _tolerate(self, error: OSError) -> None:
        if error.errno not in _MOVED:
            raise error
        self._result.moved = True

    def _sum_up(self, root: Entry) -> Entry:
        """Name every directory by its listing, children first."""
        done: dict[str, tuple[str, Xattrs]] = {}
        for path in reversed(self._found):
            prefix = f"{path}/" if path else ""
            children, xattrs = self._found[path]
            listed = [
                _complete(child, done[prefix + child.name]) if child.kind == "d" else child
                for child in children
                # A directory that vanished under the pass has not been read.
                if child.kind != "d" or prefix + child.name in done
            ]
            digest, text = write_listing(listed)
            self._objects.keep_bytes(text, digest)
            done[path] = (digest.hex(), xattrs)
        if "" not in done:
            raise CopyError("the sprite's root directory cannot be read")
        return _complete(root, done[""])


def _read_link(parent: int, name: str) -> str:
    try:
        return os.readlink(name, dir_fd=parent)
    except OSError as error:
        if error.errno == errno.EINVAL:  # something else took its place
            raise FileNotFoundError(errno.ENOENT, "replaced while it was read", name) from None
        raise


def _complete(entry: Entry, read: tuple[str, Xattrs]) -> Entry:
    """Return a directory's entry with what reading the directory gave."""
    base = (entry.name, entry.kind, entry.mode, entry.uid, entry.gid, entry.mtime_ns)
    return Entry(*base, value=read[0], xattrs=read[1])


def _entry(
    name: str,
    kind: Kind,
    info: os.stat_result,
    value: str = "",
    xattrs: Xattrs = (),
    *,
    size: int | None = None,
    mtime: int | None = None,
    mode: int | None = None,
) -> Entry:
    if size is None:
        size = info.st_size if kind == "f" else 0
    return Entry(
        name,
        kind,
        stat.S_IMODE(info.st_mode) if mode is None else mode,
        info.st_uid,
        info.st_gid,
        info.st_mtime_ns if mtime is None else mtime,
        size,
        value,
        link=info.st_ino if kind != "d" and info.st_nlink > 1 else 0,
        xattrs=xattrs,
    )
