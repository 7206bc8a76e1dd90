"""The lives of all sprites, and one timer for each that nobody uses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field

from sprites_local import times
from sprites_local.life.machine import Life, Limits, Phase, Step
from sprites_local.state.records import SpriteRecord
from sprites_local.work import Work


@define
class _Kept:
    life: Life
    name: str = ""
    timer: asyncio.TimerHandle | None = None
    warmed_at: str | None = None


@define(eq=False)
class Use:
    """Lets something hold a sprite, and let go, more than once; a sprite is held while any does."""

    _keeper: Keeper
    _sprite_id: str

    def begin(self) -> None:
        """Hold it."""
        self._keeper.begin(self._sprite_id)

    def end(self) -> None:
        """Let go."""
        self._keeper.end(self._sprite_id)


@define(eq=False)
class Keeper:
    """Knows who uses which sprite, and tells when one is to be put to rest."""

    limits: Limits
    _rest: Callable[[str], Coroutine[Any, Any, None]]
    """Called with a sprite's name when a step may be due; asks `step` under the sprite's lock."""
    _work: Work
    _kept: dict[str, _Kept] = field(factory=dict)
    _closed: bool = False

    @contextmanager
    def held(self, sprite_id: str) -> Iterator[None]:
        """Hold a sprite: it does not go to rest meanwhile. One that rests is not woken."""
        self.begin(sprite_id)
        try:
            yield
        finally:
            self.end(sprite_id)

    def begin(self, sprite_id: str) -> None:
        """Begin a use."""
        self._find(sprite_id).life.hold()
        self._settle(sprite_id)

    def end(self, sprite_id: str) -> None:
        """End a use."""
        self._find(sprite_id).life.release(self._now())
        self._settle(sprite_id)

    def is_held(self, sprite_id: str) -> bool:
        """Tell whether anybody uses a sprite."""
        return sprite_id in self._kept and self._kept[sprite_id].life.holds > 0

    def rests(self, sprite_id: str) -> bool:
        """Tell whether a sprite's processes stand still, or soon will."""
        return sprite_id in self._kept and self._kept[sprite_id].life.rests

    def is_warm(self, sprite_id: str) -> bool:
        """Tell whether a sprite's processes stand still."""
        return sprite_id in self._kept and self._kept[sprite_id].life.phase is Phase.WARM

    def warmed_at(self, sprite_id: str) -> str | None:
        """Tell when a sprite became warm last, in its present life."""
        kept = self._kept.get(sprite_id)
        return None if kept is None else kept.warmed_at

    def step(self, sprite_id: str) -> Step | None:
        """Tell what is to be done with a sprite now."""
        kept = self._kept.get(sprite_id)
        if kept is None:
            return None
        step = kept.life.step(self._now())
        if step is None:
            self._settle(sprite_id)
        return step

    def booted(self, sprite: SpriteRecord) -> None:
        """Take note that a sprite runs from now on."""
        kept = self._find(sprite.id)
        kept.name = sprite.name
        kept.life.booted(self._now())
        self._settle(sprite.id)

    def pausing(self, sprite_id: str) -> None:
        """Take note that a sprite is about to be paused."""
        self._find(sprite_id).life.pausing()
        self._settle(sprite_id)

    def paused(self, sprite_id: str) -> None:
        """Take note that a sprite's processes stand still."""
        kept = self._find(sprite_id)
        kept.warmed_at = times.now()
        kept.life.paused(self._now())
        self._settle(sprite_id)

    def stopped(self, sprite_id: str) -> None:
        """Take note that a sprite's processes are gone."""
        kept = self._find(sprite_id)
        kept.warmed_at = None
        kept.life.stopped()
        self._settle(sprite_id)

    def resting(self) -> list[str]:
        """Name the sprites whose processes stand still, or soon will."""
        return [sprite_id for sprite_id, kept in self._kept.items() if kept.life.rests]

    def close(self) -> None:
        """Put nothing to rest any more."""
        self._closed = True
        for kept in self._kept.values():
            if kept.timer is not None:
                kept.timer.cancel()

    def _find(self, sprite_id: str) -> _Kept:
        kept = self._kept.get(sprite_id)
        if kept is None:
            kept = self._kept[sprite_id] = _Kept(Life(self.limits))
        return kept

    def _settle(self, sprite_id: str) -> None:
        """Set the timer by what is due, and forget what is over."""
        kept = self._kept[sprite_id]
        if kept.timer is not None:
            kept.timer.cancel()
            kept.timer = None
        if kept.life.over:
            del self._kept[sprite_id]
        due = kept.life.next()
        if due is not None and not self._closed:
            loop = asyncio.get_running_loop()
            kept.timer = loop.call_at(due.at, self._ring, kept)

    def _ring(self, kept: _Kept) -> None:
        kept.timer = None
        self._work.start(self._rest(kept.name))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
