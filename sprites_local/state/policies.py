"""Policies in the database. Each function is the body of one transaction."""

from __future__ import annotations

import json
import sqlite3
from typing import Any


def get(db: sqlite3.Connection, sprite: str, kind: str) -> dict[str, Any] | None:
    """Return a policy, or None if it was not set."""
    row = db.execute(
        "SELECT body FROM policies WHERE sprite = ? AND kind = ?", (sprite, kind)
    ).fetchone()
    return None if row is None else dict(json.loads(row["body"]))


def put(db: sqlite3.Connection, sprite: str, kind: str, body: dict[str, Any]) -> None:
    """Set a policy in place of the one before."""
    db.execute(
        "INSERT OR REPLACE INTO policies (sprite, kind, body) VALUES (?, ?, ?)",
        (sprite, kind, json.dumps(body)),
    )


def remove(db: sqlite3.Connection, sprite: str, kind: str) -> None:
    """Remove a policy; nothing happens if it was not set."""
    db.execute("DELETE FROM policies WHERE sprite = ? AND kind = ?", (sprite, kind))


def every(db: sqlite3.Connection, kind: str) -> dict[str, dict[str, Any]]:
    """Return all policies of a kind, by sprite."""
    rows = db.execute("SELECT sprite, body FROM policies WHERE kind = ?", (kind,))
    return {row["sprite"]: dict(json.loads(row["body"])) for row in rows}
