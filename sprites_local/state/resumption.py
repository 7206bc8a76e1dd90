"""What a checkpoint's processes were to the server. Each function is one transaction's body."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Literal, cast

from attrs import frozen

Kind = Literal["session", "service"]


@frozen
class KeptProcess:
    """A process at the instant of a checkpoint."""

    kind: Kind
    pid: int
    """As seen inside the sprite; 0 for a service that was stopped."""
    details: dict[str, Any]
    replay: bytes = b""


def insert(
    db: sqlite3.Connection, sprite: str, checkpoint: str, kept: Iterable[KeptProcess]
) -> None:
    """Note what a checkpoint holds."""
    db.executemany(
        "INSERT INTO checkpoint_processes (sprite, checkpoint, kind, pid, details, replay)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (sprite, checkpoint, one.kind, one.pid, json.dumps(one.details), one.replay)
            for one in kept
        ],
    )


def listing(db: sqlite3.Connection, sprite: str, checkpoint: str) -> list[KeptProcess]:
    """Return what a checkpoint holds, in the order in which it was noted."""
    rows = db.execute(
        "SELECT kind, pid, details, replay FROM checkpoint_processes"
        " WHERE sprite = ? AND checkpoint = ? ORDER BY rowid",
        (sprite, checkpoint),
    )
    return [
        KeptProcess(
            cast("Kind", row["kind"]), row["pid"], json.loads(row["details"]), row["replay"]
        )
        for row in rows
    ]


def remove(db: sqlite3.Connection, sprite: str, checkpoint: str) -> None:
    """Forget what a checkpoint held."""
    db.execute(
        "DELETE FROM checkpoint_processes WHERE sprite = ? AND checkpoint = ?",
        (sprite, checkpoint),
    )
