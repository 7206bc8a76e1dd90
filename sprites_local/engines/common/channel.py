"""Messages with descriptors over a local socket, for asyncio.

What comes from inside a sprite is untrusted: sizes are bounded, surprises end the connection.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from sprites_local.engines.base import EngineError
from sprites_local.init import frames

_MAX_PENDING: Final = 1000
_LATER: Final = 0.02
"""Seconds that a message without hurry waits for another one to go with."""
Message = dict[str, Any]


class Channel:
    """One connection; `on_message` owns the descriptors it is given."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        on_message: Callable[[Message, list[int]], None],
        on_close: Callable[[], None],
        max_size: int,
    ) -> None:
        sock.setblocking(False)  # noqa: FBT003
        self._sock = sock
        self._on_message = on_message
        self._on_close = on_close
        self._decoder = frames.Decoder(max_size)
        self._queue: list[tuple[bytes, list[int]]] = []
        self._later: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable)
        self.closed = False

    def send(self, message: Message, *descriptors: int) -> None:
        """Queue a message with copies of descriptors."""
        if self.closed:
            raise EngineError("the sprite stopped")
        copies = [os.dup(fd) for fd in descriptors]
        data = b"".join([*self._later, frames.encode(message, len(copies))])
        self._later.clear()
        self._queue.append((data, copies))
        self._flush()

    def send_later(self, message: Message) -> None:
        """Queue a message that goes with the next one, or after a moment."""
        self._later.append(frames.encode(message))
        if self._timer is None:
            self._timer = self._loop.call_later(_LATER, self._send_rest)

    def close(self) -> None:
        """Close the connection; `on_close` is called once."""
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        self._sock.close()
        self._decoder.close()
        for _, copies in self._queue:
            frames.close_all(copies)
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._on_close()

    def _send_rest(self) -> None:
        self._timer = None
        if self._later:
            self._queue.append((b"".join(self._later), []))
            self._later.clear()
            self._flush()

    def _readable(self) -> None:
        try:
            alive = self._decoder.receive(self._sock)
            while not self.closed and (message := self._decoder.next()) is not None:
                self._on_message(*message)
            if not alive:
                self.close()
        except BlockingIOError:
            return
        except (OSError, frames.FrameError):
            self.close()

    def _flush(self) -> None:
        try:
            while self._queue:
                data, copies = self._queue[0]
                if copies:
                    sent = socket.send_fds(self._sock, [data], copies)
                else:
                    sent = self._sock.send(data)
                frames.close_all(copies)
                self._queue[0] = (data[sent:], [])
                if sent == len(data):
                    del self._queue[0]
        except BlockingIOError:
            if len(self._queue) > _MAX_PENDING:
                self.close()
            else:
                self._loop.add_writer(self._sock, self._flush)
            return
        except OSError:
            self.close()
            return
        self._loop.remove_writer(self._sock)


class Caller:
    """Requests and answers over a channel, matched by number; other messages are events.

    The connection can be given up for a while and exchanged for another one. Requests made
    meanwhile wait.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        on_event: Callable[[Message], None],
        on_close: Callable[[], None],
        max_size: int,
    ) -> None:
        self._waiting: dict[int, asyncio.Future[tuple[Message, list[int]]]] = {}
        self._number = 0
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        self._on_close = on_close
        self._max_size = max_size
        self._kept: list[Message] = []
        self._idle = asyncio.Event()
        self._open = asyncio.Event()
        self._channel = self._connected(sock)
        self._idle.set()
        self._open.set()

    @property
    def closed(self) -> bool:
        """Whether the connection is gone for good."""
        return self._open.is_set() and self._channel.closed

    async def call(
        self, request: Message, seconds: float, *descriptors: int
    ) -> tuple[Message, list[int]]:
        """Send a request with copies of descriptors and wait for its answer.

        The descriptors that come with the answer are the caller's.
        """
        await self._open.wait()
        return await self._call(request, seconds, *descriptors)

    def tell(self, request: Message, *, hurry: bool = True) -> None:
        """Send a request whose answer does not matter, if there still is a connection.

        Without `hurry` it goes with the next request, or after a moment: sending wakes the other
        side, which may have better to do.
        """
        if not self._open.is_set():
            self._kept.append(request)
        elif not self._channel.closed:
            send = self._channel.send if hurry else self._channel.send_later
            send({**request, "seq": 0})

    async def pause(self, seconds: float) -> None:
        """Wait for all answers, then close the connection at both ends.

        Raises:
            EngineError: If the answers take too long; the connection then stays as it was.
        """
        self._open.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except BaseException as error:
            self._reopen()
            if isinstance(error, TimeoutError):
                raise EngineError("the sprite's init is busy") from None
            raise
        if not self._channel.closed:
            self._channel.send({"op": "bye", "seq": 0})
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        self._channel.close()

    async def resume(
        self, sock: socket.socket | None, greeting: Message, seconds: float
    ) -> tuple[Message, list[int]]:
        """Go on with a new connection, `greeting` first; with None, the peer is gone for good."""
        try:
            if sock is not None:
                self._channel = self._connected(sock)
            return await self._call(greeting, seconds)
        except BaseException:
            self._channel.close()
            raise
        finally:
            self._reopen()

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def _connected(self, sock: socket.socket) -> Channel:
        self._gone = asyncio.Event()
        return Channel(
            sock, on_message=self._received, on_close=self._closed, max_size=self._max_size
        )

    def _reopen(self) -> None:
        self._open.set()
        kept, self._kept = self._kept, []
        if self._channel.closed:
            self._on_close()
        for request in kept:
            self.tell(request)

    async def _call(
        self, request: Message, seconds: float, *descriptors: int
    ) -> tuple[Message, list[int]]:
        self._number += 1
        number = self._number
        future: asyncio.Future[tuple[Message, list[int]]] = self._loop.create_future()
        self._waiting[number] = future
        self._idle.clear()
        try:
            self._channel.send({**request, "seq": number}, *descriptors)
            async with asyncio.timeout(seconds):
                return await future
        except TimeoutError:
            raise EngineError("the sprite's init did not answer in time") from None
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                frames.close_all(future.result()[1])
            raise
        finally:
            self._waiting.pop(number, None)
            if not self._waiting:
                self._idle.set()

    def _received(self, message: Message, descriptors: list[int]) -> None:
        if "event" in message:
            frames.close_all(descriptors)
            self._on_event(message)
            return
        number = message.get("seq")
        future = self._waiting.pop(number, None) if isinstance(number, int) else None
        if future is None or future.done():
            frames.close_all(descriptors)
        else:
            future.set_result((message, descriptors))

    def _closed(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(EngineError("the sprite stopped"))
        self._waiting.clear()
        self._gone.set()
        if self._open.is_set():
            self._on_close()
