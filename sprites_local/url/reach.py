"""Connecting to the program that a sprite's URL stands for."""

from __future__ import annotations

import asyncio
import os
import socket as sockets
import sys
from typing import Final

from attrs import field, frozen

from sprites_local.engines.base import Engine
from sprites_local.errors import ApiError
from sprites_local.services.manager import ServiceManager
from sprites_local.services.unit import Phase
from sprites_local.sprites import SpriteManager
from sprites_local.state.records import SpriteRecord

DEFAULT_PORT: Final = 8080
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.25


@frozen
class Patience:
    """How many seconds a client's request is held."""

    port: float = 10.0
    """Until something listens: a program that has just been started needs a moment."""
    answer: float = 300.0
    """Until the program begins to answer."""


@frozen
class Reach:
    """Finds and opens the port behind a URL."""

    engine: Engine
    sprites: SpriteManager
    services: ServiceManager
    patience: Patience = field(factory=Patience)

    async def connect(self, sprite: SpriteRecord) -> sockets.socket:
        """Connect to the sprite's HTTP service, else to port 8080, once it listens.

        Raises:
            ApiError: If nothing listens in time, or the service was stopped.
            EngineError: If the sprite stops meanwhile.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience.port
        pause = _FIRST_PAUSE
        while True:
            port = await self._port(sprite)
            try:
                return await self._connect(sprite, port)
            except OSError as error:
                if loop.time() + pause > deadline:
                    reason = os.strerror(error.errno or 0).lower()
                    raise ApiError(
                        502, f"nothing answers on port {port} of sprite {sprite.name}: {reason}"
                    ) from None
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _port(self, sprite: SpriteRecord) -> int:
        for definition, unit in await self.services.listing(sprite.name):
            if definition.http_port is None:
                continue
            if unit is not None and unit.phase is Phase.STOPPED and not unit.wanted:
                raise ApiError(503, f"service {definition.name} of {sprite.name} is stopped")
            return definition.http_port
        return DEFAULT_PORT

    async def _connect(self, sprite: SpriteRecord, port: int) -> sockets.socket:
        if self._shares_network():
            found = await self.engine.listeners(sprite.id)
            if all(listener.port != port for listener in found):
                # Another sprite's program may have the port, and the host's may.
                raise ConnectionRefusedError(111, "no process of the sprite listens")
        return await self.engine.connect(sprite.id, "localhost", port)

    def _shares_network(self) -> bool:
        """Tell whether ports have to be looked up: only Linux tells who holds them."""
        isolation = self.engine.capabilities().isolation
        return sys.platform == "linux" and "network" not in isolation
