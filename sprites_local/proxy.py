"""Tunnels: one TCP connection into a sprite, carried by one WebSocket."""

from __future__ import annotations

import asyncio
import os
import socket as sockets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from attrs import frozen
from starlette.websockets import WebSocket

from sprites_local.engines.base import Engine, EngineError
from sprites_local.turns import Turns

CHUNK = 64 << 10
_LONGEST_HOST = 253
_STALLED = 20.0
_FAREWELL = 2.0
_REFUSED = "Failed to connect to target: "


class BadTargetError(Exception):
    """What a client wants to reach cannot be an address; the text says why."""


class UnreachableError(Exception):
    """A connection could not be opened; the text is fit for the client's eyes."""


class BrokenError(Exception):
    """The connection inside the sprite broke."""


@frozen
class Address:
    """Where a tunnel ends."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_target(message: Mapping[str, Any]) -> Address:
    """Read host and port.

    Raises:
        BadTargetError: If they are none.
    """
    host, port = message.get("host"), message.get("port")
    if host is None or host == "":
        host = "localhost"
    if not isinstance(host, str) or len(host) > _LONGEST_HOST or not host.isprintable():
        raise BadTargetError("invalid host")
    if isinstance(port, str) and port.isascii() and port.isdecimal() and len(port) < 6:
        port = int(port)
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise BadTargetError("invalid port: it must be a number from 1 to 65535")
    return Address(host.removeprefix("[").removesuffix("]"), port)


async def connect(engine: Engine, sprite_id: str, target: Address) -> sockets.socket:
    """Connect from inside a sprite.

    Raises:
        UnreachableError: If that fails.
    """
    try:
        return await engine.connect(sprite_id, target.host, target.port)
    except EngineError as error:
        raise UnreachableError(f"{_REFUSED}{error}") from error
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or 0)
        raise UnreachableError(f"{_REFUSED}{target}: {reason.lower()}") from error


class Tunnel:
    """A connected tunnel; the socket is owned from here on."""

    def __init__(self, client: WebSocket, remote: sockets.socket) -> None:
        self._client = client
        self._remote = remote
        self._loop = asyncio.get_running_loop()

    async def to_client(self) -> None:
        """Pass on what the remote side says, to its end.

        Raises:
            BrokenError: If reading fails.
        """
        turns = Turns()
        while data := await self._read():
            await self._client.send_bytes(data)
            await turns.took()

    async def to_remote(self, data: bytes) -> None:
        """Pass on what the client says; a remote side that reads no more is no failure yet."""
        with suppress(OSError):
            sending = asyncio.ensure_future(self._loop.sock_sendall(self._remote, data))
            try:
                while not (await asyncio.wait({sending}, timeout=_STALLED))[0]:
                    # Nobody receives meanwhile, so only sending tells that the client is gone. No
                    # bytes are no harm to it.
                    await self._client.send_bytes(b"")
                sending.result()
            finally:
                sending.cancel()

    async def finish(self) -> None:
        """Let the remote side read everything that the client has said.

        A socket that is closed with unread data is reset, and the other side's data with it.
        """
        with suppress(OSError, BrokenError, TimeoutError):
            self._remote.shutdown(sockets.SHUT_WR)
            async with asyncio.timeout(_FAREWELL):
                while await self._read():
                    pass

    def close(self) -> None:
        """Close the connection."""
        self._remote.close()

    async def _read(self) -> bytes:
        try:
            return await self._loop.sock_recv(self._remote, CHUNK)
        except OSError as error:
            raise BrokenError(str(error)) from error
