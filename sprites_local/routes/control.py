"""The control socket."""

from __future__ import annotations

from contextlib import suppress

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from sprites_local.control import ControlConnection, Operations
from sprites_local.engines.base import EngineError
from sprites_local.sockets import GOING_AWAY, SocketHandler, close, first_of
from sprites_local.sprites import SpriteManager

_CAPABILITIES = [(b"x-sprite-capabilities", b"signal")]


class ControlRoutes:
    """Answers WebSocket handshakes for control sockets."""

    def __init__(self, operations: Operations, sprites: SpriteManager) -> None:
        self._operations = operations
        self._sprites = sprites

    def routes(self) -> list[BaseRoute]:
        """Say which paths these are."""
        return [WebSocketRoute("/v1/sprites/{name}/control", SocketHandler(self.control))]

    async def control(self, socket: WebSocket) -> None:
        """Wake the sprite, and serve operations until the client leaves or the sprite stops."""
        async with self._sprites.awake(socket.path_params["name"]) as sprite:
            pass
        await socket.accept(headers=_CAPABILITIES)
        connection = ControlConnection(socket, sprite, self._operations)
        with suppress(WebSocketDisconnect):
            try:
                stopped = self._operations.engine.ended(sprite.id)
                if await first_of(connection.serve(), stopped) == 1:
                    await close(socket, GOING_AWAY, "the sprite stopped")
            except EngineError as error:
                await close(socket, GOING_AWAY, str(error))
