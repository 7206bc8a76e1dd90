"""Sessions and services that are part of a checkpoint, and come back with it.

An engine that keeps processes knows them by their numbers. What they are to clients (command
line, output so far, name of the service) is noted here at the instant of the checkpoint, so that
after a restore a session is listed, can be attached to, and shows what was on its screen.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import struct
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sprites_local.engines.base import Engine, EngineError, Process
from sprites_local.outputs import Output
from sprites_local.residents import ProcessOwner, Resumed
from sprites_local.session import Session, SessionRegistry
from sprites_local.sprites import SpriteManager
from sprites_local.state import resumption as rows
from sprites_local.state.database import Database
from sprites_local.state.resumption import KeptProcess

log = logging.getLogger(__name__)

_PIECE: Final = struct.Struct("!BI")
_EARLIER: Final = ("created_at", "last_activity")


class Resumer:
    """Notes what a checkpoint's processes are, and takes them up again."""

    def __init__(
        self, database: Database, engine: Engine, sprites: SpriteManager, sessions: SessionRegistry
    ) -> None:
        self._db = database
        self._engine = engine
        self._sprites = sprites
        self._sessions = sessions

    def note(self, sprite_id: str) -> list[KeptProcess]:
        """Describe what runs now; called while everything stands still."""
        kept = [_describe(session) for session in self._sessions.listing(sprite_id)]
        for owner in self._owners():
            for name, pid in owner.processes(sprite_id).items():
                kept.append(KeptProcess("service", pid or 0, {"name": name}))
        return kept

    async def resume(self, sprite_id: str, checkpoint: str) -> None:
        """Take up what a restore brought back; what nobody knows any more is ended."""
        try:
            back = {process.pid: process for process in await self._engine.sessions(sprite_id)}
        except EngineError as error:
            log.warning("The sessions of %s cannot be resumed: %s", sprite_id, error)
            return
        kept = await self._db.run(rows.listing, sprite_id, checkpoint)
        for one in kept:
            if one.kind == "session" and one.pid in back:
                self._take_up(sprite_id, back.pop(one.pid), one)
        services = _services(kept, back)
        for owner in self._owners():
            owner.expect(sprite_id, services)
        for process in back.values():
            with contextlib.suppress(EngineError):
                await process.signal(signal.SIGKILL)

    def _owners(self) -> list[ProcessOwner]:
        return [one for one in self._sprites.residents if isinstance(one, ProcessOwner)]

    def _take_up(self, sprite_id: str, process: Process, kept: KeptProcess) -> None:
        replay = deque(_unpack(kept.replay))
        session = Session(
            sprite_id=sprite_id,
            process=process,
            use=self._sprites.use(sprite_id),
            replay=replay,
            replay_size=sum(len(output.data) for output in replay),
            **_fields(kept.details),
        )
        self._sessions.add(session)
        # As if its client had just left: from now on its time runs out.
        session.detach(session.attach())


def _describe(session: Session) -> KeptProcess:
    details = {
        "argv": session.argv,
        "cwd": session.cwd,
        "tty": session.tty,
        "linger": session.linger,
        "size": session.size,
        "created": session.created,
        "active": session.active,
        "total": session.total,
    }
    return KeptProcess("session", session.process.pid, details, _pack(session.replay))


def _fields(details: Mapping[str, Any]) -> dict[str, Any]:
    """Read what `_describe` wrote; an earlier version wrote times in another way."""
    fields = {name: value for name, value in details.items() if name not in _EARLIER}
    fields.setdefault("active", details["created"])
    return {**fields, "argv": tuple(details["argv"]), "size": tuple(details["size"])}


def _services(kept: list[KeptProcess], back: dict[int, Process]) -> Resumed:
    """Take the processes of services out of those that came back."""
    processes, stopped = {}, set()
    for one in kept:
        if one.kind != "service":
            continue
        if one.pid in back:
            processes[one.details["name"]] = back.pop(one.pid)
        elif one.pid == 0:
            stopped.add(one.details["name"])
    return Resumed(processes, frozenset(stopped))


def _pack(outputs: tuple[Output, ...]) -> bytes:
    return b"".join(_PIECE.pack(one.stream, len(one.data)) + one.data for one in outputs)


def _unpack(data: bytes) -> Iterator[Output]:
    place = 0
    while place < len(data):
        stream, size = _PIECE.unpack_from(data, place)
        place += _PIECE.size + size
        yield Output(stream, data[place - size : place])
