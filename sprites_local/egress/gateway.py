"""The ways out of all sprites of an engine."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from ipaddress import IPv4Address, ip_address
from typing import Final

from sprites_local.egress import door
from sprites_local.egress.addresses import Reach
from sprites_local.egress.guard import Guard
from sprites_local.egress.lookups import MOST_AT_ONCE, Lookups
from sprites_local.egress.relay import relay, reset
from sprites_local.egress.resolver import Resolver
from sprites_local.engines.base import EngineError
from sprites_local.turns import Turns

log = logging.getLogger(__name__)

MOST_CONNECTIONS: Final = 256
"""Connections of one sprite."""
_SHARE_OF_DESCRIPTORS: Final = 4
"""One in so many is for all sprites' connections, two each."""
_OUT_OF_DESCRIPTORS: Final = 0.1


class Gateways:
    """Opens and shuts the ways out; policies hold from before a sprite's first process."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._guards: dict[str, Guard] = {}
        self._open: dict[str, Gateway] = {}
        self._lookups = asyncio.Semaphore(MOST_AT_ONCE)
        self._room = Room(_descriptors() // _SHARE_OF_DESCRIPTORS // 2)
        self.reason = "turned off" if reach.is_empty else ""
        """Why there is no way out; empty if there is."""

    @property
    def hints(self) -> tuple[str, ...]:
        """What keeps the machine from it; nothing if nobody wants it."""
        if not self.reason or self._reach.is_empty:
            return ()
        return (f"Sprites reach no network: {self.reason}.",)

    async def explore(self, attempt: Callable[[], Awaitable[None]], needs: str) -> None:
        """Try whether this machine can do it; `needs` says what of its kernel that takes."""
        if self._reach.is_empty:
            return
        try:
            await attempt()
        except (EngineError, OSError) as error:
            why = getattr(error, "strerror", None) or error
            self.reason = f"this kernel does not let connections be steered by {needs}: {why}"

    def limit(self, sprite: str, rules: Iterable[Mapping[str, str]]) -> None:
        """Put a policy into force; connections that it forbids are cut."""
        self._guard(sprite).replace(rules)
        if sprite in self._open:
            self._open[sprite].review()

    def leads(self, sprite: str, host: str) -> bool:
        """Tell whether a connection from inside a sprite leads anywhere: to itself, or out.

        A door accepts every connection before it asks where it may lead.
        """
        address = ip_address(host)
        if sprite not in self._open or address.is_loopback or not isinstance(address, IPv4Address):
            return True
        return address == door.OWN or self._guard(sprite).permits(address)

    async def attach(self, sprite: str, network: door.Network) -> None:
        """Open the way out of a sprite that runs, anew if there was one.

        A sprite that cannot have one is still a sprite.
        """
        await self.detach(sprite)
        try:
            if self.reason:
                await network.wall_up()
                return
            opened = await network.open_door()
        except (EngineError, OSError) as error:
            log.warning("Sprite %s has no way out: %s", sprite, error)
            return
        guard = self._guard(sprite)
        self._open[sprite] = Gateway(opened, guard, Lookups(self._lookups), self._room)

    async def detach(self, sprite: str) -> None:
        """Shut a sprite's way out, if there is one."""
        gateway = self._open.pop(sprite, None)
        if gateway is not None:
            await gateway.close()

    async def forget(self, sprite: str) -> None:
        """Forget a sprite that is deleted."""
        await self.detach(sprite)
        self._guards.pop(sprite, None)

    async def close(self) -> None:
        """Shut all."""
        for sprite in list(self._open):
            await self.detach(sprite)

    def _guard(self, sprite: str) -> Guard:
        return self._guards.setdefault(sprite, Guard(self._reach))


class Room:
    """A number of connections that all sprites share."""

    def __init__(self, free: int) -> None:
        self.free = free


class Gateway:
    """The way out of one booted sprite."""

    def __init__(self, opened: door.Door, guard: Guard, lookups: Lookups, room: Room) -> None:
        self._door = opened
        self._guard = guard
        self._room = room
        self._relays: dict[asyncio.Task[None], tuple[socket.socket, IPv4Address]] = {}
        resolver = Resolver(opened.resolver, guard, lookups)
        self._tasks = [asyncio.ensure_future(task) for task in (self._accept(), resolver.serve())]

    def review(self) -> None:
        """Cut the connections that are not permitted any more."""
        for task, (_, address) in self._relays.items():
            if not self._guard.permits(address):
                task.cancel()

    async def close(self) -> None:
        """Shut the door and cut everything."""
        tasks = [*self._tasks, *self._relays]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._door.close()

    async def _accept(self) -> None:
        loop, turns = asyncio.get_running_loop(), Turns()
        while True:
            await turns.took()
            try:
                connection, _ = await loop.sock_accept(self._door.listener)
            except OSError:
                await asyncio.sleep(_OUT_OF_DESCRIPTORS)
                continue
            self._welcome(connection)

    def _welcome(self, connection: socket.socket) -> None:
        """Connect it to the address that it was meant for, or reset it."""
        with suppress(OSError):
            host, port = connection.getsockname()
            address = IPv4Address(host)
            if self._has_room() and self._guard.permits(address):
                task = asyncio.ensure_future(relay(connection, (host, port)))
                self._relays[task] = (connection, address)
                self._room.free -= 1
                task.add_done_callback(self._leave)
                return
        reset(connection)

    def _has_room(self) -> bool:
        return len(self._relays) < MOST_CONNECTIONS and self._room.free > 0

    def _leave(self, task: asyncio.Task[None]) -> None:
        reset(self._relays.pop(task)[0])  # open still if the task never began
        self._room.free += 1
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A connection out of a sprite failed", exc_info=error)


def _descriptors() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
