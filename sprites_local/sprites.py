"""Sprites: making, finding, changing, waking and deleting them."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress

from sprites_local import names, times
from sprites_local.answers import ENVIRONMENT_VERSION
from sprites_local.changes import Changes
from sprites_local.engines.base import Engine, EngineError, Saved
from sprites_local.errors import ApiError, SpriteNotFoundError
from sprites_local.life.keeper import Keeper, Use
from sprites_local.life.machine import Limits, Step
from sprites_local.residents import Resident
from sprites_local.session import SessionRegistry
from sprites_local.state import checkpoints as checkpoint_rows
from sprites_local.state import sprites as rows
from sprites_local.state.database import Database
from sprites_local.state.records import CheckpointRecord, SpriteRecord
from sprites_local.work import Work

log = logging.getLogger(__name__)

BASE_CHECKPOINT = "v0"


class SpriteManager:
    """The sprites of one data directory.

    A sprite's lock is held around everything that changes its life, so that one operation per
    sprite is under way at a time; others wait for their turn.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        sessions: SessionRegistry,
        work: Work,
        limits: Limits | None = None,
    ) -> None:
        self._db = database
        self._engine = engine
        self._sessions = sessions
        self._work = work
        self.changes = Changes()
        self.residents: list[Resident] = []
        self.life = Keeper(limits or Limits(), self._rest, work)
        self._locks: dict[str, asyncio.Lock] = {}

    def status(self, sprite: SpriteRecord) -> str:
        """Say in the wire's word whether a sprite runs."""
        if not self._engine.is_running(sprite.id):
            return "cold"
        return "warm" if self.life.is_warm(sprite.id) else "running"

    async def get(self, name: str) -> SpriteRecord:
        """Find a sprite by name.

        Raises:
            SpriteNotFoundError: If there is none.
        """
        record = self._db.look(rows.find, name)
        if record is None:
            raise SpriteNotFoundError
        return record

    async def page(self, *, prefix: str, after: str, limit: int) -> rows.Page:
        """List sprites by name, from behind a name on."""
        return await self._db.run(rows.page, prefix=prefix, after=after, limit=limit)

    async def create(self, new: rows.NewSprite) -> SpriteRecord:
        """Make a sprite, cold, with its base checkpoint.

        Raises:
            ApiError: If the name is taken.
        """
        return await self._work.see_through(self._create(new))

    async def update(
        self,
        name: str,
        *,
        auth: str | None,
        private_access: str | None,
        labels: tuple[str, ...] | None,
    ) -> SpriteRecord:
        """Change what is not None."""
        record = await self._db.run(
            rows.update, name, auth=auth, private_access=private_access, labels=labels
        )
        if record is None:
            raise SpriteNotFoundError
        return record

    async def delete(self, name: str) -> None:
        """Delete a sprite with its files, processes and checkpoints."""
        await self._work.see_through(self._delete(name))

    async def restart(self, name: str) -> SpriteRecord:
        """Stop a sprite's processes and boot it again."""
        async with self.locked(name) as sprite:
            await self.leave(sprite, orderly=True)
            await self._engine.stop(sprite.id)
            await self._sessions.drop(sprite.id)
            await self._start(sprite)
            return sprite

    @asynccontextmanager
    async def locked(self, name: str, *, quiet: bool = False) -> AsyncIterator[SpriteRecord]:
        """Find a sprite and hold its lock; what waited for a deleted sprite does not find it.

        A warm sprite runs on first. `quiet` is no use of the sprite, and puts off no rest.
        """
        sprite = await self.get(name)
        with nullcontext() if quiet else self.life.held(sprite.id):
            async with self._alone(sprite) as current:
                await self._run_on(current)
                yield current

    async def rouse(self, sprite: SpriteRecord) -> None:
        """Let a warm sprite run on; a cold one stays cold."""
        if self.life.rests(sprite.id):
            async with self.locked(sprite.name):
                pass

    async def end_rests(self) -> None:
        """Let all sprites run on, and put none to rest any more: the server ends.

        Services could not end in order otherwise.
        """
        self.life.close()
        for sprite_id in self.life.resting():
            with suppress(EngineError, OSError):
                await self._engine.resume(sprite_id)

    def use(self, sprite_id: str) -> Use:
        """Return what holds a sprite while it is in use."""
        return Use(self.life, sprite_id)

    @asynccontextmanager
    async def awake(self, name: str) -> AsyncIterator[SpriteRecord]:
        """Hold a sprite's lock and boot the sprite if it is cold."""
        async with self.locked(name) as sprite:
            await self.wake(sprite)
            yield sprite

    async def wake(self, sprite: SpriteRecord) -> bool:
        """Boot a sprite whose lock is held if it is cold, and tell whether it was."""
        if self._engine.is_running(sprite.id):
            return False
        await self._start(sprite)
        return True

    async def settle(self, sprite: SpriteRecord) -> None:
        """Tell the residents of a sprite whose lock is held that it was booted, if it was."""
        if self._engine.is_running(sprite.id):
            self.life.booted(sprite)
            for resident in self.residents:
                await resident.booted(sprite)

    async def leave(self, sprite: SpriteRecord, *, orderly: bool) -> None:
        """Tell the residents of a sprite whose lock is held that its processes will be ended."""
        for resident in self.residents:
            await resident.leaving(sprite, orderly=orderly)

    @asynccontextmanager
    async def still(self, sprite: SpriteRecord) -> AsyncIterator[None]:
        """Let no resident write into the sprite's files meanwhile."""
        async with AsyncExitStack() as stack:
            for resident in self.residents:
                await stack.enter_async_context(resident.still(sprite))
            yield

    @asynccontextmanager
    async def _alone(self, sprite: SpriteRecord) -> AsyncIterator[SpriteRecord]:
        async with self._locks.setdefault(sprite.id, asyncio.Lock()):
            current = await self.get(sprite.name)
            if current.id != sprite.id:
                raise SpriteNotFoundError
            yield current

    async def _rest(self, name: str) -> None:
        """Take the step that is due for a sprite, if it still is when its lock is free."""
        try:
            async with self._alone(await self.get(name)) as sprite:
                step = self.life.step(sprite.id)
                if step is Step.PAUSE:
                    await self._pause(sprite)
                elif step is Step.STOP:
                    await self._cool_down(sprite)
        except SpriteNotFoundError:
            return

    async def _pause(self, sprite: SpriteRecord) -> None:
        if not self._engine.is_running(sprite.id):
            return self.life.stopped(sprite.id)
        self.life.pausing(sprite.id)
        try:
            paused = await self._engine.pause(sprite.id)
        except (EngineError, OSError) as error:
            log.warning("Sprite %s could not be paused: %s", sprite.name, error)
            return self.life.booted(sprite)
        if not paused:
            return await self._cool_down(sprite)
        self.life.paused(sprite.id)
        self.changes.notify()
        if self.life.is_held(sprite.id):
            await self._run_on(sprite)
        return None

    async def _cool_down(self, sprite: SpriteRecord) -> None:
        """End the processes of a sprite that nobody uses, its services in their order."""
        try:
            await self._engine.resume(sprite.id)
            await self.leave(sprite, orderly=True)
            await self._engine.stop(sprite.id)
        except (EngineError, OSError) as error:
            log.warning("Sprite %s could not be stopped: %s", sprite.name, error)
            # What was told to leave comes back; the next attempt is an idle time away.
            self.life.stopped(sprite.id)
            return await self.settle(sprite)
        await self._sessions.drop(sprite.id)
        self.life.stopped(sprite.id)
        self.changes.notify()
        return None

    async def _run_on(self, sprite: SpriteRecord) -> None:
        """Let a sprite whose lock is held run on if it rests."""
        if self.life.rests(sprite.id):
            await self._engine.resume(sprite.id)
            await self._db.run(rows.note_running, sprite.id, ENVIRONMENT_VERSION)
            self.life.booted(sprite)
            self.changes.notify()

    async def _start(self, sprite: SpriteRecord) -> None:
        await self._engine.start(sprite.id)
        await self._db.run(rows.note_running, sprite.id, ENVIRONMENT_VERSION)
        self.changes.notify()
        await self.settle(sprite)

    async def _create(self, new: rows.NewSprite) -> SpriteRecord:
        try:
            await self._db.run(rows.insert, new)
        except rows.NameTakenError:
            raise ApiError(
                409,
                f"A sprite named '{new.name}' already exists. Please choose a different name.",
            ) from None
        try:
            await self._engine.create(new.id, hostname=new.name)
            saved = await self._engine.checkpoint(new.id, BASE_CHECKPOINT)
        except BaseException:
            await self._undo_create(new.id)
            raise
        await self._db.run(_finish_create, new.id, saved)
        self.changes.notify()
        return await self.get(new.name)

    async def _undo_create(self, sprite_id: str) -> None:
        try:
            await self._engine.destroy(sprite_id)
        except (EngineError, OSError):
            # The row stays as `creating`, and the next start of the server removes the rest.
            return
        await self._db.run(rows.remove, sprite_id)

    async def _delete(self, name: str) -> None:
        async with self.locked(name) as sprite:
            await self._db.run(rows.set_state, sprite.id, "deleting")
            await self.leave(sprite, orderly=False)
            await self._engine.destroy(sprite.id)
            await self._sessions.drop(sprite.id)
            self.life.stopped(sprite.id)
            await self._db.run(rows.remove, sprite.id)
        self._locks.pop(sprite.id, None)
        self.changes.notify()


def _finish_create(db: sqlite3.Connection, sprite_id: str, saved: Saved) -> None:
    base = CheckpointRecord(
        id=names.manual_checkpoint_id(0),
        create_time=times.now(),
        comment=None,
        is_auto=False,
        source_id=None,
        processes=saved.processes,
        reason=saved.reason,
    )
    checkpoint_rows.insert(db, sprite_id, base)
    rows.set_state(db, sprite_id, "ready")
