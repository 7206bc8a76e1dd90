"""One request to a program in a sprite, and its answer, over a connected socket."""

from __future__ import annotations

import asyncio
import socket as sockets
from contextlib import suppress
from typing import Final

import h11
from starlette.types import Receive, Send

from sprites_local.turns import Turns
from sprites_local.url import headers

_CHUNK: Final = 64 << 10
_LONGEST_HEAD: Final = 64 << 10
_MOST_PROMISES: Final = 100
"""How often a program may say that it has not answered yet."""


class BadAnswerError(Exception):
    """The program does not speak HTTP, or went away; the text says which."""


class LateAnswerError(Exception):
    """The program took the request and did not begin to answer in time."""


class Upstream:
    """An exchange with a program; the socket is owned from here on."""

    def __init__(self, socket: sockets.socket) -> None:
        self._socket = socket
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        self._moved = False
        self._turns = Turns()
        self.answering = False
        """Whether the client has been told the status."""

    async def ask(self, method: str, target: bytes, head: headers.Pairs) -> None:
        """Send the head of a request.

        Raises:
            BadAnswerError: If the program does not take it.
        """
        request = h11.Request(method=method.encode(), target=target, headers=head)
        try:
            await self._send(request)
        except OSError as error:
            raise BadAnswerError(str(error)) from error

    async def upload(self, receive: Receive) -> None:
        """Pass the body on, and return when the client is gone.

        A program may answer before it has read everything, and close: no failure of the answer.
        """
        more = True
        while (message := await receive())["type"] == "http.request":
            with suppress(OSError):
                if more and message.get("body"):
                    await self._send(h11.Data(data=message["body"]))
                if more and not message.get("more_body", False):
                    more = False
                    await self._send(h11.EndOfMessage())

    async def download(self, send: Send, patience: float, *, sandboxed: bool) -> None:
        """Pass the answer on, as it comes.

        Raises:
            BadAnswerError: If there is none, or it ends in its midst.
            LateAnswerError: If it does not begin in time.
        """
        answer = await self._head(patience)
        passed = headers.response_headers(answer.headers, sandboxed=sandboxed)
        self.answering = True
        await send(
            {
                "type": "http.response.start",
                "status": answer.status_code,
                "headers": passed,
            }
        )
        while isinstance(event := await self._next(), h11.Data):
            await send({"type": "http.response.body", "body": bytes(event.data), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    async def _head(self, patience: float) -> h11.Response:
        reading = asyncio.ensure_future(self._read_head())
        try:
            # While the program takes the body it is not late.
            while not (await asyncio.wait({reading}, timeout=patience))[0]:
                if not self._moved:
                    raise LateAnswerError
                self._moved = False
            return reading.result()
        finally:
            reading.cancel()

    async def _read_head(self) -> h11.Response:
        for _ in range(_MOST_PROMISES):
            if not isinstance(event := await self._next(), h11.InformationalResponse):
                break
        else:
            raise BadAnswerError("it does not come to an answer")
        if not isinstance(event, h11.Response):
            raise BadAnswerError("it closed the connection without an answer")
        return event

    async def _next(self) -> h11.Event:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                ended = self._http.trailing_data[1]
                reason = "it closed the connection early" if ended else f"no HTTP: {error}"
                raise BadAnswerError(reason) from error
            if isinstance(event, h11.Event):
                return event
            try:
                self._http.receive_data(await self._loop.sock_recv(self._socket, _CHUNK))
            except OSError as error:
                raise BadAnswerError(str(error)) from error
            await self._turns.took()

    async def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            await self._loop.sock_sendall(self._socket, data)
            self._moved = True
