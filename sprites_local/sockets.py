"""What the WebSocket endpoints have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from sprites_local.http import encode_json

NORMAL, GOING_AWAY, UNSUPPORTED, INTERNAL = 1000, 1001, 1003, 1011
FIRST_MESSAGE_PATIENCE = 30.0
"""How many seconds a client may take to say what it wants."""

_LONGEST_REASON = 123

Handler = Callable[[WebSocket], Awaitable[None]]


class SocketHandler:
    """An ASGI application for a handler of WebSockets; refusals go up as exceptions."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one handshake."""
        socket = WebSocket(scope, receive, send)
        await socket.receive()
        await self._handler(socket)


async def first_of(*works: Coroutine[Any, Any, Any]) -> int:
    """Run several things until one is done, end the others, and tell which it was.

    What the first one raises is raised here; when several are done, the earliest given counts.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done = next(number for number, task in enumerate(tasks) if task.done())
        tasks[done].result()
        return done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def send_json(socket: WebSocket, message: dict[str, Any]) -> None:
    """Send a JSON object as text."""
    await socket.send_text(encode_json(message).decode())


async def close(socket: WebSocket, code: int, reason: str = "") -> None:
    """Close with a reason, cut to what a close frame holds."""
    await socket.close(
        code, reason.encode("utf-8", "replace")[:_LONGEST_REASON].decode(errors="ignore")
    )


async def until_gone(socket: WebSocket) -> None:
    """Ignore what the client says until it is gone."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
