"""Pairs for what goes on in both directions at once: commands over WebSockets.

As in `_concurrency`, `async_name` and `AsyncName` become `name` and `Name` in the sync world.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import suppress
from inspect import isawaitable
from typing import Any

import websockets.asyncio.client
import websockets.sync.client
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.http11 import Response
from websockets.protocol import State

AsyncConnection = websockets.asyncio.client.ClientConnection
Connection = websockets.sync.client.ClientConnection
AsyncCondition = asyncio.Condition
Condition = threading.Condition

# The kernel doubles it. A third of what it gives is free when a socket counts as writable, which
# has to be more than what is written at once; see `make_room`.
_SEND_BUFFER = 192 * 1024
_LOOK_AGAIN = 0.5
_PollSelector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class ExpiredError(TimeoutError):
    """What was waited for did not happen before the deadline."""


class Deadline:
    """A point in time, given by how far away it is; None is never."""

    def __init__(self, timeout: float | None) -> None:
        self._end = None if timeout is None else time.monotonic() + timeout
        self._asked = False

    def left(self) -> float | None:
        """Return how many seconds are left.

        The first time it may be zero, so that one look is taken even without any time.

        Raises:
            ExpiredError: If none are left.
        """
        if self._end is None:
            return None
        left = self._end - time.monotonic()
        if left <= 0 and self._asked:
            raise ExpiredError
        self._asked = True
        return max(0.0, left)

    def rest(self) -> float | None:
        """Return how many seconds are left, 0 if none are."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())


async def async_pause(condition: asyncio.Condition, seconds: float | None) -> None:
    """Wait for a change that is notified of; ExpiredError if there is none in time."""
    try:
        async with asyncio.timeout(seconds):
            await condition.wait()
    except TimeoutError:
        raise ExpiredError from None


def pause(condition: threading.Condition, seconds: float | None) -> None:
    """Wait for a change that is notified of; ExpiredError if there is none in time."""
    if not condition.wait(seconds):
        raise ExpiredError


class AsyncBackground:
    """Work that goes on beside; it sees to its own failures."""

    def __init__(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        self._task = asyncio.create_task(work(*args))

    async def aclose(self) -> None:
        """Stop it, unless it is what calls."""
        if self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.wait({self._task})


class Background:
    """Work that goes on beside; it sees to its own failures."""

    def __init__(self, work: Callable[..., None], *args: Any) -> None:
        # A daemon: it may wait for input that never comes, which must not keep a program alive.
        threading.Thread(target=work, args=args, name="sprites-input", daemon=True).start()

    def close(self) -> None:
        """Leave it alone: nothing stops a thread, but what it writes to is about to be closed."""


async def async_regardless(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do something to its end, which has to be near, and only then let oneself be cancelled."""
    task = asyncio.ensure_future(work())
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as exc:
            cancelled = exc
    if cancelled is not None:
        raise cancelled
    task.result()


def regardless(work: Callable[[], None]) -> None:
    """Do something to its end."""
    work()


async def async_call(function: Callable[[Any], Any], value: Any) -> object:
    """Return what a user's function returns, which may be a coroutine function."""
    result = function(value)
    return await result if isawaitable(result) else result


def call(function: Callable[[Any], Any], value: Any) -> object:
    """Return what a user's function returns."""
    return function(value)


async def async_chunks(source: Any, size: int) -> AsyncIterator[Any]:
    """Yield what a file or an iterable holds; reading a file does not hold up the loop."""
    if hasattr(source, "__aiter__"):
        async for piece in source:
            yield piece
    elif hasattr(source, "read"):
        while piece := await _read(source, size):
            yield piece
    else:
        for piece in source:
            yield piece


async def _read(source: Any, size: int) -> Any:
    piece = await asyncio.to_thread(source.read, size)
    return await piece if isawaitable(piece) else piece


def chunks(source: Any, size: int) -> Iterator[Any]:
    """Yield what a file or an iterable holds."""
    if hasattr(source, "read"):
        while piece := source.read(size):
            yield piece
    else:
        yield from source


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
    def handshake(self, *args: Any, **options: Any) -> None:
        try:
            super().handshake(*args, **options)
        except InvalidStatus as exc:
            raise RefusedError(exc.response) from None


async def async_connect(url: str, **options: Any) -> AsyncConnection:
    """Return a WebSocket; whoever asks closes it."""
    # Without entering its context, because the connection outlives this.
    return await websockets.asyncio.client.connect(
        url, create_connection=_AsyncConnection, **options
    )


def connect(url: str, **options: Any) -> Connection:
    """Return a WebSocket; whoever asks closes it."""
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
    with _PollSelector() as selector:
        with suppress(ValueError, OSError):  # closed; sending says so
            selector.register(connection.socket, selectors.EVENT_WRITE)
        while selector.get_map() and connection.state is State.OPEN:
            left = deadline.left()
            # A socket that is closed meanwhile would not be reported.
            if selector.select(_LOOK_AGAIN if left is None else min(left, _LOOK_AGAIN)):
                return


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
