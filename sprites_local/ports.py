"""Following the ports that processes of a sprite listen on.

While somebody follows a sprite, its ports are looked at four times a second, once for all who
follow. A port that is open for less than that may be missed, which the API allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sprites_local.changes import Changes
from sprites_local.engines.base import Engine, EngineError, Listener

INTERVAL = 0.25

_Ports = dict[tuple[int, str, int], dict[str, Any]]


class PortView:
    """What one follower has been told."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch
        self._told = watch.ports

    def opened(self) -> list[dict[str, Any]]:
        """Return the events for the ports that were open at first."""
        return [_event("port_opened", port) for port in self._told.values()]

    async def changes(self) -> list[dict[str, Any]]:
        """Wait for changes and return their events.

        Raises:
            EngineError: If the sprite has stopped.
        """
        while True:
            changed = self._watch.changes.next()
            before, self._told = self._told, self._watch.ports
            events = [
                *(
                    _event("port_closed", port)
                    for key, port in before.items()
                    if key not in self._told
                ),
                *(
                    _event("port_opened", port)
                    for key, port in self._told.items()
                    if key not in before
                ),
            ]
            if events:
                return events
            if self._watch.changes.closed:
                raise EngineError("the sprite stopped")
            await changed.wait()


class PortWatches:
    """Looks at the ports of the sprites that somebody follows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watches: dict[str, _Watch] = {}

    @asynccontextmanager
    async def following(self, sprite_id: str) -> AsyncIterator[PortView]:
        """Follow the ports of a booted sprite."""
        watch = self._watches.get(sprite_id)
        if watch is None or watch.changes.closed:
            watch = self._watches[sprite_id] = _Watch(self._engine, sprite_id)
            watch.when_over(lambda: self._forget(sprite_id, watch))
        watch.followers += 1
        try:
            # What was seen a moment ago may be out of date.
            await watch.look()
            yield PortView(watch)
        finally:
            # The next command often comes before the next look.
            watch.followers -= 1

    def _forget(self, sprite_id: str, watch: _Watch) -> None:
        if self._watches.get(sprite_id) is watch:
            del self._watches[sprite_id]


class _Watch:
    """The ports of one sprite as they were a moment ago; it ends when nobody follows any more."""

    def __init__(self, engine: Engine, sprite_id: str) -> None:
        self.ports: _Ports = {}
        self.changes = Changes()
        self.followers = 0
        self._engine = engine
        self._sprite = sprite_id
        self._listeners: list[Listener] = []
        self._turn = asyncio.Lock()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def when_over(self, call: Callable[[], None]) -> None:
        """Call something when this looks no more."""
        self._task.add_done_callback(lambda _: call())

    async def look(self) -> None:
        """Look once; a sprite that has stopped ends the changes."""
        try:
            async with self._turn:
                self._listeners = await self._engine.listeners(self._sprite, self._listeners)
        except EngineError:
            self.ports = {}
            self.changes.close()
            return
        if (ports := _by_key(self._listeners)) != self.ports:
            self.ports = ports
            self.changes.notify()

    async def _run(self) -> None:
        try:
            while not self.changes.closed:
                await asyncio.sleep(INTERVAL)
                if not self.followers:
                    return
                await self.look()
        finally:
            self.changes.close()


def _by_key(listeners: Sequence[Listener]) -> _Ports:
    """Show a port once, however many sockets share it."""
    ports: dict[tuple[int, str], Listener] = {}
    for listener in listeners:
        ports.setdefault((listener.port, listener.address), listener)
    return {
        (one.port, one.address, one.pid): {"port": one.port, "address": one.address, "pid": one.pid}
        for one in ports.values()
    }


def _event(kind: str, port: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, **port}
