"""Checkpoints: taking, deleting and restoring them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from sprites_local import times
from sprites_local.checkpoints import words
from sprites_local.checkpoints.catalog import Catalog, not_found
from sprites_local.checkpoints.resuming import Resumer
from sprites_local.checkpoints.shown import ShownCheckpoints
from sprites_local.engines.base import Engine, EngineError, Restored
from sprites_local.progress import Progress
from sprites_local.session import SessionRegistry
from sprites_local.sprites import SpriteManager
from sprites_local.state import checkpoints as rows
from sprites_local.state.database import Database
from sprites_local.state.records import CheckpointRecord, SpriteRecord
from sprites_local.state.resumption import KeptProcess
from sprites_local.work import Work

log = logging.getLogger(__name__)

AUTOMATIC_KEPT = 5
"""How many of the checkpoints that precede restores are kept."""


class CheckpointManager:
    """The checkpoints of all sprites."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        sprites: SpriteManager,
        sessions: SessionRegistry,
        work: Work,
    ) -> None:
        self._db = database
        self._engine = engine
        self._sprites = sprites
        self._sessions = sessions
        self._work = work
        self.catalog = Catalog(database, sprites)
        self.shown = ShownCheckpoints(database, engine)
        self._resumer = Resumer(database, engine, sprites, sessions)

    async def create(self, name: str, comment: str | None) -> Progress:
        """Begin to take a checkpoint; the progress tells the rest."""
        await self._sprites.get(name)
        progress = Progress()
        self._begin(self._create(name, comment, progress), progress, "create checkpoint")
        return progress

    async def restore(self, name: str, checkpoint: str) -> Progress:
        """Begin to restore a checkpoint; the progress tells the rest."""
        await self.catalog.require(name, checkpoint, "restored")
        progress = Progress()
        self._begin(self._restore(name, checkpoint, progress), progress, "restore checkpoint")
        return progress

    async def delete(self, name: str, checkpoint: str) -> None:
        """Delete a checkpoint; what grew from it keeps its history."""
        await self.catalog.require(name, checkpoint, "deleted")
        await self._work.see_through(self._delete(name, checkpoint))

    async def finish_restore(self, sprite_id: str, checkpoint: str) -> bool:
        """Complete a restore that a crash of the server interrupted; tell whether it could be."""
        try:
            restored = await self._engine.restore(sprite_id, checkpoint)
            await self._resume(sprite_id, checkpoint, restored)
        except (EngineError, OSError):
            log.exception("The interrupted restore of %s to %s failed", sprite_id, checkpoint)
            await self._db.run(rows.abandon, sprite_id)
            return False
        await self._db.run(rows.finish_restore, sprite_id, checkpoint)
        return True

    def _begin(self, work: Coroutine[Any, Any, None], progress: Progress, verb: str) -> None:
        self._work.start(words.report(work, progress, verb))

    async def _create(self, name: str, comment: str | None, progress: Progress) -> None:
        async with self._sprites.locked(name) as sprite:
            progress.info("Creating checkpoint...")
            record = await self._take(sprite, comment, automatic=False)
            complaint = await self.shown.refresh(sprite)
        if complaint:
            progress.info(f"The sprite does not show its files: {complaint}")
        for line in words.details(record):
            progress.info(line)
        progress.complete(f"Checkpoint {record.id} created successfully")

    async def _take(
        self, sprite: SpriteRecord, comment: str | None, *, automatic: bool
    ) -> CheckpointRecord:
        """Take a checkpoint; it is listed only when it is complete."""
        checkpoint = await self._db.run(rows.begin_checkpoint, sprite.id, automatic=automatic)
        created = times.now()
        kept: list[KeptProcess] = []
        async with self._abandoning(sprite.id):
            async with self._sprites.still(sprite):
                saved = await self._engine.checkpoint(
                    sprite.id, checkpoint, still=lambda: kept.extend(self._resumer.note(sprite.id))
                )
            record = CheckpointRecord(
                id=checkpoint,
                create_time=created,
                comment=comment,
                is_auto=automatic,
                source_id=sprite.base,
                processes=saved.processes,
                reason=saved.reason,
            )
            await self._list(sprite.id, record, kept if saved.processes == "saved" else ())
        return record

    async def _list(
        self, sprite_id: str, record: CheckpointRecord, kept: Collection[KeptProcess]
    ) -> None:
        try:
            await self._db.run(rows.finish_checkpoint, sprite_id, record, kept)
        except OSError:  # what cannot be listed is not there
            with suppress(EngineError, OSError):
                await self._engine.delete_checkpoint(sprite_id, record.id)
            raise

    async def _restore(self, name: str, checkpoint: str, progress: Progress) -> None:
        async with self._sprites.locked(name) as sprite:
            # It may have been deleted while this waited for its turn.
            await self.catalog.require(name, checkpoint, "restored")
            progress.info(f"Restoring from checkpoint {checkpoint}...")
            await self._keep_present(sprite, progress)
            restored = await self._exchange(sprite, checkpoint)
            progress.info("Container components started successfully")
            progress.info(words.what_came_back(restored))
            await self._prune(sprite, keep=checkpoint)
            self._sprites.changes.notify()
        progress.complete(f"Restore from {checkpoint} complete")

    async def _keep_present(self, sprite: SpriteRecord, progress: Progress) -> None:
        """Take an automatic checkpoint of what the restore is about to replace."""
        try:
            record = await self._take(sprite, None, automatic=True)
        except (EngineError, OSError) as error:
            # A full disk may be the very reason for the restore.
            log.warning("No automatic checkpoint of %s: %s", sprite.id, error)
            progress.info(f"The present state was not kept: {error}")
        else:
            progress.info(f"The present state is kept as {record.id}")

    async def _exchange(self, sprite: SpriteRecord, checkpoint: str) -> Restored:
        await self._db.run(rows.begin_restore, sprite.id, checkpoint)
        await self._sprites.leave(sprite, orderly=False)
        restored = Restored("none")
        try:
            async with self._abandoning(sprite.id):
                restored = await self._engine.restore(sprite.id, checkpoint)
        finally:
            await self._sessions.drop(sprite.id)
            await self._resume(sprite.id, checkpoint, restored)
            await self._sprites.settle(sprite)
        await self._db.run(rows.finish_restore, sprite.id, checkpoint)
        return restored

    async def _resume(self, sprite_id: str, checkpoint: str, restored: Restored) -> None:
        if restored.processes == "saved":
            await self._resumer.resume(sprite_id, checkpoint)

    @asynccontextmanager
    async def _abandoning(self, sprite_id: str) -> AsyncIterator[None]:
        """Take a failed operation out of the journal; one cut off by the end is left in it."""
        try:
            yield
        except Exception:
            # Whatever failed is raised on. Not BaseException: what a cancelled operation leaves in
            # the journal is what the next start settles.
            await self._db.run(rows.abandon, sprite_id)
            raise

    async def _prune(self, sprite: SpriteRecord, *, keep: str) -> None:
        records = await self._db.run(rows.listing, sprite.id)
        automatic = [record.id for record in records if record.is_auto and not record.deleted]
        for checkpoint in automatic[:-AUTOMATIC_KEPT]:
            if checkpoint != keep:
                await self._remove(sprite, checkpoint)

    async def _delete(self, name: str, checkpoint: str) -> None:
        async with self._sprites.locked(name) as sprite:
            if not await self._remove(sprite, checkpoint):
                raise not_found(checkpoint)

    async def _remove(self, sprite: SpriteRecord, checkpoint: str) -> bool:
        """Take a checkpoint off the list, then away; a crash in between is swept up at start."""
        if not await self._db.run(rows.bury, sprite.id, checkpoint):
            return False
        await self.shown.refresh(sprite)
        try:
            await self._engine.delete_checkpoint(sprite.id, checkpoint)
        except (EngineError, OSError):
            log.exception("The files of %s/%s stay until the next start", sprite.id, checkpoint)
        return True
