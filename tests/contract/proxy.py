"""A proxy in front of a real server that breaks it in chosen ways."""

from __future__ import annotations

import inspect
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import anyio
import httpx
from attrs import define, field, frozen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.contract.serving import serve_app

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE")
_DROPPED = {"content-length", "transfer-encoding", "connection", "date", "server"}
_PATIENCE = 30.0
LineChange = Callable[[str], str | None]


@define
class Call:
    """A request on its way."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@define
class Reply:
    """An answer on its way back."""

    status: int
    body: bytes
    headers: dict[str, str] = field(factory=dict)
    endless: bool = False
    """Whether the body is sent again and again."""
    lines_to_come: AsyncIterator[str] | None = None
    """The lines of a stream that has no end."""
    on_line: LineChange = field(default=lambda line: line)
    """What becomes of each of those; None loses it."""

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def put(self, data: Any) -> None:
        """Replace the body by JSON."""
        self.body = json.dumps(data, separators=(",", ":")).encode()

    @property
    def lines(self) -> list[bytes]:
        """The lines of a stream."""
        return self.body.splitlines(keepends=True)


Send = Callable[[Call], Awaitable["Reply"]]
Change = Callable[[Reply], Any]
Around = Callable[[Call, Send], Awaitable[Reply]]
Frame = str | bytes
FrameChange = Callable[[Frame], Frame | None]


@frozen
class Fault:
    """One way to be broken: what requests it is about, and what becomes of them."""

    name: str
    where: str
    """A pattern for method and path."""
    around: Around

    def __str__(self) -> str:
        return self.name


def fault(name: str, where: str, change: Change) -> Fault:
    """Make a fault that changes the successful answers to some requests."""

    async def around(call: Call, send: Send) -> Reply:
        reply = await send(call)
        if reply.status < 300:
            changed = change(reply)
            if inspect.isawaitable(changed):
                await changed
        return reply

    return Fault(name, where, around)


@define
class SocketFault:
    """One way to break the WebSockets of some paths."""

    def __str__(self) -> str:
        return self.name

    name: str
    where: str
    on_frame: FrameChange = field(default=lambda frame: frame)
    before: tuple[Frame, ...] = ()
    """Sent first of all."""
    close_code: int | None = None
    drop_auth: bool = False
    lingers: bool = False
    """Whether the client's side stays open when the server has closed."""


@frozen
class Noted:
    """A request or handshake that came."""

    when: float
    """By a clock that only goes forward, in seconds."""
    method: str
    """`WEBSOCKET` for a handshake."""
    path: str
    query: str


@contextmanager
def broken(
    url: str, token: str, *faults: Fault | SocketFault, log: list[Noted] | None = None
) -> Iterator[str]:
    """Serve a server with faults, and yield where; note in `log` all that comes."""
    app = _Proxy(url, token, faults, [] if log is None else log).app()
    with serve_app(app) as address:
        yield address


class _Proxy:
    def __init__(
        self, url: str, token: str, faults: tuple[Fault | SocketFault, ...], log: list[Noted]
    ) -> None:
        self._log = log
        self._url = url
        self._token = token
        self._http: httpx.AsyncClient | None = None
        self._faults = [each for each in faults if isinstance(each, Fault)]
        self._sockets = [each for each in faults if isinstance(each, SocketFault)]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/{path:path}", self.forward, methods=METHODS),
                WebSocketRoute("/{path:path}", self.connect),
            ],
            lifespan=self._life,
        )

    @asynccontextmanager
    async def _life(self, _app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=httpx.Timeout(_PATIENCE)) as self._http:
            yield

    async def forward(self, request: Request) -> Response:
        headers = {
            key: value for key, value in request.headers.items() if key not in {"host", *_DROPPED}
        }
        path = request.scope["raw_path"].decode()
        self._note(request.method, path, request.url.query)
        body = await request.body()
        call = Call(request.method, path, request.url.query, headers, body)
        reply = await self._send_through(call, list(self._faults))
        kept = {key: value for key, value in reply.headers.items() if key not in _DROPPED}
        if reply.lines_to_come is not None:
            return StreamingResponse(_changed(reply), reply.status, kept)
        if reply.endless:
            return StreamingResponse(_drip(reply.body), reply.status, kept)
        return Response(reply.body, reply.status, kept)

    def _note(self, method: str, path: str, query: str) -> None:
        self._log.append(Noted(time.monotonic(), method, path, query))

    async def _send_through(self, call: Call, faults: list[Fault]) -> Reply:
        if not faults:
            return await self._send(call)
        first, *others = faults
        if not re.fullmatch(first.where, str(call)):
            return await self._send_through(call, others)
        return await first.around(call, lambda inner: self._send_through(inner, others))

    async def _send(self, call: Call) -> Reply:
        # One client for all: each brings a TLS context, which costs more than the requests.
        assert self._http is not None
        target = f"{self._url}{call.path}{f'?{call.query}' if call.query else ''}"
        request = self._http.build_request(
            call.method, target, headers=call.headers, content=call.body
        )
        answer = await self._http.send(request, stream=True)
        headers = dict(answer.headers)
        if call.path == "/v1/sprites" and headers.get("content-type") == "application/x-ndjson":
            return Reply(answer.status_code, b"", headers, lines_to_come=_lines(answer))
        return Reply(answer.status_code, await answer.aread(), headers)

    async def connect(self, client: WebSocket) -> None:
        path = client.scope["raw_path"].decode()
        self._note("WEBSOCKET", path, client.url.query)
        query = f"?{client.url.query}" if client.url.query else ""
        fault = next((each for each in self._sockets if re.fullmatch(each.where, path)), None)
        authorization = client.headers.get("authorization", "")
        if fault and fault.drop_auth:
            authorization = f"Bearer {self._token}"
        try:
            async with connect(
                f"{self._url.replace('http', 'ws', 1)}{path}{query}",
                additional_headers={"Authorization": authorization},
                max_size=None,
                compression=None,
                proxy=None,
            ) as server:
                await client.accept()
                await _relay(client, server, fault or SocketFault("", ""))
        except InvalidStatus as refusal:
            answer = refusal.response
            kind = answer.headers.get("content-type", "text/plain")
            await client.send_denial_response(
                Response(bytes(answer.body), answer.status_code, {"content-type": kind})
            )


async def _lines(answer: httpx.Response) -> AsyncIterator[str]:
    try:
        async for line in answer.aiter_lines():
            yield line
    finally:
        # The task that reads this is cancelled when the client hangs up.
        with anyio.CancelScope(shield=True):
            await answer.aclose()


async def _changed(reply: Reply) -> AsyncIterator[bytes]:
    assert reply.lines_to_come is not None
    async for line in reply.lines_to_come:
        changed = reply.on_line(line)
        if changed is not None:
            yield f"{changed}\n".encode()


async def _drip(body: bytes) -> AsyncIterator[bytes]:
    while True:
        yield body
        # It is the pace of the broken server; nothing waits for it.
        await anyio.sleep(0.1)


async def _relay(client: WebSocket, server: Any, fault: SocketFault) -> None:
    for frame in fault.before:
        await _send_frame(client, frame)
    with suppress(WebSocketDisconnect, RuntimeError):
        async with anyio.create_task_group() as group:
            group.start_soon(_up, client, server, group.cancel_scope)
            await _down(client, server, fault)
            group.cancel_scope.cancel()


async def _up(client: WebSocket, server: Any, scope: anyio.CancelScope) -> None:
    while (message := await client.receive())["type"] != "websocket.disconnect":
        text, data = message.get("text"), message.get("bytes")
        with suppress(ConnectionClosed):
            await server.send(text if text is not None else data)
    scope.cancel()


async def _down(client: WebSocket, server: Any, fault: SocketFault) -> None:
    with suppress(ConnectionClosed):  # with a code other than 1000
        async for frame in server:
            changed = fault.on_frame(frame)
            if changed is not None:
                await _send_frame(client, changed)
    if fault.lingers:
        await anyio.sleep_forever()
    await client.close(fault.close_code or server.close_code or 1000, server.close_reason or "")


async def _send_frame(client: WebSocket, frame: Frame) -> None:
    if isinstance(frame, str):
        await client.send_text(frame)
    else:
        await client.send_bytes(frame)
