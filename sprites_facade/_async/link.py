"""A command at the other end of a socket: its output, its input, its end."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sprites_facade._async.control import AsyncLane
from sprites_facade._core.commands import Encoder
from sprites_facade._core.errors import APIConnectionError, CommandError, SpritesError
from sprites_facade._core.exec_protocol import ERR, OUT, STDIN_CHUNK, ExecProtocol
from sprites_facade._core.output import OutputBuffer, Sink
from sprites_facade._duplex import (
    AsyncBackground,
    AsyncCondition,
    Deadline,
    ExpiredError,
    async_call,
    async_chunks,
    async_pause,
    async_regardless,
)

if TYPE_CHECKING:
    from sprites_facade._async.sockets import AsyncSocket

logger = logging.getLogger("sprites")

# How long to wait for the effect of one way to end a command before the next is tried.
_GRACE = 1.0
_INTRODUCTION = 5.0
# Those that the wire's message for signals knows; for others there is a request.
_BY_MESSAGE = frozenset(("INT", "TERM", "HUP", "KILL", "QUIT", "USR1", "USR2"))


def never() -> bool:
    """Be what is waited for by who waits for the end."""
    return False


class AsyncLink:
    """Whoever waits for something takes messages in; there is nobody else to do it.

    Args:
        socket: The connection; another transport of commands would be another one of these.
        protocol: What its messages mean.
        buffer: Where output is kept that has no sink.
        sinks: Where to put the output of a stream at once.
        post_signal: Sends a signal to a session by a request of its own.
        merge: Whether error output counts as output.
    """

    def __init__(
        self,
        socket: AsyncSocket | AsyncLane,
        protocol: ExecProtocol,
        buffer: OutputBuffer,
        *,
        sinks: Mapping[int, Sink],
        post_signal: Callable[[str, str], Awaitable[object]],
        merge: bool = False,
    ) -> None:
        self.protocol = protocol
        self.buffer = buffer
        self.ended = False
        self.muted = False
        self.input_open = True
        self.fed = False
        self._socket = socket
        self._sinks = sinks
        self._post = post_signal
        self._merge = merge
        self._fault: BaseException | None = None
        self._changed = AsyncCondition()
        self._busy = False
        self._doubtful = False
        self._feeder: AsyncBackground | None = None

    async def __aenter__(self) -> Self:
        """Return the link itself."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.end()

    async def end(self) -> None:
        """End the command, if it has not ended, and close; what it still writes is dropped."""
        if not self.closed:
            self.muted = True
            await async_regardless(self.put_down)

    @property
    def closed(self) -> bool:
        """Whether the connection is closed, at the end or before."""
        return self._socket.closed

    async def until(self, ready: Callable[[], bool], deadline: Deadline) -> None:
        """Take messages in until something is the case, or the command has ended.

        Raises:
            ExpiredError: If the deadline comes first.
            APIConnectionError: If the connection ended before the exit status came.
        """
        while await self._my_turn(ready, deadline):
            try:
                await self._take_in(deadline.left())
            finally:
                await self._done()
        if self._fault is not None and not ready():
            raise self._fault

    async def send(self, data: bytes) -> None:
        """Send input, in as many messages as it takes."""
        for start in range(0, len(data), STDIN_CHUNK):
            if self.ended or not self.input_open:
                raise BrokenPipeError("the command does not read its input any more")
            await self._socket.send(self.protocol.stdin(data[start : start + STDIN_CHUNK]))

    async def end_input(self) -> None:
        """Tell the command that there is no more input."""
        if self.input_open and not self.ended:
            self.input_open = False
            await self._socket.send(self.protocol.stdin_end())

    async def no_input(self) -> None:
        """Tell the command that there is no input; servers differ in what they take for granted."""
        try:
            if not self.protocol.tty:
                await self.end_input()
        except APIConnectionError:
            logger.debug("the command ended before it was told that there is no input")
        self.input_open = False

    def feed(self, source: Any, encoding: str) -> None:
        """Send what a source holds, and then the end, while output is taken in."""
        self.fed = True
        self._feeder = AsyncBackground(self._feed, source, encoding)

    async def signal(self, name: str) -> None:
        """Send a signal to the command, unless it has ended."""
        if self.ended:
            return
        if "signal" in self._socket.capabilities and name in _BY_MESSAGE:
            try:
                # Input that the command does not read would be in the way for ever.
                await self._socket.send(self.protocol.signal(name), _GRACE)
            except (ExpiredError, APIConnectionError):
                await self._request_signal(name)
        else:
            await self._request_signal(name)

    async def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        await self._socket.send(self.protocol.resize(columns, rows))

    async def put_down(self) -> None:
        """End the command, in one way or the other, and close; a failure of that is logged."""
        self._doubtful = True
        try:
            await self.signal("KILL")
            if not await self._ends_soon():
                await self._request_signal("KILL")
                await self._ends_soon()
        except (SpritesError, OSError) as exc:
            logger.warning("a command may be running still: %s", exc)
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the connection; the command may go on."""
        if self._feeder is not None:
            await self._feeder.aclose()
        await self._socket.aclose()

    async def _my_turn(self, ready: Callable[[], bool], deadline: Deadline) -> bool:
        """Wait while another takes messages in, and tell whether it is on the caller to do so."""
        async with self._changed:
            while not (ready() or self.ended):
                if not self._busy:
                    self._busy = True
                    return True
                await async_pause(self._changed, deadline.left())
        return False

    async def _done(self) -> None:
        async with self._changed:
            self._busy = False
            self._changed.notify_all()

    async def _take_in(self, timeout: float | None) -> None:
        message = await self._socket.receive(timeout)
        if message is None:
            await self._end(self.protocol.broken_off(self._socket.ending, path=self._socket.path))
            return
        try:
            output = self.protocol.receive(message)
        except SpritesError as exc:
            await self._end(exc)
            return
        if output is not None:
            await self._deliver(*output)
        if self.protocol.returncode is not None:
            await self._end(None)

    async def _deliver(self, stream: int, data: bytes, *, final: bool = False) -> None:
        stream = OUT if self._merge else stream
        sink = self._sinks.get(stream)
        if sink is None:
            self.buffer.put(stream, data, final=final)
        elif not self.muted:
            piece = sink.pieces(data, final=final)
            while piece:
                taken = await async_call(sink.function, piece)
                piece = sink.rest(piece, taken)

    async def _end(self, fault: SpritesError | None) -> None:
        self._fault = self._fault or fault
        self.ended = True
        clean = False
        try:
            for stream in (OUT, ERR):
                await self._deliver(stream, b"", final=True)
            clean = self._fault is None and self._feeder is None and not self._doubtful
        finally:
            await (self._socket.release() if clean else self.aclose())

    async def _feed(self, source: Any, encoding: str) -> None:
        try:
            encoder = Encoder(encoding)
            async with aclosing(async_chunks(source, STDIN_CHUNK)) as pieces:
                async for piece in pieces:
                    await self.send(encoder.encode(piece))
            await self.end_input()
        except (APIConnectionError, BrokenPipeError):
            # Who reads learns how the command ended, or that the connection broke.
            logger.debug("the command ended before it read all of its input")
        except Exception as exc:  # noqa: BLE001 - a source is the user's, who is told
            await self._give_up_on(exc)

    async def _give_up_on(self, exc: Exception) -> None:
        """Let who reads raise what the source of the input raised, and end the command."""
        self._fault = exc
        try:
            await self.end_input()
            await self.signal("KILL")
        except (SpritesError, OSError) as failure:
            logger.warning("a command may be running still: %s", failure)
        finally:
            await self._socket.aclose()

    async def _request_signal(self, name: str) -> None:
        if self.protocol.session is None:
            with suppress(ExpiredError):
                await self.until(lambda: self.protocol.session is not None, Deadline(_INTRODUCTION))
        found = self.protocol.session
        if found is not None and found.id is not None:
            await self._post(found.id, name)
        elif not self.ended:
            raise CommandError("the signal cannot be sent: the server did not name the session")

    async def _ends_soon(self) -> bool:
        try:
            await self.until(never, Deadline(_GRACE))
        except ExpiredError:
            return False
        return True
