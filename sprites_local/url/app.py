"""The ASGI application in front of the API: what is for a sprite's own program goes there."""

from __future__ import annotations

import socket as sockets
from collections import Counter
from typing import Final

from attrs import frozen
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.exceptions import InvalidStatus
from websockets.uri import WebSocketURI

from sprites_local.auth import Credentials
from sprites_local.engines.base import EngineError
from sprites_local.errors import ApiError, SpriteNotFoundError
from sprites_local.sockets import GOING_AWAY, first_of
from sprites_local.state.records import SpriteRecord
from sprites_local.url import address, headers, websocket
from sprites_local.url.address import Address
from sprites_local.url.reach import Reach
from sprites_local.url.upstream import BadAnswerError, LateAnswerError, Upstream

_MOST_CONNECTIONS: Final = 256
"""How many requests to one sprite may be under way."""


@frozen
class _Call:
    """One request or handshake."""

    address: Address
    scope: Scope
    receive: Receive
    send: Send


class Urls:
    """Serves the URLs of sprites, and passes on what is for the API."""

    def __init__(self, api: ASGIApp, reach: Reach, credentials: Credentials) -> None:
        self._api = api
        self._reach = reach
        self._credentials = credentials
        self._busy: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or handshake."""
        found = address.find(scope) if scope["type"] in ("http", "websocket") else None
        if found is None:
            return await self._api(scope, receive, send)
        started = False

        async def watched(message: object) -> None:
            nonlocal started
            started = True
            await send(message)  # type: ignore[arg-type]

        try:
            await self._serve(_Call(found, scope, receive, watched))
        except ClientDisconnect:
            return None
        except (ApiError, EngineError, BadAnswerError, LateAnswerError) as error:
            if started:
                raise ConnectionAbortedError("the answer was cut short") from error
            await _refusal(error, found).response()(scope, receive, send)
        return None

    async def _serve(self, call: _Call) -> None:
        sprite = await self._admit(call)
        if not call.address.target:
            return await _to_directory(call)
        if not call.address.target.startswith(b"/"):
            raise ApiError(400, "the request target must be a path")
        if self._busy[sprite.id] >= _MOST_CONNECTIONS:
            raise ApiError(503, "too many requests are under way", headers={"Retry-After": "1"})
        self._busy[sprite.id] += 1
        try:
            with self._reach.sprites.life.held(sprite.id):
                async with self._reach.sprites.awake(sprite.name):
                    pass
                await self._forward(call, sprite)
        finally:
            self._busy[sprite.id] -= 1
            self._busy += Counter()  # forgets what is zero
        return None

    async def _admit(self, call: _Call) -> SpriteRecord:
        """Find the sprite and see that the client may use its URL.

        Whoever has not got the token cannot tell a private sprite from none.
        """
        given = [value for name, value in call.scope["headers"] if name == b"authorization"]
        known = len(given) == 1 and self._credentials.admit(given[0])
        try:
            sprite = await self._reach.sprites.get(call.address.name)
        except SpriteNotFoundError:
            if known:
                raise
        else:
            if known or sprite.auth == "public":
                return sprite
        raise ApiError(401, "authentication failed", headers={"WWW-Authenticate": "Bearer"})

    async def _forward(self, call: _Call, sprite: SpriteRecord) -> None:
        socket = await self._reach.connect(sprite)
        client = (call.scope.get("client") or ("127.0.0.1", 0))[0]
        head = headers.request_headers(
            call.scope["headers"],
            client=client,
            prefix=call.address.prefix,
            credentials=self._credentials,
        )
        if call.scope["type"] == "websocket":
            await self._forward_websocket(call, sprite, socket, head)
        else:
            await self._forward_request(call, sprite, Upstream(socket), head)

    async def _forward_request(
        self, call: _Call, sprite: SpriteRecord, upstream: Upstream, head: headers.Pairs
    ) -> None:
        sandboxed = bool(call.address.prefix)
        query = call.address.query
        target = call.address.target + (b"?" + query if query else b"")
        try:
            framing = headers.body_headers(call.scope["headers"])
            await upstream.ask(call.scope["method"], target, head + framing)
            ended = await first_of(
                upstream.download(call.send, self._reach.patience.answer, sandboxed=sandboxed),
                upstream.upload(call.receive),
                self._reach.engine.ended(sprite.id),
            )
            if ended == 2:
                raise EngineError("the sprite stopped")
        finally:
            upstream.close()

    async def _forward_websocket(
        self, call: _Call, sprite: SpriteRecord, socket: sockets.socket, head: headers.Pairs
    ) -> None:
        uri = _websocket_uri(call.address)
        patience = self._reach.patience.answer
        try:
            tunnel = await websocket.Tunnel.open(socket, uri, call.scope, head, patience)
        except InvalidStatus as error:
            return await websocket.refuse(error, call.scope, call.receive, call.send)
        sandboxed = bool(call.address.prefix)
        try:
            ended = await first_of(
                tunnel.serve(call.receive, call.send, sandboxed=sandboxed),
                self._reach.engine.ended(sprite.id),
            )
            if ended == 1:
                gone = {"code": GOING_AWAY, "reason": "the sprite stopped"}
                await call.send({"type": "websocket.close", **gone})
        finally:
            tunnel.abort()
        return None


def _websocket_uri(at: Address) -> WebSocketURI:
    host, _, port = at.host.rpartition(":")
    if not host or port.endswith("]"):
        host, port = at.host, "80"
    host = host.removeprefix("[").removesuffix("]")
    path, query = at.target.decode("latin-1"), at.query.decode("latin-1")
    return WebSocketURI(secure=False, host=host, port=int(port), path=path, query=query)


async def _to_directory(call: _Call) -> None:
    """Add the slash without which relative links would lead to other sprites."""
    query = call.address.query.decode("latin-1")
    to = f"{call.address.prefix}/" + (f"?{query}" if query else "")
    await RedirectResponse(to, 308)(call.scope, call.receive, call.send)


def _refusal(error: Exception, at: Address) -> ApiError:
    """Find the answer for what went wrong before there was one."""
    match error:
        case ApiError():
            return error
        case LateAnswerError():
            return ApiError(504, f"the program in {at.name} does not answer")
        case BadAnswerError():
            return ApiError(502, f"the program in {at.name} gave no answer: {error}")
        case _:
            text = f"sprite {at.name} is not available: {error}"
            return ApiError(503, text, headers={"Retry-After": "1"})
