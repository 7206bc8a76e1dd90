"""Pairs for what differs between the two worlds; everything else is written once, async.

`async_name` and `AsyncName` are used in `_async`; scripts/unasync.py turns them into `name` and
`Name`, which do the same with threads.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Generator
from concurrent.futures import Future, wait
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime
from functools import partial
from inspect import isawaitable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from sprites_facade._later import Later

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = Later("asyncio")

T = TypeVar("T")
R = TypeVar("R", bound=AbstractAsyncContextManager[Any])

AsyncHandler: TypeAlias = Callable[[T], Awaitable[object] | object]
Handler: TypeAlias = Callable[[T], object]

sleep = time.sleep
monotonic = time.monotonic


async def async_sleep(seconds: float) -> None:
    """Let others run for a while."""
    await asyncio.sleep(seconds)


def utc_now() -> datetime:
    """Return the time, to understand a server that names one."""
    return datetime.now(UTC)


def async_place() -> object:
    """Return the event loop: what was opened in it can be used in it only."""
    return asyncio.get_running_loop()


def place() -> object:
    """Return nothing: what was opened in one thread can be used in any."""
    return None


async def async_handle(handler: AsyncHandler[T], value: T) -> None:
    """Give a value to a user's function, which may be a coroutine function."""
    result = handler(value)
    if isawaitable(result):
        await result


def handle(handler: Handler[T], value: T) -> None:
    """Give a value to a user's function."""
    handler(value)


class AsyncOpening(Generic[R]):
    """Something that is about to be opened: await it, or enter it with `async with`.

    One that is never awaited makes no request; Python warns of it then. It has no counterpart in
    the sync world, where the call itself opens.
    """

    def __init__(self, opening: Coroutine[Any, Any, R]) -> None:
        self._opening = opening
        self._opened: R | None = None

    def __await__(self) -> Generator[Any, Any, R]:
        """Open it."""
        return self._opening.__await__()

    async def __aenter__(self) -> R:
        """Open it, to be closed at the end of the block."""
        self._opened = await self._opening
        await self._opened.__aenter__()
        return self._opened

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if self._opened is None:
            return None
        return await self._opened.__aexit__(exc_type, exc, traceback)


class GivenUpError(Exception):
    """Nobody wants the step any more that was waited for."""


class AsyncSteps(Generic[T]):
    """Takes one step of a source at a time; the wait for a step has a bound.

    A step that is late is not lost: the next call waits for the same one.
    """

    def __init__(self, step: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._step = step
        self._late: asyncio.Task[T] | None = None

    async def take(self, timeout: float | None = None) -> T:
        """Return the next step's result.

        Raises:
            TimeoutError: If it takes longer than the timeout.
            GivenUpError: If another task closed this in the meantime.
        """
        if self._late is None and timeout is None:
            return await self._step()
        late = self._late = self._late or asyncio.create_task(self._step())
        done, _ = await asyncio.wait({late}, timeout=timeout)
        if not done:
            raise TimeoutError
        self._late = None
        if late.cancelled():  # not the task that waits here, so not its business
            raise GivenUpError
        return late.result()

    async def aclose(self, _: object = None) -> None:
        """Give up the step that is late, if there is one."""
        task, self._late = self._late, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # so that nobody complains that it was never looked at


class Steps(Generic[T]):
    """Takes one step of a source at a time; the wait for a step has a bound.

    A step that is late is not lost: the next call waits for the same one. Only a step with a
    bound runs in a thread of its own, for nothing else can be left alone.
    """

    def __init__(self, step: Callable[[], T]) -> None:
        self._step = step
        self._late: Future[T] | None = None
        self._orders: queue.SimpleQueue[Callable[[], None] | None] | None = None

    def take(self, timeout: float | None = None) -> T:
        """Return the next step's result; TimeoutError if it takes longer than the timeout."""
        if self._late is None and timeout is None:
            return self._step()
        late = self._late = self._late or self._order()
        if not wait([late], timeout=timeout).done:
            raise TimeoutError
        self._late = None
        return late.result()

    def close(self, connection: object = None) -> None:
        """Give up the step that is late, in whatever thread, by hanging up its connection."""
        hang_up(connection)
        if self._late is not None:
            wait([self._late], timeout=5)
            self._late = None
        if self._orders is not None:
            self._orders.put(None)

    def _order(self) -> Future[T]:
        future: Future[T] = Future()
        if self._orders is None:
            self._orders = queue.SimpleQueue()
            # The thread knows the queue only, so that what is forgotten can be collected, and
            # is a daemon, so that a stream left open cannot keep the program from ending.
            weakref.finalize(self, self._orders.put, None)
            threading.Thread(
                target=_work, args=(self._orders,), name="sprites-stream", daemon=True
            ).start()
        self._orders.put(partial(_fulfil, future, self._step))
        return future


def _work(orders: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (order := orders.get()) is not None:
        order()
        del order  # it must not be kept alive by the wait for the next


def _fulfil(future: Future[T], step: Callable[[], T]) -> None:
    try:
        future.set_result(step())
    except BaseException as exc:  # noqa: BLE001 - it is raised in the thread that waits
        future.set_exception(exc)


def hang_up(connection: object) -> None:
    """Wake a thread that reads from an httpcore network stream: it sees the end of the data."""
    get = getattr(connection, "get_extra_info", None)
    raw = get("socket") if get is not None else None
    if isinstance(raw, socket.socket):
        with suppress(OSError):  # it may be closed already
            # Not the method of an SSL socket, which would pull the rug from under the reader.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)
