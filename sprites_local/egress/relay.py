"""One connection out of a sprite: what comes in on one side goes out on the other."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Final

from sprites_local.turns import Turns

CONNECT_TIMEOUT: Final = 10.0
IDLE: Final = 3600.0
"""Seconds without a byte in either direction after which a connection is given up."""
CHUNK: Final = 64 << 10
_RESET: Final = struct.pack("ii", 1, 0)


async def relay(inside: socket.socket, target: tuple[str, int], *, idle: float = IDLE) -> None:
    """Connect to an address for a sprite and pass on what both sides say, to both their ends.

    Both sockets are closed at the end; if anything was not as it should be, by a reset, so that
    nobody takes half of something for all of it.
    """
    outside = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    orderly = False
    try:
        outside.setblocking(False)  # noqa: FBT003 - the standard library's signature
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await asyncio.get_running_loop().sock_connect(outside, target)
        for sock in (inside, outside):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        outside.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        await _exchange(inside, outside, idle)
        orderly = True
    except (OSError, TimeoutError):
        pass  # told by the reset
    finally:
        for sock in (inside, outside):
            if not orderly:
                reset(sock)
            sock.close()


def reset(sock: socket.socket) -> None:
    """Let the other side know at once that nothing more comes, and close."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    sock.close()


async def _exchange(inside: socket.socket, outside: socket.socket, idle: float) -> None:
    async with asyncio.timeout(idle) as limit:
        pumps = [
            asyncio.ensure_future(_pump(source, sink, limit, idle))
            for source, sink in ((inside, outside), (outside, inside))
        ]
        try:
            await asyncio.gather(*pumps)
        finally:
            # A socket must not be closed while the loop still waits for it.
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)


async def _pump(
    source: socket.socket, sink: socket.socket, limit: asyncio.Timeout, idle: float
) -> None:
    loop, turns = asyncio.get_running_loop(), Turns()
    buffer = bytearray(CHUNK)
    view = memoryview(buffer)
    while count := await loop.sock_recv_into(source, buffer):
        await loop.sock_sendall(sink, view[:count])
        limit.reschedule(loop.time() + idle)
        await turns.took()
    sink.shutdown(socket.SHUT_WR)
