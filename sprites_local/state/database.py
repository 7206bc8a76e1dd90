"""The database: one file, a thread that owns the connection that writes, one that looks."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar, cast

from sprites_local.state.reserve import Reserve

P = ParamSpec("P")
T = TypeVar("T")

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE sprites (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('creating', 'ready', 'deleting')),
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    auth TEXT NOT NULL,
    private_access TEXT,
    labels TEXT NOT NULL,
    environment_version TEXT,
    last_running_at TEXT,
    base TEXT NOT NULL,
    live_since TEXT NOT NULL,
    next_number INTEGER NOT NULL,
    next_automatic INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX sprite_names ON sprites (name) WHERE state != 'deleting';

-- A deleted checkpoint stays as a row: others' history runs through it, and its id is used up.
CREATE TABLE checkpoints (
    sprite TEXT NOT NULL REFERENCES sprites (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    create_time TEXT NOT NULL,
    comment TEXT,
    is_auto INTEGER NOT NULL,
    source_id TEXT,
    processes TEXT NOT NULL,
    reason TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sprite, id)
) STRICT;

-- The journal: a row stands while an operation is under way, and a crash leaves it behind.
CREATE TABLE operations (
    sprite TEXT PRIMARY KEY REFERENCES sprites (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('checkpoint', 'restore')),
    checkpoint TEXT NOT NULL,
    started_at TEXT NOT NULL
) STRICT;
"""

_SERVICES = """
CREATE TABLE services (
    sprite TEXT NOT NULL REFERENCES sprites (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    cmd TEXT NOT NULL,
    args TEXT NOT NULL,
    needs TEXT NOT NULL,
    env TEXT NOT NULL,
    dir TEXT,
    http_port INTEGER,
    PRIMARY KEY (sprite, name)
) STRICT;
CREATE UNIQUE INDEX service_http_ports ON services (sprite) WHERE http_port IS NOT NULL;
"""

_POLICIES = """
CREATE TABLE policies (
    sprite TEXT NOT NULL REFERENCES sprites (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('network', 'privileges', 'resources')),
    body TEXT NOT NULL,
    PRIMARY KEY (sprite, kind)
) STRICT;
"""

_PROCESSES = """
CREATE TABLE checkpoint_processes (
    sprite TEXT NOT NULL REFERENCES sprites (id) ON DELETE CASCADE,
    checkpoint TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('session', 'service')),
    pid INTEGER NOT NULL,
    details TEXT NOT NULL,
    replay BLOB NOT NULL
) STRICT;
CREATE INDEX checkpoint_processes_of ON checkpoint_processes (sprite, checkpoint);
"""

_TOKENS = """
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    description TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
"""

_STOPPED = """
ALTER TABLE services ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;
"""

_STEPS = (_SCHEMA, _SERVICES, _POLICIES, _PROCESSES, _TOKENS, _STOPPED)
"""What leads from each version to the next; published steps are never changed."""

SCHEMA_VERSION = len(_STEPS)


_MOST_SEEN: Final = 1000
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}


class StateError(Exception):
    """The database cannot be used; the text is for the person who runs the server."""


class Database:
    """Runs functions on a connection, each in a transaction, in a thread of its own.

    Looking at a row or two takes less time than a thread takes to be told of it, so there is
    another connection for that, which waits for nobody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "state")
        self._connection: sqlite3.Connection | None = None
        self._reserve = Reserve(path.with_suffix(".reserve"))
        self._looking: sqlite3.Connection | None = None
        # Counted by the thread that writes, before anybody is told of what it wrote.
        self._commits = 0
        self._seen_at = 0
        self._seen: dict[tuple[object, str], object] = {}

    async def open(self) -> None:
        """Open the file, creating or checking its schema.

        Raises:
            StateError: If the file is no database, or one of a later version of this server.
        """
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._open)
        except (sqlite3.Error, OSError) as error:
            raise StateError(f"cannot use {self._path.name}: {error}") from error

    async def close(self) -> None:
        """Close the file; harmless when repeated."""
        connection, self._connection = self._connection, None
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.close()
        if connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)
        self._thread.shutdown()

    async def run(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a function in one transaction, which is durable when this returns.

        Raises:
            OSError: If the disk is full, and so is what was set aside for that; nothing is changed.
        """
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, lambda: self._transact(work, *args, **kwargs))
        # The thread finishes in any case; a cancelled caller must not see it half done.
        return await asyncio.shield(future)

    def look(self, work: Callable[[sqlite3.Connection, str], T], key: str) -> T:
        """Run a function that reads a few rows by a key, at once, as of the last commit.

        What it returns is kept until something is written, so it has to be a value.
        """
        if self._looking is None:
            raise StateError("the database is closed")
        if self._seen_at != self._commits or len(self._seen) >= _MOST_SEEN:
            self._seen_at = self._commits
            self._seen.clear()
        question = (work, key)
        if question not in self._seen:
            self._seen[question] = work(self._looking, key)
        return cast("T", self._seen[question])

    def _transact(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            return self._carry_out(work, *args, **kwargs)
        finally:
            self._commits += 1

    def _carry_out(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        connection = self._connection
        if connection is None:
            raise StateError("the database is closed")
        self._reserve.keep()
        try:
            return _in_transaction(connection, work, *args, **kwargs)
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
        try:
            if self._reserve.use():
                return _in_transaction(connection, work, *args, **kwargs)
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _open(self) -> None:
        # Environments and output of commands are in it: it is the owner's alone.
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._path.chmod(0o600)
        try:
            self._connection = _connect(self._path)
        except sqlite3.OperationalError as error:
            if not (_is_full(error) and self._reserve.use()):
                raise
            self._connection = _connect(self._path)
        self._looking = _second(self._path)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _in_transaction(
    connection: sqlite3.Connection,
    work: Callable[Concatenate[sqlite3.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection, *args, **kwargs)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # sqlite ends it by itself when the disk is full
            connection.execute("ROLLBACK")
        raise
    return result


def _is_full(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode in _FULL


def _second(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only = ON")
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if 0 <= version < SCHEMA_VERSION:
        missing = "".join(_STEPS[version:])
        connection.executescript(
            f"BEGIN IMMEDIATE; {missing} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    elif version != SCHEMA_VERSION:
        raise StateError(
            f"the data directory has state of version {version}, this server reads {SCHEMA_VERSION}"
        )
