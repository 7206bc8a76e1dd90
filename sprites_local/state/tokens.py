"""Minted tokens in the database. Each function is the body of one transaction."""

from __future__ import annotations

import sqlite3

from attrs import field, frozen

from sprites_local import times


@frozen
class TokenRecord:
    """A token as it is kept: what it was, nobody can tell from this."""

    id: str
    digest: bytes = field(repr=False)
    description: str
    created_at: str


def insert(db: sqlite3.Connection, token: str, digest: bytes, description: str) -> None:
    """Note a token that is about to be told."""
    db.execute(
        "INSERT INTO tokens (id, digest, description, created_at) VALUES (?, ?, ?, ?)",
        (token, digest, description, times.now()),
    )


def every(db: sqlite3.Connection) -> list[TokenRecord]:
    """List all tokens, the oldest first."""
    rows = db.execute("SELECT * FROM tokens ORDER BY created_at, id")
    return [
        TokenRecord(row["id"], row["digest"], row["description"], row["created_at"]) for row in rows
    ]


def remove(db: sqlite3.Connection, token: str) -> bool:
    """Forget a token by its id, and tell whether there was one."""
    return db.execute("DELETE FROM tokens WHERE id = ?", (token,)).rowcount == 1
