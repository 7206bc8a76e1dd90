"""A booted sprite of the tiers without snapshots, as their engine sees it."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Protocol

from sprites_local import listeners, rooted
from sprites_local.engines.base import EngineError
from sprites_local.engines.common.control import Control
from sprites_local.engines.common.process import Command

_PAUSE_TIMEOUT: Final = 10.0


class Running(Protocol):
    """A booted sprite."""

    control: Control
    pid: int
    """The process, in the server's counting, that all the sprite's processes descend from."""

    shares_network: bool
    """Whether its network is the host's."""

    asker: listeners.Asker
    """Asks about its network."""

    sessions: list[Command]
    """Its commands that were adopted with it."""

    def open_root(self) -> int:
        """Open the sprite's root directory."""

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        """Make a TCP socket in the sprite's network."""

    async def pause(self) -> None:
        """Stop its processes, as far as that can be done unnoticed; EngineError if it is gone."""

    async def resume(self) -> None:
        """Let its processes run on; EngineError if it is gone."""

    async def end(self) -> None:
        """End all its processes; nothing of it is left on return."""


@contextmanager
def paused(running: Running, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Stop a sprite's processes, from a thread; its guardian does it, and outlives a kill of us."""
    with suppress(EngineError, TimeoutError):  # one that is gone stands still as well
        asyncio.run_coroutine_threadsafe(running.pause(), loop).result(_PAUSE_TIMEOUT)
    try:
        yield
    finally:
        with suppress(EngineError, TimeoutError):
            asyncio.run_coroutine_threadsafe(running.resume(), loop).result(_PAUSE_TIMEOUT)


def listen(running: Running, path: str) -> socket.socket:
    """Make a listening socket in the root of a sprite that has one."""
    root = running.open_root()
    try:
        return rooted.listen(root, path)
    finally:
        os.close(root)
