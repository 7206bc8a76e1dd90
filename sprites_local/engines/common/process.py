"""A command in a sprite, read and written through its own pipes or terminal.

The pipes are the command's: nothing copies in between, a slow reader slows the command down. Its
output ends when both outputs are closed. When the command has exited and somebody it left behind
keeps them open, everything written before the exit is delivered, then what follows until there is
silence for `QUIET`, for `LINGER` at the longest: as with a shell, the exit counts, not the
stragglers.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import stat
import struct
import termios
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Final

from sprites_local.engines.base import EngineError
from sprites_local.engines.common.channel import Caller
from sprites_local.init import frames

QUIET: Final = 0.1
LINGER: Final = 1.0
CHUNK: Final = 1 << 16
STDOUT, STDERR = 1, 2
_END_OF_INPUT: Final = b"\x04"
_TIMEOUT: Final = 10.0
_KILLED: Final = 137


class Command:
    """One started command; implements `base.Process`."""

    def __init__(
        self,
        key: str,
        pid: int,
        ends: dict[str, int],
        init: Caller,
        *,
        reading: asyncio.Event,
    ) -> None:
        """Take the host's ends of a command's streams.

        Args:
            key: What the init calls it.
            pid: Its number inside the sprite.
            ends: Descriptors by name.
            init: The connection to the init.
            reading: Cleared while output must stay where it is, so that a checkpoint has it.
        """
        self._reading = reading
        self.pid = pid
        self.key = key
        self.note = ""
        self._ends: dict[str, int] = {}
        self._init = init
        self._loop = asyncio.get_running_loop()
        self._exited = asyncio.Event()
        self._code: int | None = None
        self._read_out = False
        self._reader: _Reader | None = None
        self._writing = asyncio.Lock()
        for name, fd in ends.items():
            _check_kind(name, fd)
            os.set_blocking(fd, False)
        self._ends = ends

    @property
    def returncode(self) -> int | None:
        """The exit code, None while it runs."""
        return self._code

    def ended(self, code: int = _KILLED) -> None:
        """Take note of the exit; called by the control connection."""
        if self._code is None:
            self._code = code
            self._exited.set()
            if self._reader is not None:
                self._reader.wake()
            self._forget_if_done()

    async def stdout(self) -> AsyncIterator[tuple[int, bytes]]:
        """Yield output in arrival order; see the module's text for where it ends."""
        sources = {
            self._ends.pop(name): number
            for name, number in (("stdout", STDOUT), ("stderr", STDERR))
            if name in self._ends
        }
        if "terminal" in self._ends:
            sources[os.dup(self._ends["terminal"])] = STDOUT
        reader = self._reader = _Reader(sources, self._exited, self._reading)
        try:
            async for item in reader.items():
                yield item
        finally:
            reader.close()
            self._read_out = True
            self._forget_if_done()

    async def write(self, data: bytes) -> None:
        """Write to standard input; what the reader did not want is dropped."""
        async with self._writing:
            await self._write(data)
        self._forget_if_done()

    async def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view and (fd := self._input()) is not None:
            try:
                view = view[os.write(fd, view) :]
            except BlockingIOError:
                if not await self._writable(fd):
                    return
            except OSError as error:
                if error.errno not in {errno.EPIPE, errno.EIO, errno.EBADF}:
                    raise
                return

    async def close_stdin(self) -> None:
        """End standard input; on a terminal, type the end-of-file character."""
        if "terminal" in self._ends:
            await self.write(_END_OF_INPUT)
            return
        async with self._writing:
            fd = self._ends.pop("stdin", None)
            if fd is not None:
                os.close(fd)
                self._init.tell({"op": "close_stdin", "id": self.key})

    async def wait(self) -> int:
        """Wait for the exit."""
        await self._exited.wait()
        if self._code is None:
            raise EngineError("the command ended without a code")
        return self._code

    async def signal(self, number: int) -> None:
        """Signal the process group."""
        if self._code is None and not self._init.closed:
            request = {"op": "kill", "id": self.key, "signal": number}
            _, descriptors = await self._init.call(request, _TIMEOUT)
            frames.close_all(descriptors)

    async def resize(self, rows: int, cols: int) -> None:
        """Set the terminal's size."""
        if "terminal" in self._ends:
            with suppress(OSError):
                termios.tcsetwinsize(self._ends["terminal"], (rows, cols))

    def terminal_size(self) -> tuple[int, int] | None:
        """Return the terminal's size."""
        if "terminal" in self._ends:
            with suppress(OSError):
                return termios.tcgetwinsize(self._ends["terminal"])
        return None

    def __del__(self) -> None:
        # A command that nobody holds any more runs on; only our ends go.
        for fd in self._ends.values():
            os.close(fd)

    def _input(self) -> int | None:
        return self._ends.get("terminal", self._ends.get("stdin"))

    async def _writable(self, fd: int) -> bool:
        """Wait until input can be taken; False when the command is gone."""
        ready = asyncio.Event()
        self._loop.add_writer(fd, ready.set)
        waiters = {asyncio.ensure_future(e.wait()) for e in (ready, self._exited)}
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._loop.remove_writer(fd)
            for waiter in waiters:
                waiter.cancel()
        return ready.is_set()

    def _forget_if_done(self) -> None:
        """Once nothing more can come, let the sprite's init close its ends too."""
        if self._read_out and self._code is not None and not self._writing.locked():
            frames.close_all([*self._ends.values()])
            self._ends.clear()
            self._init.tell({"op": "forget", "id": self.key}, hurry=False)


class _Reader:
    """Reads several descriptors as they become readable."""

    def __init__(
        self, sources: dict[int, int], exited: asyncio.Event, reading: asyncio.Event
    ) -> None:
        self._sources = sources
        self._reading = reading
        self._exited = exited
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[bool] | None = None
        self._deadline: float | None = None
        self._owed: dict[int, int] = {}

    async def items(self) -> AsyncIterator[tuple[int, bytes]]:
        while self._sources:
            if not self._exited.is_set():
                await self._reading.wait()
            self._note_exit()
            progress = False
            for fd in list(self._sources):
                if not (self._reading.is_set() or self._exited.is_set()):
                    break
                data = self._read(fd)
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
        for fd in self._sources:
            os.close(fd)
        self._sources.clear()

    def _read(self, fd: int) -> bytes | None:
        """Read what is there; None when there is nothing now, or nothing will come any more."""
        try:
            data = os.read(fd, CHUNK)
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


def _check_kind(name: str, fd: int) -> None:
    """Accept pipes and terminals from a sprite's init, nothing else."""
    mode = os.fstat(fd).st_mode
    if not (stat.S_ISCHR(mode) and os.isatty(fd) if name == "terminal" else stat.S_ISFIFO(mode)):
        raise EngineError("the sprite's init answered with a descriptor of the wrong kind")
