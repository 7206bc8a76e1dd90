"""Checkpoints and the journal in the database. Each function is the body of one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import cast

from sprites_local import names, times
from sprites_local.state import resumption
from sprites_local.state.records import (
    CheckpointRecord,
    OperationKind,
    OperationRecord,
    checkpoint_of,
)
from sprites_local.state.resumption import KeptProcess


def begin_checkpoint(db: sqlite3.Connection, sprite: str, *, automatic: bool) -> str:
    """Use up the next id and note in the journal that it is being made."""
    column = "next_automatic" if automatic else "next_number"
    (number,) = db.execute(
        f"UPDATE sprites SET {column} = {column} + 1 WHERE id = ? RETURNING {column} - 1",  # noqa: S608
        (sprite,),
    ).fetchone()
    name = names.automatic_checkpoint_id if automatic else names.manual_checkpoint_id
    _begin(db, sprite, "checkpoint", name(number))
    return name(number)


def begin_restore(db: sqlite3.Connection, sprite: str, checkpoint: str) -> None:
    """Note in the journal that a restore is under way."""
    _begin(db, sprite, "restore", checkpoint)


def finish_checkpoint(
    db: sqlite3.Connection,
    sprite: str,
    record: CheckpointRecord,
    processes: Collection[KeptProcess] = (),
) -> None:
    """List a complete checkpoint; a manual one becomes what the live state grows from."""
    insert(db, sprite, record)
    resumption.insert(db, sprite, record.id, processes)
    if not record.is_auto:
        _rebase(db, sprite, record.id)
    abandon(db, sprite)


def finish_restore(db: sqlite3.Connection, sprite: str, checkpoint: str) -> None:
    """Note that the live state grows from this checkpoint now."""
    _rebase(db, sprite, checkpoint)
    abandon(db, sprite)


def abandon(db: sqlite3.Connection, sprite: str) -> None:
    """Take a sprite's operation out of the journal."""
    db.execute("DELETE FROM operations WHERE sprite = ?", (sprite,))


def insert(db: sqlite3.Connection, sprite: str, record: CheckpointRecord) -> None:
    """Add a complete checkpoint."""
    db.execute(
        "INSERT INTO checkpoints (sprite, id, position, create_time, comment, is_auto, source_id,"
        " processes, reason) VALUES (?, ?, (SELECT coalesce(max(position), 0) + 1"
        " FROM checkpoints WHERE sprite = ?), ?, ?, ?, ?, ?, ?)",
        (
            sprite,
            record.id,
            sprite,
            record.create_time,
            record.comment,
            int(record.is_auto),
            record.source_id,
            record.processes,
            record.reason,
        ),
    )


def listing(db: sqlite3.Connection, sprite: str) -> list[CheckpointRecord]:
    """Return a sprite's checkpoints, oldest first, with the deleted ones among them."""
    rows = db.execute("SELECT * FROM checkpoints WHERE sprite = ? ORDER BY position", (sprite,))
    return [checkpoint_of(row) for row in rows]


def last(db: sqlite3.Connection, sprite: str, count: int) -> list[str]:
    """Name the last checkpoints that were not made automatically, the newest first."""
    rows = db.execute(
        "SELECT id FROM checkpoints WHERE sprite = ? AND deleted = 0 AND is_auto = 0"
        " ORDER BY position DESC LIMIT ?",
        (sprite, count),
    )
    return [row["id"] for row in rows]


def bury(db: sqlite3.Connection, sprite: str, checkpoint: str) -> bool:
    """Mark a checkpoint as deleted; tell whether it was there."""
    cursor = db.execute(
        "UPDATE checkpoints SET deleted = 1 WHERE sprite = ? AND id = ? AND deleted = 0",
        (sprite, checkpoint),
    )
    resumption.remove(db, sprite, checkpoint)
    return cursor.rowcount == 1


def pending(db: sqlite3.Connection) -> list[OperationRecord]:
    """Return what the journal holds."""
    return [
        OperationRecord(row["sprite"], cast("OperationKind", row["kind"]), row["checkpoint"])
        for row in db.execute("SELECT sprite, kind, checkpoint FROM operations")
    ]


def _begin(db: sqlite3.Connection, sprite: str, kind: OperationKind, checkpoint: str) -> None:
    # There is one at a time: what is there is left of one whose end a full disk kept out.
    db.execute(
        "INSERT OR REPLACE INTO operations (sprite, kind, checkpoint, started_at)"
        " VALUES (?, ?, ?, ?)",
        (sprite, kind, checkpoint, times.now()),
    )


def _rebase(db: sqlite3.Connection, sprite: str, checkpoint: str) -> None:
    db.execute(
        "UPDATE sprites SET base = ?, live_since = ? WHERE id = ?",
        (checkpoint, times.now(), sprite),
    )
