# Written by scripts/unasync.py from sprites_facade/_async/link.py. Do not edit.
"""A command at the other end of a socket: its output, its input, its end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sprites_facade._core.commands import Encoder
from sprites_facade._core.errors import APIConnectionError, CommandError, SpritesError
from sprites_facade._core.exec_protocol import ERR, OUT, STDIN_CHUNK, ExecProtocol
from sprites_facade._core.output import OutputBuffer, Sink
from sprites_facade._duplex import (
    Background,
    Condition,
    Deadline,
    ExpiredError,
    call,
    chunks,
    pause,
    regardless,
)
from sprites_facade._sync.control import Lane

if TYPE_CHECKING:
    from sprites_facade._sync.sockets import Socket

logger = logging.getLogger("sprites")

# How long to wait for the effect of one way to end a command before the next is tried.
_GRACE = 1.0
_INTRODUCTION = 5.0
# Those that the wire's message for signals knows; for others there is a request.
_BY_MESSAGE = frozenset(("INT", "TERM", "HUP", "KILL", "QUIT", "USR1", "USR2"))


def never() -> bool:
    """Be what is waited for by who waits for the end."""
    return False


class Link:
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
        socket: Socket | Lane,
        protocol: ExecProtocol,
        buffer: OutputBuffer,
        *,
        sinks: Mapping[int, Sink],
        post_signal: Callable[[str, str], object],
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
        self._changed = Condition()
        self._busy = False
        self._doubtful = False
        self._feeder: Background | None = None

    def __enter__(self) -> Self:
        """Return the link itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """End the command, if it has not ended, and close; what it still writes is dropped."""
        if not self.closed:
            self.muted = True
            regardless(self.put_down)

    @property
    def closed(self) -> bool:
        """Whether the connection is closed, at the end or before."""
        return self._socket.closed

    def until(self, ready: Callable[[], bool], deadline: Deadline) -> None:
        """Take messages in until something is the case, or the command has ended.

        Raises:
            ExpiredError: If the deadline comes first.
            APIConnectionError: If the connection ended before the exit status came.
        """
        while self._my_turn(ready, deadline):
            try:
                self._take_in(deadline.left())
            finally:
                self._done()
        if self._fault is not None and not ready():
            raise self._fault

    def send(self, data: bytes) -> None:
        """Send input, in as many messages as it takes."""
        for start in range(0, len(data), STDIN_CHUNK):
            if self.ended or not self.input_open:
                raise BrokenPipeError("the command does not read its input any more")
            self._socket.send(self.protocol.stdin(data[start : start + STDIN_CHUNK]))

    def end_input(self) -> None:
        """Tell the command that there is no more input."""
        if self.input_open and not self.ended:
            self.input_open = False
            self._socket.send(self.protocol.stdin_end())

    def no_input(self) -> None:
        """Tell the command that there is no input; servers differ in what they take for granted."""
        try:
            if not self.protocol.tty:
                self.end_input()
        except APIConnectionError:
            logger.debug("the command ended before it was told that there is no input")
        self.input_open = False

    def feed(self, source: Any, encoding: str) -> None:
        """Send what a source holds, and then the end, while output is taken in."""
        self.fed = True
        self._feeder = Background(self._feed, source, encoding)

    def signal(self, name: str) -> None:
        """Send a signal to the command, unless it has ended."""
        if self.ended:
            return
        if "signal" in self._socket.capabilities and name in _BY_MESSAGE:
            try:
                # Input that the command does not read would be in the way for ever.
                self._socket.send(self.protocol.signal(name), _GRACE)
            except (ExpiredError, APIConnectionError):
                self._request_signal(name)
        else:
            self._request_signal(name)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        self._socket.send(self.protocol.resize(columns, rows))

    def put_down(self) -> None:
        """End the command, in one way or the other, and close; a failure of that is logged."""
        self._doubtful = True
        try:
            self.signal("KILL")
            if not self._ends_soon():
                self._request_signal("KILL")
                self._ends_soon()
        except (SpritesError, OSError) as exc:
            logger.warning("a command may be running still: %s", exc)
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection; the command may go on."""
        if self._feeder is not None:
            self._feeder.close()
        self._socket.close()

    def _my_turn(self, ready: Callable[[], bool], deadline: Deadline) -> bool:
        """Wait while another takes messages in, and tell whether it is on the caller to do so."""
        with self._changed:
            while not (ready() or self.ended):
                if not self._busy:
                    self._busy = True
                    return True
                pause(self._changed, deadline.left())
        return False

    def _done(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()

    def _take_in(self, timeout: float | None) -> None:
        message = self._socket.receive(timeout)
        if message is None:
            self._end(self.protocol.broken_off(self._socket.ending, path=self._socket.path))
            return
        try:
            output = self.protocol.receive(message)
        except SpritesError as exc:
            self._end(exc)
            return
        if output is not None:
            self._deliver(*output)
        if self.protocol.returncode is not None:
            self._end(None)

    def _deliver(self, stream: int, data: bytes, *, final: bool = False) -> None:
        stream = OUT if self._merge else stream
        sink = self._sinks.get(stream)
        if sink is None:
            self.buffer.put(stream, data, final=final)
        elif not self.muted:
            piece = sink.pieces(data, final=final)
            while piece:
                taken = call(sink.function, piece)
                piece = sink.rest(piece, taken)

    def _end(self, fault: SpritesError | None) -> None:
        self._fault = self._fault or fault
        self.ended = True
        clean = False
        try:
            for stream in (OUT, ERR):
                self._deliver(stream, b"", final=True)
            clean = self._fault is None and self._feeder is None and not self._doubtful
        finally:
            (self._socket.release() if clean else self.close())

    def _feed(self, source: Any, encoding: str) -> None:
        try:
            encoder = Encoder(encoding)
            with closing(chunks(source, STDIN_CHUNK)) as pieces:
                for piece in pieces:
                    self.send(encoder.encode(piece))
            self.end_input()
        except (APIConnectionError, BrokenPipeError):
            # Who reads learns how the command ended, or that the connection broke.
            logger.debug("the command ended before it read all of its input")
        except Exception as exc:  # noqa: BLE001 - a source is the user's, who is told
            self._give_up_on(exc)

    def _give_up_on(self, exc: Exception) -> None:
        """Let who reads raise what the source of the input raised, and end the command."""
        self._fault = exc
        try:
            self.end_input()
            self.signal("KILL")
        except (SpritesError, OSError) as failure:
            logger.warning("a command may be running still: %s", failure)
        finally:
            self._socket.close()

    def _request_signal(self, name: str) -> None:
        if self.protocol.session is None:
            with suppress(ExpiredError):
                self.until(lambda: self.protocol.session is not None, Deadline(_INTRODUCTION))
        found = self.protocol.session
        if found is not None and found.id is not None:
            self._post(found.id, name)
        elif not self.ended:
            raise CommandError("the signal cannot be sent: the server did not name the session")

    def _ends_soon(self) -> bool:
        try:
            self.until(never, Deadline(_GRACE))
        except ExpiredError:
            return False
        return True
