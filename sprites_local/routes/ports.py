"""Following a sprite's ports over a WebSocket."""

from __future__ import annotations

from contextlib import suppress

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sprites_local.engines.base import Engine, EngineError
from sprites_local.ports import PortView, PortWatches
from sprites_local.sockets import GOING_AWAY, SocketHandler, close, first_of, send_json, until_gone
from sprites_local.sprites import SpriteManager


class PortRoutes:
    """Answers WebSocket handshakes about ports."""

    def __init__(self, engine: Engine, ports: PortWatches, sprites: SpriteManager) -> None:
        self._engine = engine
        self._ports = ports
        self._sprites = sprites

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        return [WebSocketRoute("/v1/sprites/{name}/ports/watch", SocketHandler(self.watch))]

    async def watch(self, socket: WebSocket) -> None:
        """Send the ports that are open, then each change."""
        async with self._sprites.awake(socket.path_params["name"]) as sprite:
            pass
        async with self._ports.following(sprite.id) as view:
            await socket.accept()
            with suppress(WebSocketDisconnect):
                try:
                    stopped = self._engine.ended(sprite.id)
                    if await first_of(until_gone(socket), stopped, _tell(socket, view)) == 1:
                        await close(socket, GOING_AWAY, "the sprite stopped")
                except EngineError as error:
                    await close(socket, GOING_AWAY, str(error))


async def _tell(socket: WebSocket, view: PortView) -> None:
    await send_json(socket, {"type": "port_list", "ports": view.opened()})
    while True:
        for event in await view.changes():
            await send_json(socket, event)
