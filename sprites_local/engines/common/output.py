"""Reading what a command writes, as it comes, until it ends; see `process` for when that is."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import struct
import termios
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from sprites_local.engines.common import streams
from sprites_local.turns import Turns

QUIET: Final = 0.1
LINGER: Final = 1.0
CHUNK: Final = 1 << 16


class Reader:
    """Reads several descriptors as they become readable."""

    def __init__(
        self,
        sources: dict[int, int],
        exited: asyncio.Event,
        reading: asyncio.Event,
        patient: streams.Patient | None,
    ) -> None:
        """Set up.

        Args:
            sources: The number of the stream of each descriptor; they are closed at its end.
            exited: Set when the command has ended.
            reading: Cleared while nothing may be read.
            patient: Who reads, if it is a terminal.
        """
        self._sources = sources
        self._patient = patient
        self._reading = reading
        self._exited = exited
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[bool] | None = None
        self._deadline: float | None = None
        self._owed: dict[int, int] = {}

    async def items(self) -> AsyncIterator[tuple[int, bytes]]:
        """Yield the numbers of streams, and what came from them."""
        turns = Turns()
        while self._sources:
            await turns.took()
            if not self._exited.is_set():
                await self._reading.wait()
            self._note_exit()
            progress = False
            for fd in list(self._sources):
                if not (self._reading.is_set() or self._exited.is_set()):
                    break
                data = await self._read(fd)
                if data:
                    progress = True
                    yield self._sources[fd], data
            if self._over():
                return
            if not progress and self._sources and not await self._wait():
                return

    def wake(self, *, by_time: bool = False) -> None:
        """End the wait for output, because there is some, the exit came, or the time is up."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(not by_time)

    def _note_exit(self) -> None:
        """Once the command has exited, remember what was in the pipes: that much is its own."""
        if self._deadline is None and self._exited.is_set():
            self._deadline = self._loop.time() + LINGER
            self._owed = {fd: _available(fd) for fd in self._sources}

    def _over(self) -> bool:
        """Tell whether enough was waited for stragglers, with the command's own output read."""
        if self._deadline is None or self._loop.time() < self._deadline:
            return False
        return all(self._owed[fd] <= 0 for fd in self._sources)

    def close(self) -> None:
        """Read no more."""
        for fd in self._sources:
            os.close(fd)
        self._sources.clear()
        if self._patient is not None:
            self._patient.close()

    async def _read(self, fd: int) -> bytes | None:
        """Read what is there; None when there is nothing now, or nothing will come any more."""
        try:
            data = await self._take(fd)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno != errno.EIO:  # how a terminal says that its line was closed
                raise
            data = b""
        if fd in self._owed:
            self._owed[fd] -= len(data)
        if not data:
            del self._sources[fd]
            os.close(fd)
        return data

    async def _take(self, fd: int) -> bytes:
        if self._patient is None:
            return os.read(fd, CHUNK)
        if not streams.is_readable(fd):
            raise BlockingIOError
        try:
            return bytes(await self._patient.run(_read, self._exited, LINGER))
        except TimeoutError:  # somebody took it away before we could read it
            return b""

    async def _wait(self) -> bool:
        """Wait for output or the exit; after the exit for `QUIET` only. False: nothing came."""
        if self._exited.is_set() and self._deadline is None:
            return True
        self._waiter = self._loop.create_future()
        for fd in self._sources:
            self._loop.add_reader(fd, self.wake)
        timer = None
        if self._deadline is not None:
            timer = self._loop.call_later(QUIET, partial(self.wake, by_time=True))
        try:
            return await self._waiter
        finally:
            for fd in self._sources:
                self._loop.remove_reader(fd)
            if timer is not None:
                timer.cancel()


def _available(fd: int) -> int:
    """Return how many bytes a pipe holds; a terminal cannot say."""
    try:
        (count,) = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))
    except OSError:
        return 0
    return int(count)


def _read(fd: int) -> bytes:
    return os.read(fd, CHUNK)
