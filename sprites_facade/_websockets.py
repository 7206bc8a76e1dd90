"""Pairs of WebSockets; see `_concurrency` for the names. Only `sockets.py` uses this.

The library is loaded with the first WebSocket of a program.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import websockets.asyncio.client
import websockets.sync.client
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.http11 import Response
from websockets.protocol import State

from sprites_facade._dialing import Dialing, async_dial, dial
from sprites_facade._duplex import Deadline, ExpiredError, sheltered
from sprites_facade._tls import Context, adopt

AsyncConnection = websockets.asyncio.client.ClientConnection
Connection = websockets.sync.client.ClientConnection

# The kernel doubles it. A third of what it gives is free when a socket counts as writable, which
# has to be more than what is written at once; see `make_room`.
_SEND_BUFFER = 192 * 1024
_LOOK_AGAIN = 0.5
# For a handshake that is under way, when who wanted the connection does not want it any more.
_GRACE = 1.0


class RefusedError(InvalidHandshake):
    """The server answered the handshake with something else than an upgrade."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"the handshake was answered with {response.status_code}")
        self.response = response


# The library follows redirects, which HTTP requests of ours do not: only the person who set the
# base URL decides who gets the token. It does not take this error for one.
class _AsyncConnection(AsyncConnection):
    async def handshake(self, *args: Any, **options: Any) -> None:
        try:
            await super().handshake(*args, **options)
        except InvalidStatus as exc:
            raise RefusedError(exc.response) from None


class _Connection(Connection):
    def __init__(self, found: Any, *args: Any, **options: Any) -> None:
        super().__init__(adopt(found), *args, **options)

    def handshake(self, *args: Any, **options: Any) -> None:
        try:
            super().handshake(*args, **options)
        except InvalidStatus as exc:
            raise RefusedError(exc.response) from None


async def async_connect(
    url: str, *, dialing: dict[str, Any] | None = None, **options: Any
) -> AsyncConnection:
    """Return a WebSocket; whoever asks closes it."""
    if dialing is not None:
        deadline = Deadline(options["open_timeout"])
        options["sock"] = await async_dial(Dialing(**dialing), options["open_timeout"])
        options["open_timeout"] = deadline.rest()
    # Without entering its context, because the connection outlives this.
    return await websockets.asyncio.client.connect(
        url, create_connection=_AsyncConnection, **options
    )


def connect(url: str, **options: Any) -> Connection:
    """Return a WebSocket; whoever asks closes it, and an interrupt leaves none open."""
    return sheltered(lambda: _connect(url, **options), Connection.close, _GRACE)


def _connect(url: str, *, dialing: dict[str, Any] | None = None, **options: Any) -> Connection:
    if dialing is not None:
        deadline = Deadline(options["open_timeout"])
        options["sock"] = dial(Dialing(**dialing), options["open_timeout"])
        options["open_timeout"] = deadline.rest()
    options |= {name: Context(options[name]) for name in ("ssl", "proxy_ssl") if name in options}
    # Entered because the plain call is deprecated, and not left because it outlives this.
    opening = websockets.sync.client.connect(url, create_connection=_Connection, **options)
    connection: Connection = opening.__enter__()
    with suppress(OSError):
        if connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) < _SEND_BUFFER:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    return connection


async def async_receive(connection: AsyncConnection, seconds: float | None) -> str | bytes:
    """Return the next message; ExpiredError if there is none in time, and none is lost."""
    try:
        async with asyncio.timeout(seconds):
            return await connection.recv()
    except TimeoutError:
        raise ExpiredError from None


def receive(connection: Connection, seconds: float | None) -> str | bytes:
    """Return the next message; ExpiredError if there is none in time, and none is lost."""
    try:
        return connection.recv(seconds)
    except TimeoutError:
        raise ExpiredError from None


async def async_transmit(
    connection: AsyncConnection, message: str | bytes, seconds: float | None
) -> None:
    """Send a message; ExpiredError if the other side does not take it in time."""
    try:
        async with asyncio.timeout(seconds):
            await connection.send(message)
            # The library does not wait while the system takes everything, and others would never
            # have their turn.
            await asyncio.sleep(0)
    except TimeoutError:
        raise ExpiredError from None


def transmit(connection: Connection, message: str | bytes, seconds: float | None) -> None:
    """Send a message; ExpiredError if the other side does not take it in time."""
    _make_room(connection, Deadline(seconds))
    connection.send(message)


def _make_room(connection: Connection, deadline: Deadline) -> None:
    """Wait until a message can be written without waiting.

    The library writes under the lock that it needs to read. Two sides that both wait to write
    would wait for ever, each for the other to read.
    """
    poller = select.poll()
    try:
        poller.register(connection.socket, select.POLLOUT)
    except (ValueError, OSError):  # closed; sending says so
        return
    # A socket that is closed meanwhile would not be reported.
    while connection.state is State.OPEN and not poller.poll(_pause(deadline.left())):
        pass


def _pause(left: float | None) -> float:
    """Return how long to wait before the next look, in milliseconds."""
    return 1000 * (_LOOK_AGAIN if left is None else min(left, _LOOK_AGAIN))


async def async_probe(connection: AsyncConnection, seconds: float) -> Callable[[], bool] | None:
    """Send a ping and return what tells whether it was answered; None if it could not be sent."""
    try:
        async with asyncio.timeout(seconds):
            answer = asyncio.ensure_future(await connection.ping())
            return answer.done
    except (TimeoutError, ConnectionClosed):
        return None


def probe(connection: Connection, seconds: float) -> Callable[[], bool] | None:
    """Send a ping and return what tells whether it was answered; None if it could not be sent."""
    try:
        _make_room(connection, Deadline(seconds))
        return connection.ping().is_set
    except (ExpiredError, ConnectionClosed):
        return None


def async_usable(connection: AsyncConnection) -> bool:
    """Tell whether a WebSocket is open, as far as is known, and can be used from here."""
    return connection.state is State.OPEN and connection.loop is asyncio.get_running_loop()


def usable(connection: Connection) -> bool:
    """Tell whether a WebSocket is open, as far as is known."""
    return connection.state is State.OPEN


async def async_answers(connection: AsyncConnection, seconds: float) -> bool:
    """Tell whether the other side answers a ping in time."""
    try:
        async with asyncio.timeout(seconds):
            await (await connection.ping())
    except (TimeoutError, ConnectionClosed):
        return False
    return True


def answers(connection: Connection, seconds: float) -> bool:
    """Tell whether the other side answers a ping in time."""
    try:
        _make_room(connection, Deadline(seconds))
        return connection.ping().wait(seconds)
    except (ExpiredError, ConnectionClosed):
        return False


async def async_hang_up(connection: AsyncConnection, seconds: float) -> None:
    """Close a WebSocket; politely, but not if that takes long."""
    try:
        async with asyncio.timeout(seconds):
            await connection.close()
    except TimeoutError:
        connection.transport.abort()
    except asyncio.CancelledError:
        connection.transport.abort()
        raise


def hang_up(connection: Connection, seconds: float) -> None:
    """Close a WebSocket; politely, but not longer than the connection's own bound for that."""
    connection.close()
