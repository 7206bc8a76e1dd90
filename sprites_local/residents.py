"""What lives in a booted sprite, and has to know when it boots and ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, runtime_checkable

from attrs import frozen

from sprites_local.engines.base import Process
from sprites_local.state.records import SpriteRecord


@frozen
class Resumed:
    """What of a resident came back with a checkpoint, or was adopted."""

    processes: Mapping[str, Process]
    """By name."""
    stopped: frozenset[str] | None
    """What was stopped at the checkpoint, and is to stay so; None: what was stopped at last."""


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


class Bystander:
    """What a resident is that has no processes, and writes only while the sprite's lock is held."""

    async def leaving(self, sprite: SpriteRecord, *, orderly: bool) -> None:
        """Do nothing: what it made goes with the sprite, or may stay."""
        del sprite, orderly

    @asynccontextmanager
    async def still(self, sprite: SpriteRecord) -> AsyncIterator[None]:
        """Do nothing: nothing is written meanwhile."""
        del sprite
        yield


@runtime_checkable
class ProcessOwner(Protocol):
    """A resident whose processes can be part of a checkpoint and come back with it."""

    def processes(self, sprite_id: str) -> Mapping[str, int | None]:
        """Name what runs with its process's number, and what was stopped with None."""

    def expect(self, sprite_id: str, resumed: Resumed) -> None:
        """Take over at the next `booted` what runs already, instead of starting it."""
