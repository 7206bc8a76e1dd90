"""Exec sessions: commands that clients attach to and leave."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections import deque
from collections.abc import Callable

from attrs import define, field

from sprites_local import times
from sprites_local.engines.base import EngineError, Process
from sprites_local.life.keeper import Use
from sprites_local.outputs import REPLAY_LIMIT, Exit, Output, Recorder, Subscriber

log = logging.getLogger(__name__)

_END_PATIENCE = 5.0
_KILLED = 137
_RECORDED_AFTER = 0.05
"""Seconds after which a session's output is recorded: a short command shall not pay for it."""
_CLAIM_PATIENCE = 60.0
"""Seconds that an adopted session which has ended waits for its client."""


@define(eq=False)
class Session:
    """A command that runs in a sprite, whoever watches."""

    sprite_id: str
    argv: tuple[str, ...]
    cwd: str
    tty: bool
    process: Process
    linger: float
    """How many seconds the command may run with no client; 0 is for ever."""
    use: Use | None = None
    """Holds the sprite for each client."""

    created: float = field(factory=time.time)
    """Unix seconds, as `active` is."""
    active: float = field(factory=time.time)
    """When it put something out last."""
    total: int = 0
    size: tuple[int, int] = (0, 0)
    exited: asyncio.Event = field(factory=asyncio.Event)
    exit_code: int | None = None
    claimed: asyncio.Event | None = None
    """Of an adopted session: set by its first client, for whom it waits even when it has ended."""
    recorder: Recorder | None = None
    _clients: set[Subscriber] = field(factory=set)
    _replay: deque[Output] = field(factory=deque)
    _replay_size: int = 0
    _reaper: asyncio.TimerHandle | None = None
    _killing: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        """The session's id on the wire: the process id inside the sprite, as text."""
        return str(self.process.pid)

    @property
    def created_at(self) -> str:
        """When it was started, as the wire has it."""
        return times.stamp(self.created)

    @property
    def last_activity(self) -> str:
        """When it put something out last, as the wire has it."""
        return times.stamp(self.active)

    @property
    def replay(self) -> tuple[Output, ...]:
        """The latest output, which a client that attaches is given."""
        return tuple(self._replay)

    @property
    def command(self) -> str:
        """The command line as one text."""
        return " ".join(self.argv)

    def attach(self) -> Subscriber:
        """Add a client."""
        if self._reaper is not None:
            self._reaper.cancel()
            self._reaper = None
        if self.claimed is not None:
            self.claimed.set()
        subscriber = Subscriber(tuple(self._replay))
        if self.exit_code is not None:
            subscriber.finish(self.exit_code)
        self._clients.add(subscriber)
        if self.use is not None:
            self.use.begin()
        return subscriber

    def detach(self, subscriber: Subscriber) -> None:
        """Remove a client; when it was the last, the command's time begins to run out."""
        subscriber.close()
        if self.use is not None and subscriber in self._clients:
            self.use.end()
        self._clients.discard(subscriber)
        self.count_down()

    def count_down(self) -> None:
        """Let the time of a command without a client run out."""
        if not self._clients and self.linger > 0 and not self.exited.is_set():
            loop = asyncio.get_running_loop()
            self._reaper = loop.call_later(self.linger, self._reap)

    async def run(self) -> None:
        """Pass the output on until it ends, as it does soon after the command; say so then."""
        async for found in self.process.stdout():
            await self._tell(Output(*found))
        await self._end(await self.process.wait())

    @property
    def can_be_found(self) -> bool:
        """Whether clients may attach: it runs, or its end is still to be told."""
        return not self.exited.is_set() or (self.claimed is not None and not self.claimed.is_set())

    async def wait_for_claim(self) -> None:
        """Let the client of an adopted session learn how it ended."""
        if self.claimed is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.claimed.wait(), _CLAIM_PATIENCE)

    async def give_up(self) -> None:
        """End a session whose command cannot be followed any more."""
        await self.kill()
        await self._end(_KILLED)

    async def _tell(self, output: Output) -> None:
        self.total += len(output.data)
        self.active = time.time()
        self._replay.append(output)
        self._replay_size += len(output.data)
        if self.recorder is not None:
            self.recorder.add(output)
        while self._replay_size > REPLAY_LIMIT and len(self._replay) > 1:
            self._replay_size -= len(self._replay.popleft().data)
        for client in tuple(self._clients):
            await client.deliver(output)

    async def _end(self, code: int) -> None:
        if self.exited.is_set():
            return
        self.exit_code = code
        self.exited.set()
        if self._reaper is not None:
            self._reaper.cancel()
        for client in tuple(self._clients):
            await client.deliver(Exit(code))

    async def kill(self) -> None:
        """End the command by force."""
        # A sprite that cannot be reached any more runs nothing any more.
        with contextlib.suppress(EngineError):
            await self.process.signal(signal.SIGKILL)

    def _reap(self) -> None:
        log.info("Session %s ends: no client came back in time", self.id)
        self._killing = asyncio.ensure_future(self.kill())


class SessionRegistry:
    """The sessions of all sprites that run, and the ids of some that ended."""

    _REMEMBERED = 1000

    def __init__(self, record: Callable[[Session], Recorder] | None = None) -> None:
        """Begin with none; `record` makes what keeps a session's output for a next server."""
        self._record = record
        self._running: dict[tuple[str, str], Session] = {}
        self._ended: dict[tuple[str, str], None] = {}
        self._pumps: dict[Session, asyncio.Task[None]] = {}
        self._stopping = False

    def add(self, session: Session) -> None:
        """Take a session up and let its output flow; clients should be attached before."""
        key = (session.sprite_id, session.id)
        self._ended.pop(key, None)
        self._running[key] = session
        pump = asyncio.get_running_loop().create_task(self._pump(key, session))
        self._pumps[session] = pump
        pump.add_done_callback(lambda _: self._pumps.pop(session))

    def find(self, sprite_id: str, session_id: str) -> Session | None:
        """Find a session that runs."""
        session = self._running.get((sprite_id, session_id))
        return session if session is not None and session.can_be_found else None

    def has_ended(self, sprite_id: str, session_id: str) -> bool:
        """Tell whether there was such a session and it ended, not too long ago."""
        key = (sprite_id, session_id)
        return key in self._ended or key in self._running

    def listing(self, sprite_id: str) -> list[Session]:
        """List a sprite's sessions that have not come to their end, oldest first."""
        return [
            session
            for (owner, _), session in self._running.items()
            if owner == sprite_id and not session.exited.is_set()
        ]

    def running(self, sprite_id: str) -> list[Session]:
        """List those whose command runs, without any whose last output is on its way still."""
        listed = self.listing(sprite_id)
        return [session for session in listed if session.process.returncode is None]

    async def stop_all(self) -> None:
        """End the commands of all sessions, and so their clients' streams: the server ends."""
        self._stopping = True
        running = [session for session in self._running.values() if not session.exited.is_set()]
        await asyncio.gather(*[session.kill() for session in running])

    async def drop(self, sprite_id: str) -> None:
        """See to the end of all sessions of a sprite whose processes were ended."""
        await asyncio.gather(*[self._drop(session) for session in self.listing(sprite_id)])

    async def close(self) -> None:
        """Let go of everything; the engine ends the processes."""
        pumps = tuple(self._pumps.values())
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def _drop(self, session: Session) -> None:
        try:
            await asyncio.wait_for(session.exited.wait(), _END_PATIENCE)
        except TimeoutError:
            log.warning("Session %s did not end with its sprite", session.id)
            if (pump := self._pumps.get(session)) is not None:
                pump.cancel()
            await session.give_up()

    def _begin_to_record(self, session: Session) -> None:
        if self._record is not None and session.recorder is None and not session.exited.is_set():
            session.recorder = self._record(session)

    async def _pump(self, key: tuple[str, str], session: Session) -> None:
        loop = asyncio.get_running_loop()
        recording = loop.call_later(_RECORDED_AFTER, self._begin_to_record, session)
        try:
            if self._stopping:  # it was about to begin when all others were ended
                await session.kill()
            await session.run()
            await session.wait_for_claim()
        except (OSError, EngineError):
            log.exception("Session %s cannot be followed any more", session.id)
            await session.give_up()
        finally:
            recording.cancel()
            if session.recorder is not None and session.exited.is_set():
                session.recorder.close()
            # After a restore another session may have the same number.
            if self._running.get(key) is session:
                del self._running[key]
                self._ended[key] = None
                while len(self._ended) > self._REMEMBERED:
                    del self._ended[next(iter(self._ended))]
