"""What lives in a booted sprite, and has to know when it boots and ends."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sprites_local.state.records import SpriteRecord


class Resident(Protocol):
    """Told of a sprite's life while its lock is held."""

    async def booted(self, sprite: SpriteRecord) -> None:
        """Begin: the sprite has just been booted."""

    async def leaving(self, sprite: SpriteRecord, *, orderly: bool) -> None:
        """End: the sprite's processes are about to be ended.

        `orderly` leaves a moment to end by themselves; else their state does not matter any more.
        """

    def still(self, sprite: SpriteRecord) -> AbstractAsyncContextManager[None]:
        """Write nothing into the sprite's files meanwhile: a checkpoint is being taken."""
