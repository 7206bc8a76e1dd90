"""The store's SQLite file: small contents, listings, checkpoints, and what the last scan saw."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from attrs import frozen

from sprites_local.engines.copies.entries import Entry, parse_entry, read_listing
from sprites_local.engines.copies.errors import AlteredError, UnknownCheckpointError
from sprites_local.engines.copies.xattrs import Xattrs

_SCHEMA = """
create table if not exists object (
    digest blob primary key,
    data blob  -- null: the content is a file of its own under objects/
);
create table if not exists checkpoint (
    id text primary key,
    root text not null,
    seal blob not null
);
create table if not exists seen (
    device integer, inode integer,
    size integer not null, mtime_ns integer not null, ctime_ns integer not null,
    value text not null, xattrs text not null,
    primary key (device, inode)
) without rowid;
"""

Inode = tuple[int, int]
"""Device and inode number."""


@frozen
class Seen:
    """What an inode held when it was read, good while its size and times are the same."""

    size: int
    mtime_ns: int
    ctime_ns: int
    value: str
    """Digest of a file's content in hex; empty for what is no file."""
    xattrs: Xattrs

    def matches(self, info: os.stat_result) -> bool:
        """Tell whether an inode was not changed since."""
        return times_of(info) == (self.size, self.mtime_ns, self.ctime_ns)


def times_of(info: os.stat_result) -> tuple[int, int, int]:
    """Return what changes whenever an inode does: size and both times."""
    size = info.st_size if stat.S_ISREG(info.st_mode) else 0
    return size, info.st_mtime_ns, info.st_ctime_ns


class Database:
    """One connection to a store's file; not shared between threads."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")

    @classmethod
    def create(cls, path: Path) -> None:
        """Make the file, once."""
        with closing(sqlite3.connect(path)) as db:
            db.execute("pragma auto_vacuum = incremental")
            db.execute("pragma journal_mode = wal")
            db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the connection; what was not committed is gone."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable together, or none of it."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def has(self, digest: bytes) -> bool:
        """Tell whether a content is stored."""
        row = self._db.execute("select 1 from object where digest = ?", (digest,)).fetchone()
        return row is not None

    def put(self, digest: bytes, data: bytes | None) -> None:
        """Store a small content or a listing, or note a file under objects/ (None)."""
        self._db.execute("insert or ignore into object values (?, ?)", (digest, data))

    def get(self, digest: bytes) -> bytes | None:
        """Return a small content; None for one that is a file.

        Raises:
            AlteredError: If the content is not there.
        """
        row = self._db.execute("select data from object where digest = ?", (digest,)).fetchone()
        if row is None:
            raise AlteredError(f"object {digest.hex()} is missing from the checkpoint store")
        if not isinstance(row[0], bytes | None):
            raise AlteredError(f"object {digest.hex()} was altered in the checkpoint store")
        return row[0]

    def listing(self, digest: bytes) -> list[Entry]:
        """Return the entries of a directory, having proved that they are what was stored."""
        data = self.get(digest)
        if data is None or hashlib.sha256(data).digest() != digest:
            raise AlteredError(f"directory listing {digest.hex()} was altered in the store")
        return read_listing(data)

    def checkpoints(self) -> list[str]:
        """Return the ids of all checkpoints."""
        return [row[0] for row in self._db.execute("select id from checkpoint order by id")]

    def add_checkpoint(self, checkpoint: str, root: Entry) -> None:
        """Keep a tree by its root."""
        text = json.dumps(root.line())
        seal = hashlib.sha256(text.encode()).digest()
        self._db.execute("insert into checkpoint values (?, ?, ?)", (checkpoint, text, seal))

    def root(self, checkpoint: str) -> Entry:
        """Return the root of a kept tree.

        Raises:
            UnknownCheckpointError: If there is no such checkpoint.
            AlteredError: If its record was altered.
        """
        row = self._db.execute(
            "select root, seal from checkpoint where id = ?", (checkpoint,)
        ).fetchone()
        if row is None:
            raise UnknownCheckpointError(f"there is no checkpoint {checkpoint!r}")
        if hashlib.sha256(row[0].encode()).digest() != row[1]:
            raise AlteredError(f"the record of checkpoint {checkpoint!r} was altered in the store")
        return parse_entry(json.loads(row[0]))

    def remove_checkpoint(self, checkpoint: str) -> None:
        """Forget a tree; its objects stay until they are collected."""
        self._db.execute("delete from checkpoint where id = ?", (checkpoint,))

    def seen(self) -> dict[Inode, Seen]:
        """Return what the last scan remembered."""
        rows = self._db.execute("select * from seen")
        return {
            (device, inode): Seen(
                size, mtime, ctime, value, tuple(map(tuple, json.loads(xattrs))) if xattrs else ()
            )
            for device, inode, size, mtime, ctime, value, xattrs in rows
        }

    def remember(self, before: dict[Inode, Seen], after: dict[Inode, Seen]) -> None:
        """Bring the table from what `seen` returned to what a newer scan saw."""
        gone = before.keys() - after.keys()
        self._db.executemany("delete from seen where device = ? and inode = ?", gone)
        changed = (
            (*key, seen.size, seen.mtime_ns, seen.ctime_ns, seen.value, _dump(seen.xattrs))
            for key, seen in after.items()
            if before.get(key) != seen
        )
        self._db.executemany("insert or replace into seen values (?, ?, ?, ?, ?, ?, ?)", changed)

    def collect(self) -> list[bytes]:
        """Delete what no checkpoint refers to; return the digests of files to delete."""
        live = self._reachable()
        rows = self._db.execute("select digest, data is null from object").fetchall()
        dead = [(digest, is_file) for digest, is_file in rows if digest not in live]
        self._db.executemany("delete from object where digest = ?", ((d,) for d, _ in dead))
        self._db.executemany("delete from seen where value = ?", ((d.hex(),) for d, _ in dead))
        return [digest for digest, is_file in dead if is_file]

    def shrink(self) -> None:
        """Give free pages back to the file system; outside of a transaction."""
        self._db.execute("pragma incremental_vacuum").fetchall()

    def files(self) -> set[bytes]:
        """Return the digests of all contents that are files."""
        return {row[0] for row in self._db.execute("select digest from object where data is null")}

    def _reachable(self) -> set[bytes]:
        live: set[bytes] = set()
        pending = [parse_entry(json.loads(row[0])) for row in self._roots()]
        while pending:
            digest = bytes.fromhex(pending.pop().value)
            if digest in live:
                continue
            live.add(digest)
            for entry in self._readable(digest):
                if entry.kind == "d":
                    pending.append(entry)
                elif entry.kind == "f":
                    live.add(bytes.fromhex(entry.value))
        return live

    def _readable(self, digest: bytes) -> list[Entry]:
        """Return a listing; nothing for an altered one, which only its checkpoints suffer from."""
        try:
            return self.listing(digest)
        except AlteredError:
            return []

    def _roots(self) -> Iterable[tuple[str]]:
        return self._db.execute("select root from checkpoint").fetchall()


def _dump(xattrs: Xattrs) -> str:
    return json.dumps(xattrs) if xattrs else ""
