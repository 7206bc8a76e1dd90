"""The sockets at which a sprite's network meets the server.

A sprite's door makes TCP connections to all foreign addresses end at a listener, and name lookups
at a socket. It is opened from outside, in a network that exists, and any number of times: after a
boot, after a restore and when a sprite is taken over from another server.
"""

from __future__ import annotations

import asyncio
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final, Protocol

from attrs import frozen

from sprites_local import linux
from sprites_local.egress import steering
from sprites_local.init import doorway
from sprites_local.init.launch import raise_loopback

OWN: Final = doorway.OWN
LISTENER: Final = doorway.LISTENER
RESOLVER: Final = doorway.RESOLVER
_PROBED: Final = ("198.51.100.1", 9)
_PATIENCE: Final = 5.0


@frozen(eq=False)
class Door:
    """An open door."""

    listener: socket.socket
    resolver: socket.socket
    steering: int | None = None
    """A descriptor; None where what steers is the network's own."""

    def close(self) -> None:
        """Shut it: from here on nothing leads out."""
        if self.steering is not None:
            os.close(self.steering)
        self.listener.close()
        self.resolver.close()


class Network(Protocol):
    """A booted sprite's network."""

    async def open_door(self) -> Door:
        """Open its door; what was connected through an earlier one is cut."""

    async def wall_up(self) -> None:
        """Make sure that it has none."""

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        """Make a TCP socket in it."""


def open_door() -> Door:
    """Open the door of this thread's network, with the rights of the machine's root."""
    with ExitStack() as undo:
        sockets = doorway.make_sockets()
        for sock in sockets:
            undo.callback(sock.close)
        opened = Door(*sockets, steering.steer(sockets[0], OWN))
        undo.pop_all()
    try:
        doorway.lead_out()
    except BaseException:
        opened.close()
        raise
    return opened


async def probe() -> None:
    """Try `open_door` in a network of its own.

    Raises:
        OSError: If it does not work.
    """
    with ThreadPoolExecutor(1, "sprites-network") as thread:
        await asyncio.get_running_loop().run_in_executor(thread, _probe)


async def probe_in(network: Network) -> None:
    """Try whether the door of a sprite that nobody else uses leads to whoever opens it.

    Raises:
        EngineError: If the sprite does not do what it is asked.
        OSError: If it does not work.
    """
    opened = await network.open_door()
    try:
        connecting = await network.make_socket(socket.AF_INET)
        await asyncio.to_thread(_try_out, opened, connecting)
    finally:
        opened.close()


def _probe() -> None:
    linux.unshare(linux.CLONE_NEWNET)
    raise_loopback()
    opened = open_door()
    try:
        _try_out(opened, socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    finally:
        opened.close()


def _try_out(opened: Door, connecting: socket.socket) -> None:
    with connecting:
        for sock in (opened.listener, connecting):
            sock.settimeout(_PATIENCE)
        connecting.connect(_PROBED)
        with opened.listener.accept()[0] as accepted:
            if accepted.getsockname() != _PROBED:
                raise OSError("connections arrive without the address that was meant")
