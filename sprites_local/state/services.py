"""Definitions of services in the database. Each function is the body of one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from sprites_local.services.definitions import Definition, dependents, require_consistent


class NeededError(Exception):
    """Other services need this one; the arguments are their names."""


def listing(db: sqlite3.Connection, sprite: str) -> dict[str, Definition]:
    """Return a sprite's definitions by name, in order of creation."""
    rows = db.execute("SELECT * FROM services WHERE sprite = ? ORDER BY position", (sprite,))
    return {row["name"]: _definition_of(row) for row in rows}


def stopped(db: sqlite3.Connection, sprite: str) -> frozenset[str]:
    """Name the services that were stopped and not started since."""
    rows = db.execute("SELECT name FROM services WHERE sprite = ? AND stopped", (sprite,))
    return frozenset(row["name"] for row in rows)


def note_stopped(db: sqlite3.Connection, sprite: str, names: Collection[str]) -> None:
    """Note which services are stopped; all others are not."""
    if stopped(db, sprite) == frozenset(names):
        return
    db.execute("UPDATE services SET stopped = 0 WHERE sprite = ? AND stopped", (sprite,))
    db.executemany(
        "UPDATE services SET stopped = 1 WHERE sprite = ? AND name = ?",
        [(sprite, name) for name in names],
    )


def require_possible(db: sqlite3.Connection, sprite: str, new: Definition) -> None:
    """Refuse a definition that does not fit the others."""
    require_consistent(listing(db, sprite), new)


def put(db: sqlite3.Connection, sprite: str, new: Definition) -> None:
    """Add a definition, or replace the one of its name, if it fits the others."""
    require_possible(db, sprite, new)
    db.execute(
        "INSERT INTO services (sprite, name, position, cmd, args, needs, env, dir, http_port)"
        " VALUES (?, ?, (SELECT coalesce(max(position), 0) + 1 FROM services WHERE sprite = ?),"
        " ?, ?, ?, ?, ?, ?) ON CONFLICT (sprite, name) DO UPDATE SET cmd = excluded.cmd,"
        " args = excluded.args, needs = excluded.needs, env = excluded.env,"
        " dir = excluded.dir, http_port = excluded.http_port",
        (
            sprite,
            new.name,
            sprite,
            new.cmd,
            json.dumps(new.args),
            json.dumps(new.needs),
            json.dumps(dict(new.env)),
            new.dir,
            new.http_port,
        ),
    )


def require_unneeded(db: sqlite3.Connection, sprite: str, name: str) -> None:
    """Refuse to go on while another service needs this one."""
    users = dependents(listing(db, sprite), name)
    if users:
        raise NeededError(*users)


def remove(db: sqlite3.Connection, sprite: str, name: str) -> None:
    """Forget a definition that no other needs."""
    require_unneeded(db, sprite, name)
    db.execute("DELETE FROM services WHERE sprite = ? AND name = ?", (sprite, name))


def _definition_of(row: sqlite3.Row) -> Definition:
    return Definition(
        name=row["name"],
        cmd=row["cmd"],
        args=tuple(json.loads(row["args"])),
        needs=tuple(json.loads(row["needs"])),
        env=json.loads(row["env"]),
        dir=row["dir"],
        http_port=row["http_port"],
    )
