"""Tunnels over a WebSocket."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sprites_local import proxy
from sprites_local.engines.base import Engine, EngineError
from sprites_local.http import BadBodyError, parse_object
from sprites_local.sockets import (
    FIRST_MESSAGE_PATIENCE,
    GOING_AWAY,
    INTERNAL,
    NORMAL,
    UNSUPPORTED,
    SocketHandler,
    close,
    first_of,
    send_json,
)
from sprites_local.sprites import SpriteManager

_LONGEST_REQUEST = 4096


class ProxyRoutes:
    """Answers WebSocket handshakes for tunnels."""

    def __init__(self, engine: Engine, sprites: SpriteManager) -> None:
        self._engine = engine
        self._sprites = sprites

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        return [WebSocketRoute("/v1/sprites/{name}/proxy", SocketHandler(self.open))]

    async def open(self, socket: WebSocket) -> None:
        """Wake the sprite, connect to where the client wants, and pass bytes both ways."""
        async with self._sprites.awake(socket.path_params["name"]) as sprite:
            pass
        await socket.accept()
        with suppress(WebSocketDisconnect):
            try:
                target = await _target(socket)
                if target is not None:
                    with self._sprites.life.held(sprite.id):
                        await self._sprites.rouse(sprite)
                        await self._serve(socket, sprite.id, target)
            except (proxy.BadTargetError, TimeoutError) as error:
                await close(socket, UNSUPPORTED, str(error) or "no target was given in time")
            except proxy.UnreachableError as error:
                await close(socket, INTERNAL, str(error))
            except EngineError as error:
                await close(socket, GOING_AWAY, str(error))
            except proxy.BrokenError as error:
                await close(socket, GOING_AWAY, f"reading from the target failed: {error}")

    async def _serve(self, socket: WebSocket, sprite_id: str, target: proxy.Address) -> None:
        tunnel = proxy.Tunnel(socket, await proxy.connect(self._engine, sprite_id, target))
        try:
            await send_json(socket, {"status": "connected", "target": str(target)})
            ended = await first_of(
                tunnel.to_client(), _pass_on(socket, tunnel), self._engine.ended(sprite_id)
            )
            if ended == 0:
                await close(socket, NORMAL)
            elif ended == 1:
                await tunnel.finish()
            else:
                await close(socket, GOING_AWAY, "the sprite stopped")
        finally:
            tunnel.close()


async def _target(socket: WebSocket) -> proxy.Address | None:
    """Wait for the client to say where to; None when it leaves instead."""
    async with asyncio.timeout(FIRST_MESSAGE_PATIENCE):
        message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        return None
    text = message.get("text")
    if text is None or len(text) > _LONGEST_REQUEST:
        raise proxy.BadTargetError("the first message must be a short JSON text")
    try:
        return proxy.parse_target(parse_object(text))
    except BadBodyError as error:
        raise proxy.BadTargetError(str(error)) from error


async def _pass_on(socket: WebSocket, tunnel: proxy.Tunnel) -> None:
    """Pass on the client's bytes until it is gone; texts mean nothing here."""
    while (message := await socket.receive())["type"] != "websocket.disconnect":
        if data := message.get("bytes"):
            await tunnel.to_remote(data)
