"""Pairs for what goes on in both directions at once: commands over WebSockets.

As in `_concurrency`, `async_name` and `AsyncName` become `name` and `Name` in the sync world.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from concurrent.futures import Future, wait
from contextvars import copy_context
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sprites_facade._later import Later

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = Later("asyncio")

if TYPE_CHECKING:
    AsyncCondition = asyncio.Condition
else:

    def AsyncCondition() -> asyncio.Condition:  # noqa: N802 - the name of a class to its users
        return asyncio.Condition()


Condition = threading.Condition


T = TypeVar("T")


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


async def async_undoable(
    work: Callable[[], Coroutine[Any, Any, T]],
    undo: Callable[[T], Coroutine[Any, Any, None]],
    grace: float,
) -> T:
    """Return what work returns; whoever is cancelled meanwhile leaves nothing of it behind.

    What has begun at the other side cannot be called back before it is known, so it is waited for,
    for as many seconds, and undone.
    """
    task = asyncio.ensure_future(work())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await async_regardless(lambda: _undo(task, undo, grace))
        raise


async def _undo(
    task: asyncio.Future[T], undo: Callable[[T], Coroutine[Any, Any, None]], grace: float
) -> None:
    done, _ = await asyncio.wait({task}, timeout=grace)
    if not done:
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled() and task.exception() is None:
        await undo(task.result())


def undoable(work: Callable[[], T], undo: Callable[[T], None], grace: float) -> T:
    """Return what work returns; nobody is cancelled in the sync world."""
    return work()


async def async_sheltered(
    work: Callable[[], Coroutine[Any, Any, T]],
    undo: Callable[[T], Coroutine[Any, Any, None]],
    grace: float,
) -> T:
    """Return what work returns; an interrupt is a cancellation here, see `async_undoable`."""
    return await work()


def sheltered(work: Callable[[], T], undo: Callable[[T], None], grace: float) -> T:
    """Return what work returns; whoever is interrupted meanwhile leaves nothing of it behind.

    An interrupt, such as that of Ctrl-C, reaches the main thread only and breaks off whatever that
    does. So another thread does its work. Who is interrupted waits for it, for as many seconds;
    it is undone whenever it is done.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    errand = _Errand(work, undo)
    try:
        errand.begin()
    except BaseException:
        errand.give_up(grace)
        raise
    return errand.outcome.result()


class _Errand(Generic[T]):
    """Work that another thread does, and undoes if nobody wants it any more."""

    def __init__(self, work: Callable[[], T], undo: Callable[[T], None]) -> None:
        self.outcome: Future[T] = Future()
        self._work = work
        self._undo = undo
        self._wanted = True
        self._lock = threading.Lock()
        # A daemon: what is not answered must not keep a program alive.
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._go,), name="sprites-opening", daemon=True
        )

    def begin(self) -> None:
        """Start it, and wait until it is done."""
        self._thread.start()
        wait([self.outcome])

    def give_up(self, grace: float) -> None:
        """Undo it; what is not done yet is waited for a while, and undone by its thread."""
        with self._lock:
            self._wanted = False
            done = self.outcome.done()
        if not done:
            if self._thread.is_alive():
                self._thread.join(grace)
        elif self.outcome.exception() is None:
            self._undo(self.outcome.result())

    def _go(self) -> None:
        try:
            result = self._work()
        except BaseException as exc:  # noqa: BLE001 - it is raised in the thread that waits
            self.outcome.set_exception(exc)
            return
        with self._lock:
            self.outcome.set_result(result)
            wanted = self._wanted
        if not wanted:
            self._undo(result)


async def async_call(function: Callable[[Any], Any], value: Any) -> object:
    """Return what a user's function returns, which may be a coroutine function."""
    result = function(value)
    return await result if isawaitable(result) else result


def call(function: Callable[[Any], Any], value: Any) -> object:
    """Return what a user's function returns."""
    return function(value)


async def async_chunks(source: Any, size: int) -> AsyncGenerator[Any, None]:
    """Yield what a file or an iterable holds; reading a file does not hold up the loop.

    A generator that is not read to its end is closed with this one, as `yield from` does it.
    """
    if hasattr(source, "read") and not hasattr(source, "__aiter__"):
        while piece := await _read(source, size):
            yield piece
        return
    pieces = aiter(source) if hasattr(source, "__aiter__") else iter(source)
    try:
        if hasattr(source, "__aiter__"):
            async for piece in pieces:
                yield piece
        else:
            for piece in pieces:
                yield piece
    finally:
        await _close(pieces)


async def _close(pieces: Any) -> None:
    """Close a generator; a file that yields its lines is its owner's to close."""
    if isinstance(pieces, AsyncGenerator):
        await pieces.aclose()
    elif isinstance(pieces, Generator):
        pieces.close()


async def _read(source: Any, size: int) -> Any:
    piece = await asyncio.to_thread(source.read, size)
    return await piece if isawaitable(piece) else piece


def chunks(source: Any, size: int) -> Generator[Any, None, None]:
    """Yield what a file or an iterable holds."""
    if hasattr(source, "read"):
        while piece := source.read(size):
            yield piece
    else:
        yield from source
