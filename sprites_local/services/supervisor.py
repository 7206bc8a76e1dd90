"""The processes of one booted sprite's services: does what the machine decides."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from attrs import frozen

from sprites_local import notes
from sprites_local.engines.base import Command, Engine, EngineError, Process
from sprites_local.errors import SpriteNotFoundError
from sprites_local.execution import HOME, default_environment
from sprites_local.services.actions import Action, Retry, Spawn, Tell, Terminate
from sprites_local.services.definitions import Definition
from sprites_local.services.journal import Event, Journal
from sprites_local.services.logfile import LogFile, open_log, read_tail
from sprites_local.services.machine import Machine
from sprites_local.services.output import STREAMS, LineCutter, Printed
from sprites_local.work import Work

log = logging.getLogger(__name__)

END_PATIENCE: Final = 3.0
"""Seconds that services get to end by themselves when their sprite is stopped."""

_KILLED: Final = 137

Enter = Callable[[], AbstractAsyncContextManager[object]]


@frozen(eq=False)
class Running:
    """A process of a service and the task that reads its output."""

    run: int
    process: Process
    pump: asyncio.Task[None]


class Supervisor:
    """Runs services from one boot of a sprite to its end.

    Everything that starts a process is called with the sprite's lock held, or takes it (`enter`).
    """

    def __init__(self, sprite_id: str, engine: Engine, enter: Enter) -> None:
        self.machine = Machine()
        self.journals: dict[str, Journal] = {}
        self._sprite_id = sprite_id
        self._engine = engine
        self._enter = enter
        self._definitions: dict[str, Definition] = {}
        self._resumed: dict[str, Process] = {}
        self._running: dict[str, Running] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._work = Work()
        self._gate = asyncio.Lock()
        self._told = False
        """Whether nobody is to follow any more."""

    async def boot(
        self,
        definitions: Iterable[Definition],
        running: Mapping[str, Process],
        stopped: frozenset[str],
    ) -> None:
        """Start everything that is not to stay stopped, or take over what runs.

        The output that earlier boots left is read first.
        """
        known = list(definitions)
        self._resumed = dict(running)
        if known:
            await self._read_logs(known)
        for definition in known:
            self.define(definition)
        await self.perform(self.machine.boot(stopped))
        for process in self._resumed.values():
            self._work.start(_end(process, 0))  # its service was deleted after the checkpoint
        self._resumed.clear()

    async def _read_logs(self, known: Iterable[Definition]) -> None:
        try:
            async with self._engine.files(self._sprite_id, as_root=True) as files:
                for definition in known:
                    self.journals[definition.name] = Journal(
                        await read_tail(files, definition.name)
                    )
        except (OSError, EngineError) as error:
            log.warning("The logs of services in %s cannot be read: %s", self._sprite_id, error)

    def define(self, definition: Definition) -> None:
        """Add or change a service."""
        self._definitions[definition.name] = definition
        journal = self.journals.setdefault(definition.name, Journal())
        if self._told:
            journal.close()
        self.machine.define(definition.name, definition.needs)

    def forget(self, name: str) -> None:
        """Remove a service that does not run."""
        self._cancel_timer(name)
        self.machine.forget(name)
        self._definitions.pop(name, None)
        self.journals.pop(name).close()

    async def perform(self, actions: Iterable[Action]) -> None:
        """Do what was decided, and what follows; the sprite's lock is held."""
        spawns = deque(self._act(actions))
        while spawns:
            spawns.extend(self._act(await self._spawn(spawns.popleft())))

    def react(self, actions: Iterable[Action]) -> None:
        """Do what was decided, and start processes as soon as the sprite's lock is free."""
        spawns = self._act(actions)
        if spawns:
            self._work.start(self._perform_later(spawns))

    async def signal(self, name: str, number: int) -> bool:
        """Signal a service's process; tell whether there was one."""
        running = self._running.get(name)
        if running is None or running.process.returncode is not None:
            return False
        await running.process.signal(number)
        return True

    @asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        """Write nothing to the logs meanwhile."""
        async with self._gate:
            yield

    def close_streams(self) -> None:
        """Let go of those who follow a service, for good."""
        self._told = True
        for journal in self.journals.values():
            journal.close()

    async def halt(self, *, orderly: bool) -> None:
        """End: the sprite's processes are, or will be, ended with it."""
        if orderly:
            self.react(self.machine.shut_down())
            await self._wait_for_the_end()
        self._act(self.machine.gone())
        for name in tuple(self._timers):
            self._cancel_timer(name)
        pumps = [running.pump for running in self._running.values()]
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        await self._work.finish(0)
        self.close_streams()

    async def _wait_for_the_end(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + END_PATIENCE
        while self._running and loop.time() < deadline:
            pumps = [running.pump for running in self._running.values()]
            await asyncio.wait(
                pumps, timeout=deadline - loop.time(), return_when=asyncio.FIRST_COMPLETED
            )

    def _act(self, actions: Iterable[Action]) -> list[Spawn]:
        """Do everything at once but starting processes, which is returned."""
        spawns = []
        for action in actions:
            match action:
                case Spawn():
                    spawns.append(action)
                case Tell(name, kind, data, exit_code):
                    self.journals[name].add(Event(_milliseconds(), kind, data, exit_code))
                case Retry(name, run, delay):
                    self._cancel_timer(name)
                    loop = asyncio.get_running_loop()
                    self._timers[name] = loop.call_later(delay, self._retry, name, run)
                case Terminate(name, run, patience):
                    running = self._running.get(name)
                    if running is not None and running.run == run:
                        self._work.start(_end(running.process, patience))
        return spawns

    async def _perform_later(self, spawns: list[Spawn]) -> None:
        try:
            async with self._enter():
                await self.perform(spawns)
        except SpriteNotFoundError:
            log.info("The services of %s end with their sprite", self._sprite_id)

    async def _spawn(self, spawn: Spawn) -> list[Action]:
        name, run = spawn.name, spawn.run
        if not self.machine.awaits(spawn):
            return self.machine.abandoned(name, run)
        file = await open_log(self._engine, self._sprite_id, name, self._gate)
        try:
            process = await self._take_over_or_start(name)
        except EngineError as error:
            file.close()
            if not self._engine.is_running(self._sprite_id):
                return self._lost()
            return self.machine.spawn_failed(name, run, str(error), time.time_ns())
        except BaseException:
            file.close()
            raise
        pump = asyncio.get_running_loop().create_task(self._pump(spawn, process, file))
        self._running[name] = Running(run, process, pump)
        return self.machine.spawned(name, run, process.pid, time.time_ns())

    async def _take_over_or_start(self, name: str) -> Process:
        if name in self._resumed:
            return self._resumed.pop(name)
        return await self._engine.spawn(self._sprite_id, _command(self._definitions[name]))

    async def _pump(self, spawn: Spawn, process: Process, file: LogFile) -> None:
        """Follow a process to its end."""
        try:
            code = await self._follow(spawn.name, process, file)
        except (OSError, EngineError):
            log.exception("A service of %s cannot be followed any more", self._sprite_id)
            await _end(process, 0)
            code = _KILLED
        finally:
            file.close()
            running = self._running.get(spawn.name)
            if running is not None and running.run == spawn.run:
                del self._running[spawn.name]
        if self._engine.is_running(self._sprite_id):
            self.react(self.machine.exited(spawn.name, spawn.run, code, time.time_ns()))
        else:
            self.react(self._lost())

    def _lost(self) -> list[Action]:
        """Take note that the sprite is gone, though nobody asked for that."""
        self._act(self.machine.gone())
        self.close_streams()
        return []

    async def _follow(self, name: str, process: Process, file: LogFile) -> int:
        await process.close_stdin()
        cutters = {number: LineCutter() for number in STREAMS}
        async for stream, data in process.stdout():
            await self._note(name, file, stream, cutters[stream].feed(data))
        for stream, cutter in cutters.items():
            await self._note(name, file, stream, cutter.end())
        return await process.wait()

    async def _note(self, name: str, file: LogFile, stream: int, texts: list[str]) -> None:
        if texts:
            printed = [Printed(_milliseconds(), STREAMS[stream], text) for text in texts]
            await file.write(printed)
            for one in printed:
                self.journals[name].add(Event(one.moment, one.stream, one.text))

    def _retry(self, name: str, run: int) -> None:
        self._timers.pop(name, None)
        self.react(self.machine.retry(name, run))

    def _cancel_timer(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()


def _command(definition: Definition) -> Command:
    return Command(
        argv=(definition.cmd, *definition.args),
        env={**default_environment(tty=False), **definition.env},
        cwd=definition.dir or HOME,
        note=notes.write(notes.ServiceNote(definition.name)),
    )


async def _end(process: Process, patience: float) -> None:
    """Send TERM, and KILL to what does not end. A sprite that is gone runs nothing any more."""
    with contextlib.suppress(EngineError):
        await process.signal(signal.SIGTERM)
        # Else a service that was paused by a signal would not see the other one.
        await process.signal(signal.SIGCONT)
        try:
            await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            await process.signal(signal.SIGKILL)


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
