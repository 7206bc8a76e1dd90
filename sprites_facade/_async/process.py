"""A command that runs in a sprite."""

from __future__ import annotations

import warnings
from types import TracebackType
from typing import Any, AnyStr, Generic, Self, cast

from sprites_facade._async.link import AsyncLink, never
from sprites_facade._async.pipes import AsyncOutputReader, AsyncStdin
from sprites_facade._core.commands import Words, seconds, signal_name, window
from sprites_facade._core.errors import CommandTimeoutError, ConfigurationError
from sprites_facade._core.exec_protocol import ERR, OUT
from sprites_facade._core.output import Codec, Output
from sprites_facade._duplex import Deadline, ExpiredError

# So that a command that never stops talking cannot keep `poll` from returning.
_ENOUGH_FOR_A_LOOK = 1000


class AsyncProcess(Generic[AnyStr]):
    """A command that runs in a sprite; iterate over it for its output in the order of arrival.

    Use it as a context manager: at the end of the block a command that runs still is killed.
    Without one, close it, or the connection stays open; Python warns of it then.

    Output is taken in while somebody reads or waits. What is taken in and has neither a sink nor
    a reader is kept in memory until it is read.
    """

    def __init__(
        self,
        link: AsyncLink,
        codec: Codec,
        args: Words | None,
        *,
        stdin: bool,
        readable: frozenset[int],
    ) -> None:
        self._link = link
        self._codec = codec
        self._args = args
        self._readable = readable
        self._stdin = AsyncStdin(link, codec) if stdin else None
        self._stdout: AsyncOutputReader[AnyStr] | None = self._reader(OUT)
        self._stderr: AsyncOutputReader[AnyStr] | None = self._reader(ERR)

    def __repr__(self) -> str:
        code = self.returncode
        state = "running" if code is None else f"exited with {code}"
        return f"<{type(self).__name__} {self.session_id or '?'}, {state}>"

    def __del__(self) -> None:
        link = getattr(self, "_link", None)  # an option may have been refused before
        if link is not None and not link.closed:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)

    @property
    def args(self) -> Words | None:
        """The command as it was given; None if this was attached to one that ran already."""
        return self._args

    @property
    def session_id(self) -> str | None:
        """What to attach to; None if the server named no session."""
        found = self._link.protocol.session
        return found.id if found is not None else None

    @property
    def tty(self) -> bool:
        """Whether the command has a terminal."""
        return bool(self._link.protocol.tty)

    @property
    def returncode(self) -> int | None:
        """The exit status, once it was taken in; 128 and its number after a signal."""
        return self._link.protocol.returncode

    @property
    def stdin(self) -> AsyncStdin | None:
        """The command's input; None if it was given a source, or nothing to read."""
        return self._stdin

    @property
    def stdout(self) -> AsyncOutputReader[AnyStr] | None:
        """The command's output, and all of a terminal's; None if it goes elsewhere."""
        return self._stdout

    @property
    def stderr(self) -> AsyncOutputReader[AnyStr] | None:
        """The command's error output; None if it goes elsewhere."""
        return self._stderr

    async def __aenter__(self) -> Self:
        """Return the process itself."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        """Return the process itself, which yields `Output` until the command has ended."""
        return self

    async def __anext__(self) -> Output[AnyStr]:
        buffer = self._link.buffer
        await self._link.until(lambda: bool(buffer), Deadline(None))
        found = buffer.take()
        if found is None:
            raise StopAsyncIteration
        return found

    async def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit status; output without a reader is kept.

        Args:
            timeout: How many seconds to wait; the command goes on afterwards.

        Raises:
            CommandTimeoutError: If it has not ended in time.
            APIConnectionError: If the connection ended before the exit status came.
        """
        await self._finish(Deadline(seconds(timeout, "timeout")), timeout)
        return self._code()

    async def poll(self) -> int | None:
        """Return the exit status, or None if it is not known to have ended; never waits."""
        for _ in range(_ENOUGH_FOR_A_LOOK):
            try:
                await self._link.until(self._heard_more(), Deadline(0))
            except ExpiredError:
                break
            if self._link.ended:
                break
        return self.returncode

    async def communicate(
        self, input: str | bytes | None = None, timeout: float | None = None
    ) -> tuple[AnyStr, AnyStr]:
        """Send input and its end, wait for the end, and return output and error output.

        What goes to a sink, or was read already, is not in what is returned.

        Args:
            input: What the command reads from its standard input.
            timeout: How many seconds to wait; the command goes on afterwards, and calling again
                loses nothing.

        Raises:
            CommandTimeoutError: If it has not ended in time; it carries the output so far.
            APIConnectionError: If the connection ended before the exit status came.
        """
        deadline = Deadline(seconds(timeout, "timeout"))
        await self._hand_over(input)
        await self._finish(deadline, timeout)
        buffer = self._link.buffer
        return buffer.take_all(OUT), buffer.take_all(ERR)

    async def send_signal(self, signal: int | str) -> None:
        """Send a signal, such as `signal.SIGINT` or `"INT"`; nothing if the command has ended."""
        await self._link.signal(signal_name(signal))

    async def terminate(self) -> None:
        """Ask the command to end, with SIGTERM."""
        await self.send_signal("TERM")

    async def kill(self) -> None:
        """End the command, with SIGKILL."""
        await self.send_signal("KILL")

    async def resize(self, columns: int, rows: int) -> None:
        """Change the size of the command's terminal."""
        size = window((columns, rows))
        if not self.tty:
            raise ConfigurationError("the command has no terminal")
        if not self._link.ended:
            await self._link.resize(*size)

    async def aclose(self) -> None:
        """Kill the command if it runs still, and hang up; as the end of a `with` block."""
        await self._link.end()

    async def detach(self) -> None:
        """Hang up and leave the command alone.

        One with a terminal runs on, and so does one without for the time that
        `max_run_after_disconnect` gave it, 10 seconds by default; `attach` finds it.
        """
        await self._link.aclose()

    async def _hand_over(self, data: str | bytes | None) -> None:
        if data is not None:
            if self._stdin is None or self._link.fed or self._stdin.closed:
                raise ConfigurationError("the command has no input, or was given it already")
            self._link.feed([self._stdin._encode(data)], "utf-8")
        elif self._stdin is not None and not self._link.fed:
            await self._link.end_input()

    async def _finish(self, deadline: Deadline, timeout: float | None) -> None:
        try:
            await self._link.until(never, deadline)
        except ExpiredError:
            raise CommandTimeoutError(
                f"the command is running still after {timeout:g} s",
                timeout=timeout,
                stdout=self._so_far(OUT),
                stderr=self._so_far(ERR),
            ) from None

    def _so_far(self, stream: int) -> Any:
        """Return what was captured, and None if it was not."""
        return self._link.buffer.look(stream) if stream in self._readable else None

    def _code(self) -> int:
        return cast(int, self.returncode)  # the end without one is an error

    def _reader(self, stream: int) -> AsyncOutputReader[AnyStr] | None:
        if stream not in self._readable:
            return None
        return AsyncOutputReader(self._link, stream, self._codec)

    def _heard_more(self) -> Any:
        before = self._link.protocol.heard
        return lambda: self._link.protocol.heard > before
