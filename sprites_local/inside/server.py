"""Serving the sockets of booted sprites."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import uvicorn
from attrs import frozen
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from sprites_local.engines.base import Engine, EngineError
from sprites_local.inside.routes import Parts, create_app
from sprites_local.inside.tasks import Tasks
from sprites_local.state.records import SpriteRecord

log = logging.getLogger(__name__)

SOCKET: Final = "/.sprite/api.sock"
MOST_CONNECTIONS: Final = 32
_LONGEST_HEAD: Final = 16 << 10
_IDLE_CONNECTION: Final = 30
# What a sprite sends must not fill the server's log.
_MUTE: Final = logging.Logger("sprites_local.inside", logging.CRITICAL + 1)


@frozen(eq=False)
class _Open:
    """A socket that is served."""

    server: asyncio.Server
    state: ServerState
    tasks: Tasks

    def close(self) -> None:
        """Take no more connections and cut those there are."""
        self.server.close()
        for connection in tuple(self.state.connections):
            transport: Any = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        self.tasks.close()


class _Connection(H11Protocol):
    """A connection from inside a sprite, one of a bounded number."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = _MUTE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, or cut it if there are enough."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()


class ManagementSockets:
    """The sockets of all sprites that run; a `Resident` of each."""

    def __init__(self, engine: Engine, parts: Parts) -> None:
        self._engine = engine
        self._parts = parts
        self._open: dict[str, _Open] = {}

    async def booted(self, sprite: SpriteRecord) -> None:
        """Open the socket of a sprite; one without it is still a sprite."""
        await self.leaving(sprite, orderly=False)
        try:
            listener = await self._engine.listen(sprite.id, SOCKET)
        except (EngineError, OSError) as error:
            log.warning("Sprite %s has no %s: %s", sprite.name, SOCKET, error)
            return
        if listener is not None:
            self._open[sprite.id] = await self._serve(sprite, listener)

    async def leaving(self, sprite: SpriteRecord, *, orderly: bool) -> None:
        """Close the socket of a sprite whose processes are about to be ended."""
        del orderly
        found = self._open.pop(sprite.id, None)
        if found is not None:
            found.close()

    @asynccontextmanager
    async def still(self, sprite: SpriteRecord) -> AsyncIterator[None]:
        """Do nothing: the server writes nothing into the sprite's files by itself."""
        del sprite
        yield

    def processes(self, sprite_id: str) -> Mapping[str, int | None]:
        """Name nothing: there is no process."""
        del sprite_id
        return {}

    def expect(self, sprite_id: str, resumed: object) -> None:
        """Do nothing: a socket is made anew at each boot and restore."""
        del sprite_id, resumed

    async def close(self) -> None:
        """Close all sockets."""
        while self._open:
            self._open.popitem()[1].close()

    async def _serve(self, sprite: SpriteRecord, listener: socket.socket) -> _Open:
        live = Tasks(self._parts.sprites.life, sprite.id)
        config, state = _configuration(create_app(self._parts, sprite, live)), ServerState()
        # Not `create_unix_server`: it would look for the socket's path among the host's files.
        server = await asyncio.get_running_loop().create_server(
            lambda: _Connection(config=config, server_state=state, app_state={}),
            sock=listener,
            backlog=MOST_CONNECTIONS,
        )
        return _Open(server, state, live)


def _configuration(app: ASGIApp) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_keep_alive=_IDLE_CONNECTION,
    )
    config.load()
    return config
