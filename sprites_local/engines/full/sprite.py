"""A booted sprite as the server sees it."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from sprites_local.egress import door
from sprites_local.engines.base import EngineError
from sprites_local.engines.common import control
from sprites_local.engines.common.process import Command
from sprites_local.engines.full import network, showing
from sprites_local.engines.full.files import AgentFiles
from sprites_local.engines.full.host import Host
from sprites_local.init import doorway
from sprites_local.listeners import Asker

_MAX_IDLE_AGENTS: Final = 4


class Running:
    """Its PID 1, the connection to it, and its file agents."""

    def __init__(
        self, host: Host, name: str, pid: int, pidfd: int, connection: control.Control
    ) -> None:
        self.control = connection
        self.pid = pid
        """Its PID 1, in the host's counting."""
        self._host = host
        self._name = name
        self._pidfd = pidfd
        self._idle: dict[bool, list[AgentFiles]] = {False: [], True: []}
        self._agents: set[AgentFiles] = set()
        self.asker = Asker(self.make_socket)
        self.sessions: list[Command] = []
        """Commands that a restore brought back."""

    @classmethod
    async def boot(cls, host: Host, name: str, in_thread: Callable[..., Awaitable[Any]]) -> Running:
        """Boot a sprite that does not run."""
        await in_thread(host.groups.make, name)
        try:
            pid, pidfd = await host.helper.boot(host.boot_request(name))
            try:
                sock = await in_thread(_connect, pid)
            except BaseException:
                os.close(pidfd)
                raise
        except BaseException:
            await in_thread(host.groups.remove, name)
            raise
        return cls(host, name, pid, pidfd, control.Control(sock))

    @classmethod
    async def adopt(
        cls, host: Host, name: str, pid: int, in_thread: Callable[..., Awaitable[Any]]
    ) -> Running:
        """Take over a sprite that was brought back, its commands with it."""
        pidfd = os.pidfd_open(pid)
        try:
            sock = await in_thread(_connect, pid)
        except BaseException:
            os.close(pidfd)
            raise
        running = cls(host, name, pid, pidfd, control.Control(sock))
        try:
            running.sessions = await running.control.adopt()
        except BaseException:
            running.close()
            raise
        return running

    async def pause(self) -> None:
        """Have no connection to PID 1 and read no output until `resume`.

        Raises:
            EngineError: If PID 1 is too busy; nothing was changed then.
        """
        await self.control.pause()

    async def resume(self, in_thread: Callable[..., Awaitable[Any]]) -> None:
        """Connect to PID 1 again."""
        try:
            sock = await in_thread(_connect, self.pid)
        except (EngineError, OSError):
            sock = None  # it died meanwhile
        with suppress(EngineError):
            await self.control.resume(sock)

    @asynccontextmanager
    async def files(self, *, as_root: bool) -> AsyncIterator[AgentFiles]:
        """Lend an agent."""
        idle = self._idle[as_root]
        agent = self._idle_agent(idle) or await self._new_agent(as_root=as_root)
        try:
            yield agent
        finally:
            if agent.usable and len(idle) < _MAX_IDLE_AGENTS and agent in self._agents:
                idle.append(agent)
            else:
                self._agents.discard(agent)
                agent.close()

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        """Make a socket in the sprite's network."""
        if self._pidfd < 0:
            raise EngineError("the sprite stopped")
        return await network.make_socket(self._pidfd, family)

    async def open_door(self) -> door.Door:
        """Open the door of the sprite's network."""
        if self._pidfd < 0:
            raise EngineError("the sprite stopped")
        return await network.inside(self._pidfd, door.open_door, door.Door.close)

    async def wall_up(self) -> None:
        """Make sure that the sprite's network has no door."""
        if self._pidfd < 0:
            raise EngineError("the sprite stopped")
        await network.inside(self._pidfd, doorway.wall_up, lambda _: None)

    async def show(self, checkpoints: Collection[str]) -> None:
        """Show these checkpoints and no others at `/.sprite/checkpoints`.

        Raises:
            EngineError: If that cannot be.
        """
        if self._pidfd < 0:
            raise EngineError("the sprite stopped")
        await showing.show(self._host, self._name, self.pid, self._pidfd, checkpoints)

    async def hide(self, checkpoint: str) -> None:
        """Show a checkpoint no more.

        Raises:
            EngineError: If that cannot be.
        """
        shown = showing.names(self.pid)
        if checkpoint in shown:
            await self.show([name for name in shown if name != checkpoint])

    def close(self) -> None:
        """Close all connections to a sprite that was stopped."""
        self.control.close()
        self.asker.close()
        for agent in self._agents:
            agent.close()
        self._agents.clear()
        for idle in self._idle.values():
            idle.clear()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1

    def _idle_agent(self, idle: list[AgentFiles]) -> AgentFiles | None:
        """Take an idle agent that is still alive."""
        while idle:
            agent = idle.pop()
            if agent.usable:
                return agent
            self._agents.discard(agent)
        return None

    async def _new_agent(self, *, as_root: bool) -> AgentFiles:
        if self.control.closed:
            raise EngineError("the sprite stopped")
        user = 0 if as_root else control.SPRITE_USER
        groups = self._host.groups.join_paths(self._name, "agents")
        request = {"cgroups": groups, "uid": user, "gid": user}
        agent = AgentFiles(self._host.helper.agent(request, self._pidfd))
        self._agents.add(agent)
        await agent.ready()
        return agent


def _connect(pid: int) -> Any:
    root = control.open_root(pid)
    try:
        return control.connect(root, pid)
    finally:
        os.close(root)
