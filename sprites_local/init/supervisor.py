"""PID 1's stand-in where there are no namespaces: starts a sprite's commands and guards them.

It speaks PID 1's protocol over a socket that it is born with. When the server says so, and when
that server is gone and no other one came in time, everything that was started here is killed. On
Linux that includes processes that left their session and their parents; elsewhere it is the
commands' process groups.

Nobody can do that for a supervisor that is killed. So it notes what it starts, for the next server.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import time
from typing import Any, Final, NoReturn

from sprites_local import linux, processes
from sprites_local.init import commands, pid1, started
from sprites_local.init.succession import POLL, Succession

_TIMEOUT: Final = 10.0
_POLL: Final = 0.002
_ADOPTS: Final = sys.platform.startswith("linux")
"""Whether orphans become our children."""
_DESCRIPTORS: Final = 4


class Supervisor(pid1.Init):
    """An init for one server after the other."""

    def __init__(self, succession: Succession, notes: started.Notes) -> None:
        """Guard a sprite whose server is still to be welcomed."""
        super().__init__()
        self.succession = succession
        self.notes = notes
        self.pause = contextlib.ExitStack()
        self.received: list[int] = []

    def run(self) -> NoReturn:
        """Serve until the sprite has to end."""
        while True:
            for fd, events in self.poller.poll(None if self.peers else POLL * 1000):
                try:
                    self.dispatch(fd, events)
                except Exception:  # noqa: BLE001 - if we end, the sprite is without a guardian
                    self.abandon(fd)
            if not self.peers and self.succession.is_over():
                self.finish()

    def drop(self, peer: pid1.Peer) -> None:
        """Close the connection, and let a next server come."""
        super().drop(peer)
        if self.peers or self.listener is not None:
            return
        self.pause.close()  # what the server had stopped
        if not self.succession.begin():
            self.finish()
        self.listener = self.succession.listener
        self.poller.register(self.listener.fileno(), select.POLLIN)

    def accept(self, listener: socket.socket) -> None:
        """Take the connection of a next server."""
        server = self.succession.accept()
        if server is not None:
            self.poller.unregister(listener.fileno())
            self.listener = None
            self.welcome(server)

    def receive(self, peer: pid1.Peer) -> bytes:
        """Read from the server, which gives us its lock as it comes."""
        data, descriptors, _, _ = socket.recv_fds(peer.sock, 1 << 16, _DESCRIPTORS)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)  # noqa: FBT003 - the standard library's signature
        self.received += descriptors
        return data

    def perform(self, operation: Any, request: dict[str, Any]) -> pid1.Answer:
        """Carry out a request; some are a guardian's only."""
        match operation:
            case "adopt":
                self.succession.take_up(self.received.pop(0), float(request["seconds"]))
                return {"pid": os.getpid()}, []
            case "pause":
                return {"still": self.pause.enter_context(processes.paused(os.getpid()))}, []
            case "resume":
                self.pause.close()
                return {}, []
            case "end":
                self.finish()
        return super().perform(operation, request)

    def tell_started(self, peer: pid1.Peer, number: Any, session: commands.Session) -> None:
        """Note that a command runs, then say so."""
        running = [one.pid for one in self.sessions.values() if one.code is None]
        self.notes.write(running)
        super().tell_started(peer, number, session)

    def finish(self) -> NoReturn:
        """Leave nothing of the sprite."""
        self.end()
        os._exit(0)

    def end(self) -> None:
        """Kill everything that was started; it may start more while we do."""
        deadline = time.monotonic() + _TIMEOUT
        while time.monotonic() < deadline:
            for pid in self.victims():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            if self.alone():
                return
            time.sleep(_POLL)

    def victims(self) -> list[int]:
        """Name what to kill: processes, or groups as negative numbers."""
        if _ADOPTS:
            return [task.pid for task in processes.descendants(os.getpid())]
        return [-session.pid for session in self.sessions.values()]

    def alone(self) -> bool:
        """Reap; tell whether no child is left."""
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        return False


def main() -> None:
    """Run: `supervisor <socket> <listener> <file> <lock> <seconds> <notes>`."""
    if _ADOPTS:
        linux.become_subreaper()
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Not ignored, because commands would inherit that.
        signal.signal(number, lambda *_: None)
    server, listener, file, lock = map(int, sys.argv[1:5])
    succession = Succession(listener, file, lock, float(sys.argv[5]), os.geteuid())
    supervisor = Supervisor(succession, started.Notes(sys.argv[6]))
    os.set_inheritable(server, False)  # noqa: FBT003 - the standard library's signature
    supervisor.welcome(socket.socket(fileno=server))
    supervisor.run()
