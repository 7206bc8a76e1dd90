"""Both ends of a proxy, for its tests: what is behind the tunnel, and a local program."""

import json
import select
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from sprites_facade._blocking import async_blocking
from tests.wire import PATIENCE, Handler
from tests.ws_wire import Peer, Script, websocket


def tunnel(script: Script) -> Handler:
    """Return a handler that accepts a tunnel and plays what is behind it."""

    def play(peer: Peer) -> None:
        assert json.loads(peer.receive() or "") == {"host": "localhost", "port": 5432}
        peer.text(status="connected", target="10.0.0.1:5432")
        script(peer)

    return websocket(play)


class Local:
    """A program that connects to the proxy."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)

    async def send(self, data: bytes) -> None:
        await async_blocking(self.socket.sendall, data)

    async def receive(self, size: int = 65536) -> bytes:
        return await async_blocking(self.socket.recv, size)

    async def rest(self) -> bytes:
        """Return everything up to the end."""
        pieces = []
        while piece := await self.receive():
            pieces.append(piece)
        return b"".join(pieces)

    def has_sent_all(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Local]:
    local = Local(port)
    try:
        yield local
    finally:
        local.socket.close()


def echo(peer: Peer) -> None:
    """Send back what comes."""
    while isinstance(message := peer.receive(), bytes):
        peer.send(message)


PIECE = b"x" * 32768
STUCK = 0.2


def is_stuck(connection: socket.socket) -> bool:
    """Tell whether the other side takes nothing; what is less than `PIECE` is always taken."""
    return not select.select([], [connection], [], STUCK)[1]


def flood(local: Local, stuck: threading.Event, size: int) -> None:
    """Write until all is written or the connection ends, and tell when it is stuck."""
    with suppress(OSError):
        for _ in range(size // len(PIECE)):
            if not stuck.is_set() and is_stuck(local.socket):
                stuck.set()
            local.socket.sendall(PIECE)
