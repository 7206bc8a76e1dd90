"""Commands over a WebSocket: run one, attach to one that runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sprites_local.engines.base import EngineError
from sprites_local.execution import Executor, parse_exec
from sprites_local.frames import STDIN, STDIN_END, exit_frame, output_frames
from sprites_local.outputs import Exit, Subscriber
from sprites_local.ports import PortWatches
from sprites_local.session import Session, SessionRegistry
from sprites_local.session_messages import obey, session_info, tell_ports
from sprites_local.sockets import INTERNAL, NORMAL, SocketHandler, send_json

log = logging.getLogger(__name__)

_CAPABILITIES = [(b"x-sprite-capabilities", b"signal")]
_SILENCE = 20.0
_FAILED = 4000


class ExecSocketRoutes:
    """Answers WebSocket handshakes for commands."""

    def __init__(self, executor: Executor, sessions: SessionRegistry, ports: PortWatches) -> None:
        self._executor = executor
        self._sessions = sessions
        self._ports = ports

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        path = "/v1/sprites/{name}/exec"
        return [
            WebSocketRoute(path, SocketHandler(self.run)),
            WebSocketRoute(f"{path}/{{session}}", SocketHandler(self.attach)),
        ]

    async def run(self, socket: WebSocket) -> None:
        """Start a command, or attach by the query's `id`, and serve the client."""
        name, query = socket.path_params["name"], socket.query_params
        if session_id := query.get("id"):
            session = await self._executor.find(name, session_id)
            return await self._serve(socket, session, owner=False)
        session = await self._executor.start(name, parse_exec(query))
        client = session.attach()
        self._sessions.add(session)
        return await self._serve(socket, session, client, owner=True)

    async def attach(self, socket: WebSocket) -> None:
        """Serve a client that joins a session."""
        path = socket.path_params
        session = await self._executor.find(path["name"], path["session"])
        await self._serve(socket, session, owner=False)

    async def _serve(
        self, socket: WebSocket, session: Session, client: Subscriber | None = None, *, owner: bool
    ) -> None:
        client = client or session.attach()
        try:
            await socket.accept(headers=_CAPABILITIES)
            await send_json(socket, session_info(session, owner=owner))
            await _both_ways(socket, session, client, self._ports)
        except WebSocketDisconnect:
            return
        except EngineError as error:
            log.warning("A client of session %s was cut off: %s", session.id, error)
            with contextlib.suppress(WebSocketDisconnect):
                await socket.close(INTERNAL, str(error)[:100])
        finally:
            session.detach(client)


async def _both_ways(
    socket: WebSocket, session: Session, client: Subscriber, ports: PortWatches
) -> None:
    """Serve both directions until the command has ended or the client is gone."""
    up = asyncio.ensure_future(_receive(socket, session))
    down = asyncio.ensure_future(_send(socket, session, client))
    beside = asyncio.ensure_future(tell_ports(socket, session, ports))
    try:
        done, _ = await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        up.cancel()
        down.cancel()
        beside.cancel()
        await asyncio.gather(up, down, beside, return_exceptions=True)


async def _receive(socket: WebSocket, session: Session) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text, data = message.get("text"), message.get("bytes")
        if text is not None:
            await obey(session, text)
        elif data and session.tty:
            await session.process.write(data)
        elif data:
            await _feed(session, data)


async def _feed(session: Session, frame: bytes) -> None:
    if frame[0] == STDIN:
        await session.process.write(frame[1:])
    elif frame[0] == STDIN_END:
        await session.process.close_stdin()


async def _send(socket: WebSocket, session: Session, client: Subscriber) -> None:
    events = client.events()
    upcoming = asyncio.ensure_future(anext(events))
    try:
        while True:
            await asyncio.wait({upcoming}, timeout=_SILENCE)
            if not upcoming.done():
                # One client hangs up when no message came for 45 s, and sees no pings. A text is
                # never output, on terminals neither.
                await send_json(socket, {"type": "keepalive"})
                continue
            event = upcoming.result()
            if isinstance(event, Exit):
                return await _send_exit(socket, session, event.code)
            for frame in output_frames(event, prefix=not session.tty):
                await socket.send_bytes(frame)
            upcoming = asyncio.ensure_future(anext(events))
    finally:
        upcoming.cancel()


async def _send_exit(socket: WebSocket, session: Session, code: int) -> None:
    if session.tty:
        await send_json(socket, {"type": "exit", "exit_code": code})
        # One client of terminals looks at nothing but the close code.
        await socket.close(NORMAL if code == 0 else _FAILED + (code & 0xFF))
    else:
        await socket.send_bytes(exit_frame(code))
        await socket.close(NORMAL)
