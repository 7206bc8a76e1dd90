"""A command in a sprite, read and written through its own pipes or terminal.

The pipes are the command's: nothing copies in between, a slow reader slows the command down. Its
output ends when both outputs are closed. When the command has exited and somebody it left behind
keeps them open, everything written before the exit is delivered, then what follows until there is
silence for `output.QUIET`, for `output.LINGER` at the longest: as with a shell, the exit counts,
not the stragglers.
"""

from __future__ import annotations

import asyncio
import errno
import os
import termios
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Final

from sprites_local.engines.base import EngineError
from sprites_local.engines.common import streams
from sprites_local.engines.common.channel import Caller
from sprites_local.engines.common.output import Reader
from sprites_local.init import frames

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
            ends: Descriptors by name; see `streams.own`.
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
        self._reader: Reader | None = None
        self._writing = asyncio.Lock()
        self._typist: streams.Patient | None = None
        self._ends = streams.own(ends)

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
        patient = None
        if "terminal" in self._ends:
            sources[os.dup(self._ends["terminal"])] = STDOUT
            patient = streams.Patient(self._ends["terminal"])
        reader = self._reader = Reader(sources, self._exited, self._reading, patient)
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
                view = view[await self._put(fd, view) :]
            except BlockingIOError:
                if not await self._writable(fd):
                    return
            except OSError as error:
                if error.errno not in {errno.EPIPE, errno.EIO, errno.EBADF}:
                    raise
                return

    async def _put(self, fd: int, data: memoryview) -> int:
        """Write what there is room for; what a terminal does not take until the exit is dropped."""
        if "terminal" not in self._ends:
            return os.write(fd, data)
        if self._typist is None:
            self._typist = streams.Patient(fd)
        try:
            return int(await self._typist.run(partial(_write, data), self._exited, 0))
        except TimeoutError:
            return len(data)

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
        self._let_go()

    def _let_go(self) -> None:
        # Once: its output may end after it, and the numbers are somebody else's then.
        ends, self._ends = self._ends, {}
        frames.close_all([*ends.values()])
        if self._typist is not None:
            self._typist.close()
            self._typist = None

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
            self._let_go()
            self._init.tell({"op": "forget", "id": self.key}, hurry=False)


def _write(data: memoryview, fd: int) -> int:
    return os.write(fd, data)
