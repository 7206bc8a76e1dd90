"""Sessions and services of sprites that a server which was killed left running."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections import deque

from sprites_local import notes
from sprites_local.engines.base import Engine, EngineError, Process
from sprites_local.notes import ServiceNote, SessionNote
from sprites_local.recording import Recordings
from sprites_local.residents import ProcessOwner, Resumed
from sprites_local.session import Session, SessionRegistry
from sprites_local.sprites import SpriteManager
from sprites_local.state.records import SpriteRecord

log = logging.getLogger(__name__)


class Adopter:
    """Takes up what runs; what nobody knows any more is ended."""

    def __init__(
        self,
        engine: Engine,
        sprites: SpriteManager,
        sessions: SessionRegistry,
        recordings: Recordings,
    ) -> None:
        self._engine = engine
        self._sprites = sprites
        self._sessions = sessions
        self._recordings = recordings

    async def adopt(self, sprite: SpriteRecord) -> None:
        """Take up the commands of a sprite, if it runs; its residents begin with `settle`."""
        if not self._engine.is_running(sprite.id):
            return
        services: dict[str, Process] = {}
        for process in await self._engine.sessions(sprite.id):
            match notes.read(process.note):
                case SessionNote() as note:
                    await self._adopt_session(sprite.id, process, note)
                case ServiceNote(name) if _is_later(process, services.get(name)):
                    services[name] = process
                case _:
                    log.warning("Process %s of %s is unknown and ends", process.pid, sprite.name)
                    with contextlib.suppress(EngineError):
                        await process.signal(signal.SIGKILL)
        for owner in self._sprites.residents:
            if isinstance(owner, ProcessOwner):
                owner.expect(sprite.id, Resumed(services, None))

    async def _adopt_session(self, sprite_id: str, process: Process, note: SessionNote) -> None:
        if not note.stdin:  # the server may have been killed before it did
            await process.close_stdin()
        recorded, recorder = self._recordings.resume(sprite_id, str(process.pid))
        session = Session(
            sprite_id=sprite_id,
            process=process,
            argv=note.argv,
            cwd=note.cwd,
            tty=note.tty,
            linger=note.linger,
            size=process.terminal_size() or note.size,
            created=note.created,
            total=recorded.total,
            claimed=asyncio.Event(),
            recorder=recorder,
            use=self._sprites.use(sprite_id),
            replay=deque(recorded.outputs),
            replay_size=sum(len(output.data) for output in recorded.outputs),
        )
        self._sessions.add(session)
        # As if its client had just left.
        session.count_down()


def _is_later(process: Process, other: Process | None) -> bool:
    """Tell whether this is the process of a service, not one that ended before."""
    return other is None or other.returncode is not None
