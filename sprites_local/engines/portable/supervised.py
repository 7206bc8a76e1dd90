"""A booted sprite of the portable tier, as the server sees it."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Final

from sprites_local.engines.base import EngineError
from sprites_local.engines.common import network
from sprites_local.engines.common.control import Control
from sprites_local.engines.common.guardians import Inheritance, Stranger
from sprites_local.engines.common.process import Command
from sprites_local.engines.common.programs import Program, Started, ended
from sprites_local.engines.portable.leftovers import Leftovers
from sprites_local.listeners import Asker

_TIMEOUT: Final = 10.0


class Supervised:
    """A sprite whose processes descend from a supervisor, which guards them too."""

    shares_network = True

    def __init__(self, leftovers: Leftovers, program: Started, sock: socket.socket) -> None:
        user = os.geteuid()
        self.control = Control(sock, root=user, user=user)
        self.asker = Asker(self.make_socket)
        self.pid = program.pid
        self.sessions: list[Command] = []
        self._program = program
        self._leftovers = leftovers

    @classmethod
    def start(cls, leftovers: Leftovers, inheritance: Inheritance) -> Supervised:
        """Start a supervisor."""
        ours, theirs = socket.socketpair()
        with theirs:
            arguments = [str(theirs.fileno()), *inheritance.arguments, str(leftovers.notes)]
            inherited = [theirs.fileno(), *inheritance.descriptors]
            program = Program("supervisor", arguments, inherited)
        return cls(leftovers, program, ours)

    @classmethod
    async def adopt(
        cls, leftovers: Leftovers, sock: socket.socket, lock: int, seconds: float
    ) -> Supervised:
        """Take over a sprite whose server was killed; if that fails its supervisor waits again.

        Args:
            leftovers: What would remain without the supervisor.
            sock: A connection to the supervisor.
            lock: The lock of the data directory.
            seconds: How long it is to wait for a next server.
        """
        program = Stranger(sock)
        adopted = cls(leftovers, program, sock)
        try:
            request = {"op": "adopt", "seconds": seconds}
            answer = await adopted.control.ask(request, _TIMEOUT, lock)
            adopted.pid = program.pid = program.pid or int(answer["pid"])
            adopted.sessions = await adopted.control.adopt()
        except BaseException:
            adopted.close()
            program.close()
            raise
        return adopted

    def open_root(self) -> int:
        """Open the sprite's directory."""
        return os.open(self._leftovers.live, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        """Make a socket: the network is the host's."""
        return await network.make_here(family)

    async def pause(self) -> None:
        """Stop its processes."""
        await self.control.ask({"op": "pause"}, _TIMEOUT)

    async def resume(self) -> None:
        """Let its processes run on."""
        await self.control.ask({"op": "resume"}, _TIMEOUT)

    async def end(self) -> None:
        """Have the supervisor kill everything, and do so ourselves if it was killed."""
        lost = self.control.closed
        if lost:
            self._program.kill()
        self.control.tell({"op": "end"})
        self.asker.close()
        try:
            await ended(self._program)
        except EngineError:
            lost = True
            raise
        finally:
            self.control.close()
            if lost:
                await asyncio.to_thread(self._leftovers.end)

    def close(self) -> None:
        """Let go of it."""
        self.control.close()
        self.asker.close()
