"""Checkpoints of the full tier: files always, processes where that works."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

from sprites_local.engines.base import EngineError, Restored, Saved
from sprites_local.engines.full.ability import Ability
from sprites_local.engines.full.host import Host
from sprites_local.engines.full.processes import InThread
from sprites_local.engines.full.sprite import Running

_NONE_RAN: Final = "nothing ran"


class Life(Protocol):
    """What a restore needs of an engine."""

    async def stop(self, sprite: str) -> None:
        """End all processes of a sprite."""

    async def hold(self, sprite: str, running: Running) -> None:
        """Take a sprite that was brought back."""


class Checkpoints:
    """Takes, restores and deletes them."""

    def __init__(self, host: Host, ability: Ability, life: Life, in_thread: InThread) -> None:
        self._host = host
        self._ability = ability
        self._life = life
        self._in_thread = in_thread

    async def take(
        self,
        sprite: str,
        checkpoint: str,
        running: Running | None,
        still: Callable[[], None] | None,
    ) -> Saved:
        """Keep files, and processes where that works, of one instant; see `base.Engine`."""
        self._host.require_space()
        store = self._host.store
        store.require(sprite)
        if running is None:
            await self._in_thread(store.checkpoint, sprite, checkpoint)
            return Saved("none", _NONE_RAN)
        if store.has_checkpoint(sprite, checkpoint):
            raise EngineError(f"there is a checkpoint {checkpoint} already")
        processes = self._ability.processes
        if processes is not None:
            return await processes.checkpoint(sprite, checkpoint, running, still)
        await self._in_thread(store.sync)
        await self._in_thread(self._host.snapshot_frozen, sprite, checkpoint)
        return Saved("none", self._ability.reason)

    async def restore(self, sprite: str, checkpoint: str) -> Restored:
        """Put the files back, then the processes; if they are not, the sprite does not run."""
        store = self._host.store
        if not store.has_checkpoint(sprite, checkpoint):
            raise EngineError(f"there is no checkpoint {checkpoint}")
        await self._put_files_back(sprite, checkpoint)
        restored = await self._bring_back(sprite, checkpoint)
        await self._in_thread(store.end_restore, sprite)
        return restored

    async def delete(self, sprite: str, checkpoint: str, running: Running | None) -> None:
        """Delete a checkpoint, if it is there; a sprite that runs shows it no more."""
        if running is not None:
            # A sprite that made a mess of the place has a dead mount there; it keeps nothing alive.
            with suppress(EngineError):
                await running.hide(checkpoint)
        await self._in_thread(self._host.images.delete, sprite, checkpoint)
        await self._in_thread(self._host.store.delete_checkpoint, sprite, checkpoint)

    async def _put_files_back(self, sprite: str, checkpoint: str) -> None:
        store = self._host.store
        await self._in_thread(store.begin_restore, sprite, checkpoint)
        await self._life.stop(sprite)
        await self._in_thread(store.finish_restore, sprite, checkpoint)

    async def _bring_back(self, sprite: str, checkpoint: str) -> Restored:
        """Bring the processes back, or say why not; the files are in place in any case."""
        kept: Saved | None = await self._in_thread(self._host.images.outcome, sprite, checkpoint)
        if kept is None:
            return Restored("none", "the checkpoint holds files only")
        if kept.processes != "saved":
            return Restored(kept.processes, kept.reason)
        if self._ability.processes is None:
            return Restored("refused", self._ability.reason)
        try:
            running = await self._ability.processes.restore(sprite, checkpoint)
        except (EngineError, OSError) as error:
            # What ran for a moment may have written something.
            await self._put_files_back(sprite, checkpoint)
            return Restored("refused", str(error))
        await self._life.hold(sprite, running)
        return Restored("saved")
