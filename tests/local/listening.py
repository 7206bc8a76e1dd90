"""Programs for sprites that listen, and looking at what a server holds."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

if TYPE_CHECKING:
    from sprites_facade.testing import LocalServer
    from tests.local.conftest import Api

_LISTEN = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
listener = socket.create_server((sys.argv[1], 0), family=family)
print("port", listener.getsockname()[1], flush=True)
"""
ECHO = """
while True:
    connection, _ = listener.accept()
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)
"""


def until(api: Api, holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Ask the server for something until a condition holds, within bounds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not become so in time"
        api.http.get("/v1/sprites")


@contextlib.contextmanager
def listening(
    api: Api, name: str, script: str = ECHO, address: str = "127.0.0.1"
) -> Iterator[tuple[int, ClientConnection]]:
    """Run a program that listens in a sprite; its port and the socket of its command."""
    words = [("cmd", word) for word in ("python3", "-c", f"{_LISTEN}\n{script}", address)]
    with api.socket(name, params=[*words, ("stdin", "true")]) as command:
        port = 0
        while not port:
            frame = command.recv(timeout=20)
            if isinstance(frame, bytes):
                assert frame[:6] == b"\x01port ", frame
                port = int(frame[6:])
        try:
            yield port, command
        finally:
            with contextlib.suppress(ConnectionClosed):
                command.send('{"type":"signal","signal":"KILL"}')
            closed(command)


class Held:
    """What the server's process has open now."""

    def __init__(self, server: LocalServer) -> None:
        running = server._running
        assert running is not None
        self._pid = running._process.pid

    def descriptors(self) -> dict[str, int]:
        """Count descriptors by kind; the rest comes and goes by itself."""
        kinds = {"socket": 0, "inotify": 0}
        for link in Path(f"/proc/{self._pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(link)  # noqa: PTH115 - not a path
                for kind in kinds:
                    kinds[kind] += kind in target
        return kinds

    def no_more_than(self, before: dict[str, int]) -> bool:
        """Tell whether nothing was added; what an earlier test had open may be gone since."""
        return all(count <= before[kind] for kind, count in self.descriptors().items())


def closed(client: ClientConnection) -> tuple[int | None, str | None]:
    """Read to the end; the code and the reason."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            client.recv(timeout=15)
    return client.close_code, client.close_reason
