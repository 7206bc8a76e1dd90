"""Warm connections for commands: which sprites have them, and those that nobody uses now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from sprites_facade._concurrency import monotonic
from sprites_facade._warmth import AsyncAlarm, Shelf

if TYPE_CHECKING:
    from sprites_facade._async.sockets import AsyncSocket
    from sprites_facade._core.control_protocol import ControlProtocol

MOST_IDLE = 8
# Long enough for one command after the other; a connection may keep a sprite from its rest.
LONGEST_IDLE = 20.0
_TIMEOUTS = 2


@attrs.frozen(eq=False)
class AsyncIdle:
    """A connection whose last command has ended."""

    key: str
    socket: AsyncSocket
    last: ControlProtocol
    """The last command's, whose completion may not have been read yet."""
    since: float = attrs.field(factory=monotonic)

    def is_old(self, longest: float | None = None) -> bool:
        """Tell whether it has waited for long."""
        return monotonic() - self.since >= (LONGEST_IDLE if longest is None else longest)


class AsyncLanes:
    """The warm connections of one client; a sprite is known by the path of its requests."""

    def __init__(self) -> None:
        self._idle: Shelf[AsyncIdle] = Shelf(MOST_IDLE)
        self._known: dict[str, object] = {}
        self._timeouts: dict[str, int] = {}
        self._alarm: AsyncAlarm | None = None

    def seen(self, path: str) -> None:
        """Take note that a sprite runs commands, so that the next one is worth preparing for."""
        key = _key(path)
        if self._timeouts.get(key, 0) < _TIMEOUTS:
            self._known.setdefault(key, object())

    def life(self, path: str) -> object | None:
        """Return what stands for a sprite's present life; None if it is not known to run."""
        return self._known.get(_key(path))

    def refused(self, path: str) -> None:
        """Take note that the server has no such connections for a sprite."""
        self._timeouts[_key(path)] = _TIMEOUTS
        self._known.pop(_key(path), None)

    def timed_out(self, path: str) -> None:
        """Take note that the server did not answer; a sprite may have been asleep, but once."""
        key = _key(path)
        self._timeouts[key] = self._timeouts.get(key, 0) + 1
        self._known.pop(key, None)

    def take(self, path: str) -> AsyncIdle | None:
        """Return a connection that nobody else is given."""
        key = _key(path)
        return self._idle.take(lambda idle: idle.key == key)

    def keep(self, path: str, life: object, socket: AsyncSocket, last: ControlProtocol) -> bool:
        """Keep a connection for the next command, and tell whether it is kept."""
        key = _key(path)
        kept = self._known.get(key) is life and self._idle.put(AsyncIdle(key, socket, last))
        if kept and self._alarm is None:
            self._alarm = AsyncAlarm(LONGEST_IDLE, self._expire)
        return kept

    async def drop(self, path: str) -> None:
        """Forget a sprite: what its connections lead to is about to end."""
        key = _key(path)
        self._known.pop(key, None)
        while (idle := self.take(path)) is not None:
            await idle.socket.aclose()

    async def aclose(self) -> None:
        """Keep nothing any more; the connections are closed with the client's others."""
        self._known.clear()
        if self._alarm is not None:
            self._alarm.cancel()

    async def _expire(self) -> None:
        self._alarm = None
        while (idle := self._idle.take(AsyncIdle.is_old)) is not None:
            await idle.socket.aclose()
        if len(self._idle) and self._alarm is None:
            self._alarm = AsyncAlarm(LONGEST_IDLE, self._expire)


def _key(path: str) -> str:
    """Return the part of `/v1/sprites/{name}/…` that tells the sprite."""
    return "/".join(path.split("/")[:4])
