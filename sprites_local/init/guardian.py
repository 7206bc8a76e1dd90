"""The launcher once its sprite is booted: works for one server after the other, ends the sprite.

It ends the sprite when its server says so, and when that server is gone and no other one came in
time. It ends itself with the sprite, and the sprite ends with it: the kernel sees to that.
"""

from __future__ import annotations

import errno
import select
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any, Final

from sprites_local import processes
from sprites_local.init import frames
from sprites_local.init.succession import POLL, Succession

_MAX_REQUEST: Final = 1 << 12
Operation = Callable[[frames.Connection, dict[str, Any]], None]


class Guardian:
    """The sprite's PID 1, the server's connection, and what is done for a server."""

    def __init__(
        self,
        pid: int,
        pidfd: int,
        proc: int,
        succession: Succession,
        operations: Mapping[str, Operation],
    ) -> None:
        """Guard a sprite that is booted, or will soon be.

        Args:
            pid: Its PID 1, in our counting.
            pidfd: The same.
            proc: The machine's /proc: the sprite's root has become ours by now.
            succession: What is done when the server is gone.
            operations: What else a server may ask for, by name; they answer themselves.
        """
        self._pid = pid
        self._pidfd = pidfd
        self._proc = proc
        self._succession = succession
        self._operations = operations
        self._pause = ExitStack()

    def run(self, server: socket.socket) -> None:
        """Work until the sprite is gone, or has to go; leave nothing of it."""
        connection: socket.socket | None = server
        while connection is not None and self._serve(connection):
            connection.close()
            self._pause.close()  # what the server had stopped
            connection = self._wait()
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _serve(self, sock: socket.socket) -> bool:
        """Answer requests; True if the server went without a word, False if all is over."""
        poller = select.poll()
        poller.register(sock, select.POLLIN)
        poller.register(self._pidfd, select.POLLIN)
        server, requests = frames.Connection(sock), frames.Decoder(_MAX_REQUEST)
        try:
            while [fd for fd, _ in poller.poll()] == [sock.fileno()]:
                if not requests.receive(sock):
                    return True
                while (message := requests.next()) is not None:
                    if message[0]["op"] == "end":
                        return False
                    self._answer(server, *message)
        except (OSError, frames.FrameError):
            return True
        finally:
            requests.close()
        return False

    def _answer(
        self, server: frames.Connection, request: dict[str, Any], descriptors: list[int]
    ) -> None:
        number = request["seq"]
        match request["op"]:
            case "adopt":
                self._succession.take_up(descriptors[0], float(request["seconds"]))
                server.send({"seq": number, "pid": self._pid}, self._pidfd)
            case "pause":
                still = self._pause.enter_context(processes.paused(self._pid, self._proc))
                server.send({"seq": number, "still": still})
            case "resume":
                self._pause.close()
                server.send({"seq": number})
            case name if name in self._operations:
                self._operations[name](server, request)
            case _:  # of a later version's server, that has adopted us
                server.send({"seq": number, "errno": errno.EINVAL})

    def _wait(self) -> socket.socket | None:
        """Wait for a next server; None if the sprite is gone, or none came."""
        if not self._succession.begin():
            return None
        listener = self._succession.listener.fileno()
        poller = select.poll()
        poller.register(listener, select.POLLIN)
        poller.register(self._pidfd, select.POLLIN)
        while True:
            ready = [fd for fd, _ in poller.poll(POLL * 1000)]
            if self._pidfd in ready:
                return None
            if ready and (server := self._succession.accept()) is not None:
                return server
            if self._succession.is_over():
                return None
