"""Rows of the database as values."""

from __future__ import annotations

import json
import sqlite3
from typing import Literal, cast

from attrs import frozen

from sprites_local.engines.base import ProcessState

SpriteState = Literal["creating", "ready", "deleting"]
OperationKind = Literal["checkpoint", "restore"]


@frozen
class SpriteRecord:
    """A sprite; times are text in the form of `times.now`."""

    id: str
    name: str
    state: SpriteState
    created_at: str
    updated_at: str
    auth: str
    private_access: str | None
    labels: tuple[str, ...]
    environment_version: str | None
    last_running_at: str | None
    base: str
    """The checkpoint that the live state grew from."""
    live_since: str


@frozen
class CheckpointRecord:
    """A checkpoint, complete."""

    id: str
    create_time: str
    comment: str | None
    is_auto: bool
    source_id: str | None
    processes: ProcessState
    reason: str
    deleted: bool = False


@frozen
class OperationRecord:
    """An operation that was under way when the server ended."""

    sprite: str
    kind: OperationKind
    checkpoint: str


def sprite_of(row: sqlite3.Row) -> SpriteRecord:
    """Read a row of `sprites`."""
    return SpriteRecord(
        id=row["id"],
        name=row["name"],
        state=cast("SpriteState", row["state"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        auth=row["auth"],
        private_access=row["private_access"],
        labels=tuple(json.loads(row["labels"])),
        environment_version=row["environment_version"],
        last_running_at=row["last_running_at"],
        base=row["base"],
        live_since=row["live_since"],
    )


def checkpoint_of(row: sqlite3.Row) -> CheckpointRecord:
    """Read a row of `checkpoints`."""
    return CheckpointRecord(
        id=row["id"],
        create_time=row["create_time"],
        comment=row["comment"],
        is_auto=bool(row["is_auto"]),
        source_id=row["source_id"],
        processes=cast("ProcessState", row["processes"]),
        reason=row["reason"],
        deleted=bool(row["deleted"]),
    )
