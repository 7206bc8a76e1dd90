"""What the store knows about one directory entry, and how directories are written down."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from typing import Any, Literal

from attrs import frozen

Kind = Literal["d", "f", "l", "p", "c", "b"]


@frozen
class Entry:
    """A directory (d), file (f), symbolic link (l), fifo (p) or device (c, b)."""

    name: str
    kind: Kind
    mode: int
    uid: int
    gid: int
    mtime_ns: int
    size: int = 0
    """Of a file's content; for a device node its number."""
    value: str = ""
    """Digest of a file's content or a directory's listing in hex; target of a link."""
    link: int = 0
    """What names of one inode have in common, 0 for an inode with one name."""
    xattrs: tuple[tuple[str, str], ...] = ()
    """Names and values in hex."""

    def line(self) -> list[object]:
        """Return the entry as JSON holds it."""
        base: list[object] = [self.name, self.kind, self.mode, self.uid, self.gid, self.mtime_ns]
        return [*base, self.size, self.value, self.link, self.xattrs]


def parse_entry(line: list[Any]) -> Entry:
    """Read what `Entry.line` wrote."""
    name, kind, mode, uid, gid, mtime_ns, size, value, link, xattrs = line
    pairs = tuple((attribute, content) for attribute, content in xattrs)
    return Entry(name, kind, mode, uid, gid, mtime_ns, size, value, link, pairs)


def write_listing(entries: list[Entry]) -> tuple[bytes, bytes]:
    """Return the digest and the text of a directory, which name each other."""
    text = json.dumps([entry.line() for entry in entries], separators=(",", ":")).encode()
    return hashlib.sha256(text).digest(), text


def read_listing(text: bytes) -> list[Entry]:
    """Read what `write_listing` wrote."""
    return [parse_entry(line) for line in json.loads(text)]


def kind_of(info: os.stat_result) -> Kind | None:
    """Return how an inode is kept, or None for what cannot be kept: sockets, foreign devices."""
    mode = info.st_mode
    if stat.S_ISREG(mode):
        return "f"
    if stat.S_ISDIR(mode):
        return "d"
    if stat.S_ISLNK(mode):
        return "l"
    if stat.S_ISFIFO(mode):
        return "p"
    # Anybody may make the device 0:0 (an overlay's whiteout); others only root could restore.
    if stat.S_ISCHR(mode) and (info.st_rdev == 0 or os.geteuid() == 0):
        return "c"
    return "b" if stat.S_ISBLK(mode) and os.geteuid() == 0 else None
