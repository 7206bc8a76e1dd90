"""Pairs for connections that come in: a listener on this machine, and what it accepts.

As in `_concurrency`, `async_name` and `AsyncName` become `name` and `Name` in the sync world.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sprites_facade._later import Later

if TYPE_CHECKING:
    import asyncio
else:
    asyncio = Later("asyncio")

logger = logging.getLogger("sprites")

HOST = "127.0.0.1"
# A WebSocket that is about to be closed must not be kept by more than what it takes at once.
CHUNK = 32 * 1024
_BACKLOG = 100
# After a failure to accept, such as too many open files, which would go on at once.
_BREATHER = 0.5
# A socket that is closed with this tells the other side that what it got is not all.
_RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


class AsyncWorkers:
    """Work that goes on beside, and can be waited for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """Begin something that sees to its own failures."""
        task = asyncio.create_task(work(*args))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self, patience: float) -> None:
        """Wait until all has ended, and stop what takes longer."""
        tasks = self._tasks - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


class Workers:
    """Work that goes on beside, and can be waited for."""

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def start(self, work: Callable[..., None], *args: Any) -> None:
        """Begin something that sees to its own failures."""
        # A daemon: it may wait for a server that never answers, which must not keep a program
        # alive.
        thread = threading.Thread(
            target=self._run, args=(work, *args), name="sprites-proxy", daemon=True
        )
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def close(self, patience: float) -> None:
        """Wait until all has ended, but not longer than a thread may take that nothing stops."""
        deadline = time.monotonic() + patience
        with self._lock:
            threads = self._threads - {threading.current_thread()}
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, work: Callable[..., None], *args: Any) -> None:
        try:
            work(*args)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())


class AsyncLocalConnection:
    """A connection that came in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        # So that what was sent is with the system, and a close loses none of it.
        writer.transport.set_write_buffer_limits(high=0)

    async def receive(self) -> bytes:
        """Return what comes next; nothing at the end. OSError if it was reset."""
        return await self._reader.read(CHUNK)

    async def send(self, data: bytes) -> None:
        """Send, as fast as the other side takes it; OSError if it is gone."""
        self._writer.write(data)
        await self._writer.drain()

    def end(self) -> None:
        """Say that nothing more will be sent."""
        with suppress(OSError):  # the other side is gone
            self._writer.write_eof()

    def hang_up(self, *, reset: bool) -> None:
        """End the connection; whoever waits here wakes up."""
        if reset:
            with suppress(OSError):
                raw = self._writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._writer.transport.abort()
        else:
            self._writer.close()

    def drop(self) -> None:
        """Wake who waits for the other side to take something."""
        self.hang_up(reset=True)

    async def aclose(self) -> None:
        """Wait for the end after `hang_up`, when nobody waits here any more."""
        with suppress(OSError):  # how it ended does not matter any more
            await self._writer.wait_closed()


class LocalConnection:
    """A connection that came in."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def receive(self) -> bytes:
        """Return what comes next; nothing at the end. OSError if it was reset."""
        return self._connection.recv(CHUNK)

    def send(self, data: bytes) -> None:
        """Send, as fast as the other side takes it; OSError if it is gone."""
        self._connection.sendall(data)

    def end(self) -> None:
        """Say that nothing more will be sent."""
        with suppress(OSError):  # the other side is gone
            self._connection.shutdown(socket.SHUT_WR)

    def hang_up(self, *, reset: bool) -> None:
        """End the connection; whoever waits here wakes up."""
        with suppress(OSError):  # the other side is gone
            if reset:
                self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                # The other direction would be ended in an orderly way.
                self._connection.shutdown(socket.SHUT_RD)
            else:
                self._connection.shutdown(socket.SHUT_RDWR)

    def drop(self) -> None:
        """Wake who waits for the other side to take something."""
        with suppress(OSError):  # the other side is gone
            self._connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Give the socket back after `hang_up`, when nobody waits here any more."""
        self._connection.close()


class AsyncListener:
    """Listens on this machine only, and hands over each connection that comes in."""

    def __init__(self, server: asyncio.Server) -> None:
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]

    @classmethod
    async def open(cls, port: int, handle: Callable[[AsyncLocalConnection], None]) -> AsyncListener:
        """Begin to listen; OSError if the port is not free."""

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            handle(AsyncLocalConnection(reader, writer))

        return cls(await asyncio.start_server(accept, HOST, port, backlog=_BACKLOG))

    async def aclose(self) -> None:
        """Listen no more; connections that came in go on."""
        self._server.close()


class Listener:
    """Listens on this machine only, and hands over each connection that comes in."""

    def __init__(self, listener: socket.socket, handle: Callable[[LocalConnection], None]) -> None:
        self._listener = listener
        self._handle = handle
        self._bell, self._ringer = socket.socketpair()
        self.port: int = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="sprites-listener", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, port: int, handle: Callable[[LocalConnection], None]) -> Listener:
        """Begin to listen; OSError if the port is not free."""
        return cls(socket.create_server((HOST, port), backlog=_BACKLOG), handle)

    def close(self) -> None:
        """Listen no more; connections that came in go on."""
        with suppress(OSError):  # closed already
            self._ringer.send(b"x")
        self._thread.join()
        for part in (self._listener, self._bell, self._ringer):
            part.close()

    def _accept(self) -> None:
        self._listener.settimeout(0)
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._bell, selectors.EVENT_READ)
            while all(key.fileobj is not self._bell for key, _ in selector.select()):
                self._accept_one()

    def _accept_one(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return  # it is gone already
        except OSError as exc:
            logger.warning("a connection could not be accepted: %s", exc)
            time.sleep(_BREATHER)
            return
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._handle(LocalConnection(connection))
