"""A WebSocket between a client and a program in a sprite."""

from __future__ import annotations

import asyncio
import socket as sockets
from typing import Final

from starlette import responses
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from sprites_local.sockets import GOING_AWAY, INTERNAL, NORMAL, first_of
from sprites_local.url import headers
from sprites_local.url.upstream import BadAnswerError, LateAnswerError

_LARGEST: Final = 16 << 20
_QUEUE: Final = 4
_NO_CODE, _ABNORMAL = 1005, 1006
_HANDSHAKE: Final = frozenset(
    {
        b"host",
        b"sec-websocket-accept",
        b"sec-websocket-extensions",
        b"sec-websocket-key",
        b"sec-websocket-protocol",
        b"sec-websocket-version",
    }
)


class Tunnel:
    """The program's end of it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    @classmethod
    async def open(
        cls,
        socket: sockets.socket,
        uri: WebSocketURI,
        scope: Scope,
        head: headers.Pairs,
        patience: float,
    ) -> Tunnel:
        """Shake hands with the program.

        Raises:
            InvalidStatus: If it refuses; the answer is in it.
            BadAnswerError: If it does not speak WebSocket.
            LateAnswerError: If it says nothing.
        """
        offered = [Subprotocol(name) for name in scope["subprotocols"]]
        protocol = ClientProtocol(uri, subprotocols=offered or None, max_size=_LARGEST)
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: ClientConnection(protocol, ping_interval=None, max_queue=_QUEUE), sock=socket
        )
        try:
            async with asyncio.timeout(patience):
                await connection.handshake(_texts(head), None)
        except TimeoutError:
            connection.transport.abort()
            raise LateAnswerError from None
        except InvalidStatus:
            connection.transport.abort()
            raise
        except (InvalidHandshake, OSError, EOFError) as error:
            connection.transport.abort()
            raise BadAnswerError("it did not accept the WebSocket") from error
        except asyncio.CancelledError:
            connection.transport.abort()
            raise
        return cls(connection)

    async def serve(self, receive: Receive, send: Send, *, sandboxed: bool) -> None:
        """Accept the client, and pass messages both ways until one side closes."""
        await receive()
        await send(
            {
                "type": "websocket.accept",
                "subprotocol": self._connection.subprotocol,
                "headers": _passed(self._connection.response, sandboxed=sandboxed),
            }
        )
        await first_of(self._to_client(send), self._to_program(receive))

    def abort(self) -> None:
        """Close without a word, if it is not closed."""
        self._connection.transport.abort()

    async def _to_client(self, send: Send) -> None:
        try:
            while True:
                message = await self._connection.recv()
                key = "text" if isinstance(message, str) else "bytes"
                await send({"type": "websocket.send", key: message})
        except ConnectionClosed:
            code, reason = self._connection.close_code, self._connection.close_reason
            known = {_NO_CODE: NORMAL, _ABNORMAL: INTERNAL, None: INTERNAL}.get(code, code)
            await send({"type": "websocket.close", "code": known, "reason": reason or ""})

    async def _to_program(self, receive: Receive) -> None:
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                text = message.get("text")
                await self._connection.send(message["bytes"] if text is None else text)
        except ConnectionClosed:
            # The other direction tells the client, with the code.
            await asyncio.Event().wait()
        code: int = message.get("code", NORMAL)
        known = {_NO_CODE: NORMAL, _ABNORMAL: GOING_AWAY}.get(code, code)
        await self._connection.close(known, message.get("reason") or "")


async def refuse(error: InvalidStatus, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a handshake as the program did."""
    answer = error.response
    body = bytes(answer.body or b"")
    refusal = responses.Response(body, answer.status_code)
    kept = [pair for pair in _passed(answer, sandboxed=False) if pair[0] != b"content-length"]
    refusal.raw_headers = [*kept, (b"content-length", b"%d" % len(body))]
    await refusal(scope, receive, send)


def _texts(head: headers.Pairs) -> list[tuple[str, str]]:
    kept = [(name, value) for name, value in head if name not in _HANDSHAKE]
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in kept]


def _passed(answer: Response | None, *, sandboxed: bool) -> headers.Pairs:
    raw = () if answer is None else answer.headers.raw_items()
    pairs = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in raw]
    passed = headers.response_headers(pairs, sandboxed=sandboxed)
    return [pair for pair in passed if pair[0] not in _HANDSHAKE]
