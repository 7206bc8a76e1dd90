"""Services of all sprites: what clients ask for, and the supervisors of sprites that run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import frozen

from sprites_local.engines.base import Engine
from sprites_local.errors import TextError
from sprites_local.residents import Resumed
from sprites_local.services import streams
from sprites_local.services.definitions import Definition
from sprites_local.services.journal import Journal
from sprites_local.services.output import last_lines
from sprites_local.services.supervisor import Supervisor
from sprites_local.services.unit import PATIENCE, Phase, Unit
from sprites_local.sprites import SpriteManager
from sprites_local.state import services as rows
from sprites_local.state.database import Database
from sprites_local.state.records import SpriteRecord
from sprites_local.work import Work

Lines = AsyncIterator[bytes]


@frozen
class Entered:
    """A sprite that runs, with the services in it; its lock is held."""

    sprite: SpriteRecord
    supervisor: Supervisor
    booted: bool
    """Whether the sprite was booted for this, its services with it."""


class ServiceManager:
    """The services of all sprites; a `Resident` of each."""

    def __init__(
        self, database: Database, engine: Engine, sprites: SpriteManager, work: Work
    ) -> None:
        self._db = database
        self._engine = engine
        self._sprites = sprites
        self._work = work
        self._supervisors: dict[str, Supervisor] = {}
        self._expected: dict[str, Resumed] = {}
        self._ending = False

    async def listing(self, name: str) -> list[tuple[Definition, Unit | None]]:
        """List a sprite's services with what they do; a cold sprite stays cold."""
        sprite = await self._sprites.get(name)
        definitions = await self._db.run(rows.listing, sprite.id)
        supervisor = self._supervisor(sprite)
        units = {} if supervisor is None else supervisor.machine.units
        return [(one, units.get(one.name)) for one in definitions.values()]

    async def get(self, name: str, service: str) -> tuple[Definition, Unit | None]:
        """Find a service.

        Raises:
            TextError: If there is none.
        """
        for definition, unit in await self.listing(name):
            if definition.name == service:
                return definition, unit
        raise _not_found(service)

    async def put(self, name: str, definition: Definition, duration: float) -> Lines:
        """Define a service, or define it anew, and start it."""
        sprite = await self._sprites.get(name)
        # Before a sprite is booted for it.
        await self._db.run(rows.require_possible, sprite.id, definition)
        return await self._work.see_through(self._put(name, definition, duration))

    async def start(self, name: str, service: str, duration: float) -> Lines:
        """Start a service unless it runs."""
        await self.get(name, service)
        return await self._work.see_through(self._start(name, service, duration))

    async def restart(self, name: str, service: str, duration: float) -> Lines:
        """Stop a service if it runs, and start it."""
        await self.get(name, service)
        return await self._work.see_through(self._restart(name, service, duration))

    async def stop(self, name: str, service: str, patience: float) -> Lines:
        """Stop a service until it is started, or its sprite booted, again."""
        sprite, supervisor = await self._running(name, service)
        refusal = supervisor.machine.refusal_to_stop(service)
        if refusal is not None:
            raise TextError(409, refusal)
        journal = supervisor.journals[service]
        number = journal.end
        supervisor.react(supervisor.machine.stop(service, patience))
        await self._note_stopped(sprite.id, supervisor)
        return streams.report_stop(journal, service, number, patience)

    async def signal(self, name: str, service: str, number: int) -> None:
        """Signal a service's process group."""
        _, supervisor = await self._running(name, service)
        if not await supervisor.signal(service, number):
            raise _not_running(service)

    async def logs(self, name: str, service: str, count: int | None, duration: float) -> Lines:
        """Read the latest output of a service, and what follows within some time."""
        await self.get(name, service)
        async with self._entered(name) as entered:
            journal = _journal(entered.supervisor, service)
        past = journal.output()
        if count is not None:
            past = last_lines(past, count)
        return streams.report_log(journal, service, past, duration)

    async def delete(self, name: str, service: str) -> None:
        """Stop and forget a service that no other needs; its log stays."""
        await self._work.see_through(self._delete(name, service))

    async def booted(self, sprite: SpriteRecord) -> None:
        """Start the services of a sprite that has just been booted."""
        await self.leaving(sprite, orderly=False)
        # A service that crashes over and over is no reason for a sprite to stay awake.
        supervisor = Supervisor(
            sprite.id, self._engine, lambda: self._sprites.locked(sprite.name, quiet=True)
        )
        self._supervisors[sprite.id] = supervisor
        if self._ending:
            supervisor.close_streams()
        definitions = await self._db.run(rows.listing, sprite.id)
        resumed = self._expected.pop(sprite.id, Resumed({}, frozenset()))
        stopped = resumed.stopped
        if stopped is None:
            stopped = await self._db.run(rows.stopped, sprite.id)
        else:
            await self._db.run(rows.note_stopped, sprite.id, stopped)
        await supervisor.boot(definitions.values(), resumed.processes, stopped)

    async def leaving(self, sprite: SpriteRecord, *, orderly: bool) -> None:
        """End the services of a sprite whose processes are about to be ended."""
        supervisor = self._supervisors.pop(sprite.id, None)
        if supervisor is not None:
            await supervisor.halt(orderly=orderly)

    @asynccontextmanager
    async def still(self, sprite: SpriteRecord) -> AsyncIterator[None]:
        """Write to no log meanwhile."""
        supervisor = self._supervisor(sprite)
        if supervisor is None:
            yield
        else:
            async with supervisor.still():
                yield

    def processes(self, sprite_id: str) -> dict[str, int | None]:
        """Name the services that run, with their numbers, and those that were stopped."""
        supervisor = self._supervisors.get(sprite_id)
        return {} if supervisor is None else supervisor.machine.processes()

    def expect(self, sprite_id: str, resumed: Resumed) -> None:
        """Take services over at the next boot."""
        self._expected[sprite_id] = resumed

    def close_streams(self) -> None:
        """Let go of all who follow a service, and of who is about to: the server ends."""
        self._ending = True
        for supervisor in self._supervisors.values():
            supervisor.close_streams()

    async def close(self) -> None:
        """End all services: the server ends."""
        supervisors = tuple(self._supervisors.values())
        self._supervisors.clear()
        await asyncio.gather(*[supervisor.halt(orderly=True) for supervisor in supervisors])

    def _supervisor(self, sprite: SpriteRecord) -> Supervisor | None:
        running = self._engine.is_running(sprite.id)
        return self._supervisors.get(sprite.id) if running else None

    async def _running(self, name: str, service: str) -> tuple[SpriteRecord, Supervisor]:
        """Find the sprite and the supervisor of a service that should be running."""
        sprite = await self._sprites.get(name)
        await self.get(name, service)
        await self._sprites.rouse(sprite)
        supervisor = self._supervisor(sprite)
        if supervisor is None or service not in supervisor.machine.units:
            raise _not_running(service)
        return sprite, supervisor

    @asynccontextmanager
    async def _entered(self, name: str) -> AsyncIterator[Entered]:
        """Hold a sprite's lock and boot the sprite if it is cold."""
        async with self._sprites.locked(name) as sprite:
            booted = await self._sprites.wake(sprite)
            yield Entered(sprite, self._supervisors[sprite.id], booted)

    async def _put(self, name: str, definition: Definition, duration: float) -> Lines:
        async with self._sprites.locked(name) as sprite:
            await self._db.run(rows.put, sprite.id, definition)
            if not self._engine.is_running(sprite.id):
                await self._sprites.wake(sprite)
                journal = self._supervisors[sprite.id].journals[definition.name]
                return _report(journal, definition.name, journal.began, duration)
            supervisor = self._supervisors[sprite.id]
            supervisor.define(definition)
            journal = supervisor.journals[definition.name]
            number = journal.end
            await supervisor.perform(supervisor.machine.restart(definition.name))
            await self._note_stopped(sprite.id, supervisor)
            return _report(journal, definition.name, number, duration)

    async def _start(self, name: str, service: str, duration: float) -> Lines:
        async with self._entered(name) as entered:
            machine = entered.supervisor.machine
            journal = _journal(entered.supervisor, service)
            if entered.booted:
                return _report(journal, service, journal.began, duration)
            number = journal.end
            runs = machine.units[service].phase is Phase.RUNNING
            await entered.supervisor.perform(machine.start(service))
            await self._note_stopped(entered.sprite.id, entered.supervisor)
            return _report(journal, service, number, duration, running=runs)

    async def _restart(self, name: str, service: str, duration: float) -> Lines:
        async with self._entered(name) as entered:
            journal = _journal(entered.supervisor, service)
            if entered.booted:
                return _report(journal, service, journal.began, duration)
            number = journal.end
            await entered.supervisor.perform(entered.supervisor.machine.restart(service))
            await self._note_stopped(entered.sprite.id, entered.supervisor)
            return _report(journal, service, number, duration)

    async def _delete(self, name: str, service: str) -> None:
        while True:
            sprite = await self._sprites.get(name)
            _, unit = await self.get(name, service)
            await self._require_unneeded(sprite, service)
            if unit is not None and unit.phase is not Phase.STOPPED:
                await self._stop_for_good(sprite, service)
            async with self._sprites.locked(name) as current:
                supervisor = self._supervisor(current)
                units = {} if supervisor is None else supervisor.machine.units
                if service in units and units[service].phase is not Phase.STOPPED:
                    continue  # it was started again meanwhile
                await self._remove(current, service)
                if supervisor is not None and service in units:
                    supervisor.forget(service)
                return

    async def _note_stopped(self, sprite_id: str, supervisor: Supervisor) -> None:
        """Keep for a server that adopts the sprite what is not to be started again."""
        await self._db.run(rows.note_stopped, sprite_id, supervisor.machine.stopped())

    async def _require_unneeded(self, sprite: SpriteRecord, service: str) -> None:
        try:
            await self._db.run(rows.require_unneeded, sprite.id, service)
        except rows.NeededError as error:
            raise _needed(service, error) from None

    async def _remove(self, sprite: SpriteRecord, service: str) -> None:
        try:
            await self._db.run(rows.remove, sprite.id, service)
        except rows.NeededError as error:
            raise _needed(service, error) from None

    async def _stop_for_good(self, sprite: SpriteRecord, service: str) -> None:
        supervisor = self._supervisor(sprite)
        unit = None if supervisor is None else supervisor.machine.units.get(service)
        if supervisor is None or unit is None or unit.phase is Phase.STOPPED:
            return
        journal = supervisor.journals[service]
        number = journal.end
        supervisor.react(supervisor.machine.stop(service))
        async for event in streams.follow(journal, number, streams.Window.of(2 * PATIENCE)):
            if event.type == "stopped":
                return
        raise TextError(503, f"service {service} does not end")


def _journal(supervisor: Supervisor, service: str) -> Journal:
    """Find the journal of a service that may have been deleted a moment ago."""
    journal = supervisor.journals.get(service)
    if journal is None:
        raise _not_found(service)
    return journal


def _report(
    journal: Journal, name: str, number: int, duration: float, *, running: bool = False
) -> Lines:
    return streams.report_start(journal, name, number, duration, running=running)


def _not_found(service: str) -> TextError:
    return TextError(404, f"service not found: {service[:64]}")


def _not_running(service: str) -> TextError:
    return TextError(409, f"service {service} is not running")


def _needed(service: str, error: rows.NeededError) -> TextError:
    return TextError(409, f"service {service} is needed by {', '.join(error.args)}")
