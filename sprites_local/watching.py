"""Following the states of sprites as a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from attrs import frozen

from sprites_local import times, views
from sprites_local.http import encode_json
from sprites_local.sprites import SpriteManager

HEARTBEAT = 15.0
_MOST_SPRITES = 10_000
_DELETED = "deleted"


@frozen
class _Seen:
    """What of a sprite makes a change when it differs."""

    id: str
    status: str
    version: str | None
    moments: tuple[str | None, str | None]
    """When it ran last, and became warm last, as `views.sprite_times` has them."""


async def watch(sprites: SpriteManager, prefix: str) -> AsyncIterator[bytes]:
    """Yield a heartbeat at once and from time to time, and a line for each change of a state.

    Changes are found by comparison: a client who reads slowly gets fewer lines, not old ones, and
    a sprite that stopped by itself is noticed with the next heartbeat.
    """
    bell = sprites.changes.next()
    seen = await _look(sprites, prefix)
    yield _line(seen, type="heartbeat")
    while True:
        rang = await _rings(bell)
        if sprites.changes.closed:
            return
        bell = sprites.changes.next()
        before, seen = seen, await _look(sprites, prefix)
        for name in sorted({*before, *seen}):
            if before.get(name) != seen.get(name):
                yield _line(seen, name=name, **_state(seen.get(name)))
        if not rang:
            yield _line(seen, type="heartbeat")


async def _rings(bell: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(bell.wait(), HEARTBEAT)
    except TimeoutError:
        return False
    return True


async def _look(sprites: SpriteManager, prefix: str) -> dict[str, _Seen]:
    page = await sprites.page(prefix=prefix, after="", limit=_MOST_SPRITES)
    return {
        record.name: _Seen(
            record.id,
            sprites.status(record),
            record.environment_version,
            views.sprite_times(record, sprites.status(record), sprites.life.warmed_at(record.id)),
        )
        for record in page.sprites
    }


def _state(seen: _Seen | None) -> dict[str, Any]:
    if seen is None:
        return {"status": _DELETED}
    running, warming = seen.moments
    return {
        "status": seen.status,
        "running_version": seen.version,
        "last_running_at": running,
        "last_warming_at": warming,
    }


def _line(seen: Mapping[str, _Seen], **fields: Any) -> bytes:
    counters = views.counters(sprite.status for sprite in seen.values())
    return encode_json({**fields, "timestamp": times.now(), "org": counters}) + b"\n"
