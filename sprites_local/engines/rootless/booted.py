"""A booted sprite of the rootless tier, as the server sees it."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
from contextlib import suppress
from typing import Any, Final

from sprites_local.egress.door import Door
from sprites_local.engines.base import EngineError
from sprites_local.engines.common.channel import Caller
from sprites_local.engines.common.control import Control, connect, open_root
from sprites_local.engines.common.programs import Program
from sprites_local.engines.common.reports import follow_boot
from sprites_local.init import frames
from sprites_local.init.unprivileged import SPRITE_USER
from sprites_local.listeners import Asker

_TIMEOUT: Final = 30.0
_SOCKET_TIMEOUT: Final = 10.0
_MAX_ANSWER: Final = 1 << 12


class Booted:
    """PID 1, the connection to it, and the launcher that watches over it."""

    shares_network = False

    def __init__(self, launcher: Launcher, pid: int, root: int, sock: socket.socket) -> None:
        self.pid = pid
        self.control = Control(sock, root=SPRITE_USER, user=SPRITE_USER)
        self.asker = Asker(self.make_socket)
        self._launcher = launcher
        self._root = root

    @classmethod
    async def boot(cls, request: dict[str, Any], lock: int) -> Booted:
        """Boot a sprite; see `sprites_local.init.unprivileged` for the request."""
        launcher = Launcher(request, lock)
        try:
            pid, pidfd = await launcher.follow()
            try:
                root, sock = await asyncio.to_thread(_connect, pid, pidfd)
            finally:
                os.close(pidfd)
        except BaseException:
            await launcher.end()
            raise
        return cls(launcher, pid, root, sock)

    def open_root(self) -> int:
        """Open the sprite's root directory as it sees it itself."""
        return os.dup(self._root)

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        """Make a socket in the sprite's network."""
        return await self._launcher.make_socket(family)

    async def open_door(self) -> Door:
        """Open the door of the sprite's network."""
        return await self._launcher.open_door()

    async def wall_up(self) -> None:
        """Make sure that the sprite's network has no door."""
        await self._launcher.wall_up()

    async def end(self) -> None:
        """End all processes."""
        self.control.close()
        self.asker.close()
        with suppress(OSError):  # closed by an earlier attempt
            os.close(self._root)
        await self._launcher.end()


class Launcher:
    """The process that boots a sprite, and ends it when we go."""

    def __init__(self, request: dict[str, Any], lock: int) -> None:
        self._report, report = socket.socketpair()
        ours, lifeline = socket.socketpair()
        with report, lifeline:
            inherited = [report.fileno(), lifeline.fileno()]
            arguments = [*map(str, inherited), json.dumps(request)]
            self._program = Program("unprivileged", arguments, [*inherited, lock])
        self._lifeline = Caller(
            ours, on_event=lambda _: None, on_close=lambda: None, max_size=_MAX_ANSWER
        )

    async def follow(self) -> tuple[int, int]:
        """Return the number and the pidfd of PID 1 when it is ready."""
        self._report.setblocking(False)  # noqa: FBT003 - the standard library's signature
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await follow_boot(self._report)
        except TimeoutError:
            raise EngineError("the sprite did not boot in time") from None
        finally:
            self._report.close()

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        """Let the launcher, who is in the sprite's network, make a socket."""
        return (await self._run({"op": "socket", "family": int(family)}, 1))[0]

    async def open_door(self) -> Door:
        """Let it open the door of the sprite's network."""
        listener, resolver = await self._run({"op": "door"}, 2)
        for sock in (listener, resolver):
            sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        return Door(listener, resolver)

    async def wall_up(self) -> None:
        """Let it make sure that the network has none."""
        await self._run({"op": "wall"}, 0)

    async def _run(self, errand: dict[str, Any], count: int) -> list[socket.socket]:
        """Let it run an errand, of which so many sockets come."""
        answer, descriptors = await self._lifeline.call(errand, _SOCKET_TIMEOUT)
        if "errno" in answer or len(descriptors) != count:
            frames.close_all(descriptors)
            number = int(answer.get("errno", errno.EIO))
            raise OSError(number, os.strerror(number))
        return [socket.socket(fileno=descriptor) for descriptor in descriptors]

    async def end(self) -> None:
        """Let go of the lifeline and wait until everything is gone."""
        self._lifeline.close()
        await self._program.ended()


def _connect(pid: int, pidfd: int) -> tuple[int, socket.socket]:
    """Open the root of PID 1 and connect to it."""
    root = open_root(pid)
    try:
        # The number may have had a new owner by then; while the sprite lives it has not.
        signal.pidfd_send_signal(pidfd, 0)
        return root, connect(root, pid)
    except ProcessLookupError:
        frames.close_all([root])
        raise EngineError("the sprite ended while it booted") from None
    except BaseException:
        frames.close_all([root])
        raise
