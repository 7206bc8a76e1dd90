"""PID 1's stand-in where there are no namespaces: starts a sprite's commands, outlives none.

It speaks PID 1's protocol over a socket that it is born with. When the server closes the socket,
or dies, everything that was started here is killed. On Linux that includes processes that left
their session and their parents; elsewhere it is the commands' process groups.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from typing import Final

from sprites_local import linux, processes
from sprites_local.init import pid1

_TIMEOUT: Final = 10.0
_POLL: Final = 0.002
_ADOPTS: Final = sys.platform.startswith("linux")
"""Whether orphans become our children."""


class Supervisor(pid1.Init):
    """An init for one connection."""

    def drop(self, peer: pid1.Peer) -> None:
        """Close the connection, and with it the sprite."""
        super().drop(peer)
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
    """Run a supervisor: `supervisor <socket>`; further inherited descriptors stay open."""
    if _ADOPTS:
        linux.become_subreaper()
    for number in (signal.SIGTERM, signal.SIGHUP):
        # Not ignored, because commands would inherit that.
        signal.signal(number, lambda *_: None)
    supervisor = Supervisor()
    supervisor.welcome(socket.socket(fileno=int(sys.argv[1])))
    supervisor.run()
