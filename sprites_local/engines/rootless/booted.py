"""A booted sprite of the rootless tier, as the server sees it."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
from typing import Any, Final

from sprites_local.egress.door import Door
from sprites_local.engines.base import EngineError
from sprites_local.engines.common.channel import Caller
from sprites_local.engines.common.control import Control, connect, open_root
from sprites_local.engines.common.guardians import Inheritance, Stranger
from sprites_local.engines.common.process import Command
from sprites_local.engines.common.programs import Program, Started, ended
from sprites_local.engines.common.reports import follow_boot
from sprites_local.init import frames
from sprites_local.init.unprivileged import SPRITE_USER
from sprites_local.listeners import Asker

_TIMEOUT: Final = 30.0
_SOCKET_TIMEOUT: Final = 10.0
_MAX_ANSWER: Final = 1 << 12


class Booted:
    """PID 1, the connection to it, and the launcher that guards it."""

    shares_network = False

    def __init__(self, launcher: Launcher, pid: int, root: int, sock: socket.socket) -> None:
        self.pid = pid
        self.control = Control(sock, root=SPRITE_USER, user=SPRITE_USER)
        self.asker = Asker(self.make_socket)
        self.sessions: list[Command] = []
        self._launcher = launcher
        self._root = root

    @classmethod
    async def boot(cls, launcher: Launcher) -> Booted:
        """Take a sprite that is being booted."""
        try:
            return cls(launcher, *await _connected(await launcher.follow()))
        except BaseException:
            await launcher.end()
            raise

    @classmethod
    async def adopt(cls, sock: socket.socket, lock: int, seconds: float) -> Booted:
        """Take over a sprite whose server was killed; if that fails its launcher waits again.

        Args:
            sock: A connection to its launcher.
            lock: The lock of the data directory.
            seconds: How long it is to wait for a next server.
        """
        launcher = Launcher(Stranger(sock), sock)
        try:
            booted = cls(launcher, *await _connected(await launcher.adopt(lock, seconds)))
        except BaseException:
            launcher.close()
            raise
        try:
            booted.sessions = await booted.control.adopt()
        except BaseException:
            booted.close()
            launcher.close()
            raise
        return booted

    def open_root(self) -> int:
        """Open the sprite's root directory as it sees it itself."""
        return os.dup(self._root)

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        """Make a socket in the sprite's network."""
        return await self._launcher.make_socket(family)

    async def pause(self) -> None:
        """Stop its processes."""
        await self._launcher.ask("pause")

    async def resume(self) -> None:
        """Let its processes run on."""
        await self._launcher.ask("resume")

    async def open_door(self) -> Door:
        """Open the door of the sprite's network."""
        return await self._launcher.open_door()

    async def wall_up(self) -> None:
        """Make sure that the sprite's network has no door."""
        await self._launcher.wall_up()

    async def end(self) -> None:
        """End all processes."""
        self.close()
        await self._launcher.end()

    def close(self) -> None:
        """Let go of everything but the launcher; may be repeated."""
        self.control.close()
        self.asker.close()
        if self._root >= 0:
            os.close(self._root)
            self._root = -1


class Launcher:
    """The process that boots a sprite, and ends it when we say so or do not come back."""

    def __init__(
        self, program: Started, lifeline: socket.socket, report: socket.socket | None = None
    ) -> None:
        self._program = program
        self._report = report
        self._lifeline = Caller(
            lifeline, on_event=lambda _: None, on_close=lambda: None, max_size=_MAX_ANSWER
        )

    @classmethod
    def start(cls, request: dict[str, Any], inheritance: Inheritance) -> Launcher:
        """Start one; see `sprites_local.init.unprivileged` for the request."""
        ours_to_read, report = socket.socketpair()
        ours, lifeline = socket.socketpair()
        with report, lifeline:
            inherited = [report.fileno(), lifeline.fileno()]
            arguments = [*map(str, inherited), *inheritance.arguments, json.dumps(request)]
            inherited += inheritance.descriptors
            program = Program("unprivileged", arguments, inherited)
        return cls(program, ours, ours_to_read)

    async def follow(self) -> tuple[int, int]:
        """Return the number and the pidfd of PID 1 when it is ready."""
        if self._report is None:
            raise EngineError("the sprite was booted long ago")
        self._report.setblocking(False)  # noqa: FBT003 - the standard library's signature
        try:
            async with asyncio.timeout(_TIMEOUT):
                return await follow_boot(self._report)
        except TimeoutError:
            raise EngineError("the sprite did not boot in time") from None
        finally:
            self._report.close()

    async def adopt(self, lock: int, seconds: float) -> tuple[int, int]:
        """Make it ours; return the number and the pidfd of PID 1."""
        request = {"op": "adopt", "seconds": seconds}
        answer, descriptors = await self._lifeline.call(request, _TIMEOUT, lock)
        if len(descriptors) != 1:
            frames.close_all(descriptors)
            raise EngineError("the sprite's launcher answered nonsense")
        return int(answer["pid"]), descriptors[0]

    async def ask(self, operation: str) -> None:
        """Have something done that has no result."""
        _, descriptors = await self._lifeline.call({"op": operation}, _SOCKET_TIMEOUT)
        frames.close_all(descriptors)

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
        """Have it end the sprite, and wait until everything is gone."""
        if self._lifeline.closed:  # so it does not hear us; the sprite dies with it
            self._program.kill()
        self._lifeline.tell({"op": "end"})
        try:
            await ended(self._program)
        finally:
            self._lifeline.close()

    def close(self) -> None:
        """Let go of it; it waits for a next server then."""
        self._lifeline.close()
        self._program.close()


async def _connected(init: tuple[int, int]) -> tuple[int, int, socket.socket]:
    """Return the number of PID 1, its root, and a connection to it."""
    pid, pidfd = init
    try:
        return pid, *await asyncio.to_thread(_connect, pid, pidfd)
    finally:
        os.close(pidfd)


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
