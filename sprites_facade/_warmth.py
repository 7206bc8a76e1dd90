"""Pairs for what waits to be used again; see `_concurrency` for the names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sprites_facade._later import Later

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = Later("asyncio")

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things that wait to be used again; each is given to one taker only, in both worlds."""

    def __init__(self, size: int) -> None:
        self._things: list[T] = []
        self._size = size
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._things)

    def put(self, thing: T) -> bool:
        """Put something there, and tell whether there was room for it."""
        with self._lock:
            if len(self._things) >= self._size:
                return False
            self._things.append(thing)
            return True

    def take(self, fits: Callable[[T], bool]) -> T | None:
        """Take away the latest that fits, if there is one."""
        with self._lock:
            for index in reversed(range(len(self._things))):
                if fits(self._things[index]):
                    return self._things.pop(index)
        return None


class AsyncAlarm:
    """Does something after a while, unless it is cancelled or the loop ends."""

    def __init__(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def cancel(self) -> None:
        """Do it not, if it has not begun."""
        self._timer.cancel()

    def _ring(self) -> None:
        self._task = asyncio.ensure_future(self._work())


class Alarm:
    """Does something after a while, unless it is cancelled or the program ends."""

    def __init__(self, seconds: float, work: Callable[[], None]) -> None:
        self._timer = threading.Timer(seconds, work)
        self._timer.name = "sprites-alarm"
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        """Do it not, if it has not begun."""
        self._timer.cancel()
