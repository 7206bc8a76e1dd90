"""Sprites in the database. Each function is the body of one transaction."""

from __future__ import annotations

import json
import sqlite3

from attrs import frozen

from sprites_local import times
from sprites_local.state.records import SpriteRecord, SpriteState, sprite_of


class NameTakenError(Exception):
    """Another sprite has the name."""


@frozen
class Page:
    """Some sprites, by name."""

    sprites: tuple[SpriteRecord, ...]
    more: bool


@frozen
class NewSprite:
    """What a sprite is created with."""

    id: str
    name: str
    auth: str
    private_access: str | None
    labels: tuple[str, ...]


def insert(db: sqlite3.Connection, new: NewSprite) -> None:
    """Note a sprite that is about to be made.

    Raises:
        NameTakenError: If there is a sprite of that name.
    """
    now = times.now()
    try:
        db.execute(
            "INSERT INTO sprites (id, name, state, created_at, updated_at, auth, private_access,"
            " labels, base, live_since, next_number, next_automatic)"
            " VALUES (?, ?, 'creating', ?, ?, ?, ?, ?, 'v0', ?, 1, 1)",
            (new.id, new.name, now, now, new.auth, new.private_access, json.dumps(new.labels), now),
        )
    except sqlite3.IntegrityError:
        raise NameTakenError(new.name) from None


def set_state(db: sqlite3.Connection, sprite: str, state: SpriteState) -> None:
    """Move a sprite along its life."""
    db.execute("UPDATE sprites SET state = ? WHERE id = ?", (state, sprite))


def remove(db: sqlite3.Connection, sprite: str) -> None:
    """Forget a sprite and its checkpoints."""
    db.execute("DELETE FROM sprites WHERE id = ?", (sprite,))


def find(db: sqlite3.Connection, name: str) -> SpriteRecord | None:
    """Look a sprite up by its name."""
    row = db.execute("SELECT * FROM sprites WHERE name = ? AND state = 'ready'", (name,)).fetchone()
    return None if row is None else sprite_of(row)


def page(db: sqlite3.Connection, *, prefix: str, after: str, limit: int) -> Page:
    """List sprites by name, from behind a name on."""
    rows = db.execute(
        "SELECT * FROM sprites WHERE state = 'ready' AND name > ?"
        " AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
        (after, len(prefix), prefix, limit + 1),
    ).fetchall()
    return Page(tuple(sprite_of(row) for row in rows[:limit]), len(rows) > limit)


def update(
    db: sqlite3.Connection,
    name: str,
    *,
    auth: str | None,
    private_access: str | None,
    labels: tuple[str, ...] | None,
) -> SpriteRecord | None:
    """Change what is given and return the sprite, or None if there is none."""
    db.execute(
        "UPDATE sprites SET auth = coalesce(?, auth),"
        " private_access = coalesce(?, private_access), labels = coalesce(?, labels),"
        " updated_at = ? WHERE name = ? AND state = 'ready'",
        (auth, private_access, None if labels is None else json.dumps(labels), times.now(), name),
    )
    return find(db, name)


def note_running(db: sqlite3.Connection, sprite: str, version: str) -> None:
    """Remember that a sprite was booted now."""
    now = times.now()
    db.execute(
        "UPDATE sprites SET last_running_at = ?, updated_at = ?, environment_version = ?"
        " WHERE id = ?",
        (now, now, version, sprite),
    )


def every(db: sqlite3.Connection) -> list[SpriteRecord]:
    """List all sprites in whatever state."""
    return [sprite_of(row) for row in db.execute("SELECT * FROM sprites ORDER BY name")]
