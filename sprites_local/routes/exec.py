"""Commands over plain HTTP: list sessions, run one, kill one."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import IO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from sprites_local import views
from sprites_local.errors import TextError
from sprites_local.execution import ExecRequest, Executor, parse_exec
from sprites_local.frames import exit_frame, output_frames
from sprites_local.http import body_chunks, json_response, ndjson_response, read_json
from sprites_local.killing import kill, signal_number
from sprites_local.outputs import Exit, Subscriber
from sprites_local.progress import Events
from sprites_local.routing import resource
from sprites_local.session import Session, SessionRegistry
from sprites_local.sprites import SpriteManager
from sprites_local.times import parse_duration
from sprites_local.work import Work

STDIN_LIMIT = 10 << 20
_KILL_PATIENCE = 10.0
_SOCKET_ONLY = ("tty", "id", "detachable", "cc")
_OCTETS = "application/octet-stream"
_CHUNK = 64 << 10
_SPOOL_IN_MEMORY = 1 << 20


class ExecRoutes:
    """Answers about sessions, and commands that need no WebSocket."""

    def __init__(
        self,
        executor: Executor,
        sprites: SpriteManager,
        sessions: SessionRegistry,
        work: Work,
    ) -> None:
        self._executor = executor
        self._sprites = sprites
        self._sessions = sessions
        self._work = work

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        path = "/v1/sprites/{name}/exec"
        return [
            resource(path, get=self.list, post=self.run),
            resource(f"{path}/{{session}}/kill", post=self.kill),
        ]

    async def list(self, request: Request) -> Response:
        """List the sessions that run; HEAD is how a client learns the version."""
        if "cmd" in request.query_params or "path" in request.query_params:
            raise TextError(400, "a command needs a WebSocket, or POST")
        sprite = await self._sprites.get(request.path_params["name"])
        sessions = [views.session_view(found) for found in self._sessions.running(sprite.id)]
        return json_response({"count": len(sessions), "sessions": sessions})

    async def run(self, request: Request) -> Response:
        """Run a command to its end, each piece of output in a chunk of its own."""
        query = request.query_params
        for name in _SOCKET_ONLY:
            if name in query:
                raise TextError(400, f"{name} is not allowed here")
        wanted = parse_exec(query)
        name = request.path_params["name"]
        await self._sprites.get(name)
        with ExitStack() as stack:
            stdin = await _spool(request, wanted)
            if stdin is not None:
                stack.enter_context(stdin)
            session = await self._executor.start(name, wanted)
            stack.pop_all()
        client = session.attach()
        self._sessions.add(session)
        return _Output(session, client, stdin)

    async def kill(self, request: Request) -> Response:
        """Signal a session and stream what becomes of it."""
        number, patience = await _kill_parameters(request)
        sprite = await self._sprites.get(request.path_params["name"])
        await self._sprites.rouse(sprite)
        session_id = request.path_params["session"]
        session = self._sessions.find(sprite.id, session_id)
        if session is None:
            ended = self._sessions.has_ended(sprite.id, session_id)
            text = "session already exited" if ended else f"session not found: {session_id[:40]}"
            raise TextError(410 if ended else 404, text)
        events = Events()
        self._work.start(kill(session, number, patience, events))
        return ndjson_response(events.lines())


class _Output(StreamingResponse):
    """A session's output, a frame in each chunk, while standard input is fed."""

    def __init__(self, session: Session, client: Subscriber, stdin: IO[bytes] | None) -> None:
        super().__init__(_frames(client), media_type=_OCTETS)
        self._session = session
        self._client = client
        self._stdin = stdin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything; a client that hangs up leaves the session as from a WebSocket."""
        feeding = asyncio.ensure_future(_feed(self._session, self._stdin))
        try:
            await super().__call__(scope, receive, send)
        finally:
            feeding.cancel()
            if self._stdin is not None:  # feeding may not have begun
                self._stdin.close()
            self._session.detach(self._client)


async def _frames(client: Subscriber) -> AsyncIterator[bytes]:
    async for event in client.events():
        if isinstance(event, Exit):
            yield exit_frame(event.code)
        else:
            for frame in output_frames(event):
                yield frame


async def _spool(request: Request, wanted: ExecRequest) -> IO[bytes] | None:
    """Take the whole body before the command starts, so that one too large starts nothing."""
    if not wanted.stdin:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _OCTETS:
        raise TextError(400, f"standard input must be sent as {_OCTETS}")
    with ExitStack() as stack:
        spool = stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY))
        async for chunk in body_chunks(request, STDIN_LIMIT):
            spool.write(chunk)
        spool.seek(0)
        stack.pop_all()
    return spool


async def _feed(session: Session, stdin: IO[bytes] | None) -> None:
    if stdin is None:
        return
    with stdin:
        while chunk := stdin.read(_CHUNK):
            await session.process.write(chunk)
    await session.process.close_stdin()


async def _kill_parameters(request: Request) -> tuple[int, float]:
    """Read signal and timeout from the query, else from a JSON body."""
    query = request.query_params
    body = await read_json(request)
    name = query.get("signal", body.get("signal", "SIGTERM"))
    timeout = query.get("timeout", body.get("timeout", _KILL_PATIENCE))
    if not isinstance(name, str):
        raise TextError(400, "signal must be a string")
    if isinstance(timeout, bool) or not isinstance(timeout, str | int | float):
        raise TextError(400, "timeout must be a duration")
    try:
        return signal_number(name), parse_duration(str(timeout))
    except ValueError as error:
        raise TextError(400, f"timeout: {error}") from None
