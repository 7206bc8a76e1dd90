"""Pairs that connect where the WebSocket library has no words for how; see `_concurrency`.

From an address, with options of the socket, or through a proxy that is told more than a password.
"""

from __future__ import annotations

import asyncio
import re
import socket
from typing import Any

import attrs
from websockets.exceptions import ProxyError

from sprites_facade._duplex import Deadline, ExpiredError

_MAX_ANSWER = 64 * 1024
_YES = re.compile(rb"HTTP/1\.[01] 2\d\d(?!\d)")


@attrs.frozen(kw_only=True)
class Dialing:
    """What to connect to, and how."""

    address: tuple[str, int]
    local_address: str | None = None
    """The address of this machine to connect from."""
    socket_options: tuple[Any, ...] = ()
    """The arguments of `setsockopt`, for each option."""
    request: bytes | None = attrs.field(default=None, repr=False)
    """What to ask of a proxy there."""


async def async_dial(way: Dialing, seconds: float | None) -> socket.socket:
    """Return a connected socket; TimeoutError if there is none in time."""
    async with asyncio.timeout(seconds):
        connected = await _reach(way)
        try:
            await _ask(connected, way)
        except BaseException:
            connected.close()
            raise
    return connected


async def _reach(way: Dialing) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure = OSError("the name has no address")
    for family, kind, protocol, _, address in await loop.getaddrinfo(
        *way.address, type=socket.SOCK_STREAM
    ):
        found = socket.socket(family, kind, protocol)
        try:
            found.settimeout(0)
            if way.local_address is not None:
                found.bind((way.local_address, 0))
            await loop.sock_connect(found, address)
        except OSError as exc:
            found.close()
            failure = exc
        except BaseException:
            found.close()
            raise
        else:
            return found
    raise failure


async def _ask(connected: socket.socket, way: Dialing) -> None:
    loop = asyncio.get_running_loop()
    for option in way.socket_options:
        connected.setsockopt(*option)
    if way.request is not None:
        await loop.sock_sendall(connected, way.request)
        answer = b""
        while not _agreed(answer):
            answer += _something(await loop.sock_recv(connected, _MAX_ANSWER))


def dial(way: Dialing, seconds: float | None) -> socket.socket:
    """Return a connected socket; TimeoutError if there is none in time."""
    deadline = Deadline(seconds)
    source = None if way.local_address is None else (way.local_address, 0)
    connected = socket.create_connection(way.address, _rest(deadline), source_address=source)
    try:
        for option in way.socket_options:
            connected.setsockopt(*option)
        if way.request is not None:
            connected.settimeout(_rest(deadline))
            connected.sendall(way.request)
            answer = b""
            while not _agreed(answer):
                connected.settimeout(_rest(deadline))
                answer += _something(connected.recv(_MAX_ANSWER))
        connected.settimeout(None)
    except BaseException:
        connected.close()
        raise
    return connected


def _rest(deadline: Deadline) -> float | None:
    rest = deadline.rest()
    if rest == 0:  # which would mean not to wait, and not for how long
        raise ExpiredError
    return rest


def _something(data: bytes) -> bytes:
    if not data:
        raise ProxyError("the proxy hung up")
    return data


def _agreed(answer: bytes) -> bool:
    """Tell whether the proxy has agreed; raise if it did something else.

    Behind it nobody speaks before being spoken to, so nothing can follow its answer.
    """
    head, end, rest = answer.partition(b"\r\n\r\n")
    if not end and len(answer) < _MAX_ANSWER:
        return False
    if rest or not end or not _YES.match(head):
        raise ProxyError("the proxy did not agree")
    return True
