# Written by scripts/unasync.py from sprites_facade/_async/pipes.py. Do not edit.
"""The ends of a command's pipes on this side."""

from __future__ import annotations

from types import TracebackType
from typing import Any, AnyStr, Generic, Self

from sprites_facade._core.commands import encoded
from sprites_facade._core.errors import APIConnectionError
from sprites_facade._core.output import Codec
from sprites_facade._duplex import Deadline
from sprites_facade._sync.link import Link

_LAST_WORDS = 1.0


class Stdin:
    """The standard input of a command."""

    def __init__(self, link: Link, codec: Codec) -> None:
        self._link = link
        self._encoding = codec.encoding or "utf-8"

    @property
    def closed(self) -> bool:
        """Whether nothing more can be written."""
        return not self._link.input_open

    def write(self, data: str | bytes) -> int:
        """Send input, as fast as the command reads it; text is encoded.

        Returns:
            The length of the data.

        Raises:
            BrokenPipeError: If the command has ended.
            APIConnectionError: If the connection broke.
            ValueError: If it is closed.
        """
        if self.closed:
            raise ValueError("write to closed input")
        try:
            self._link.send(encoded(data, self._encoding))
        except APIConnectionError as exc:
            if self._has_ended():
                raise BrokenPipeError("the command does not read its input any more") from exc
            raise
        return len(data)

    def close(self) -> None:
        """Send the end of the input; what a terminal makes of it is its own business."""
        self._link.end_input()

    def __enter__(self) -> Self:
        """Return the input itself, to be closed at the end of the block."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _has_ended(self) -> bool:
        """Tell whether the exit status is among the last messages that came."""
        self._link.until(lambda: self._link.ended, Deadline(_LAST_WORDS))
        return self._link.protocol.returncode is not None


class OutputReader(Generic[AnyStr]):
    """One stream of a command's output, to be read like a file.

    What the other stream brings meanwhile is kept until somebody reads it.
    """

    def __init__(self, link: Link, stream: int, codec: Codec) -> None:
        self._link = link
        self._stream = stream
        self._head: Any = codec.empty
        self._newline: Any = "\n" if codec.encoding else b"\n"

    def read(self, size: int = -1) -> AnyStr:
        """Return so many characters or bytes, less only at the end; all that comes if negative."""
        pieces, count = [self._head], len(self._head)
        try:
            while (size < 0 or count < size) and (piece := self._piece()):
                pieces.append(piece)
                count += len(piece)
        finally:
            self._head = self._head[:0].join(pieces)
        found: AnyStr = self._cut(count if size < 0 else size)
        return found

    def readline(self) -> AnyStr:
        """Return the next line with its end; the last one may have none; nothing at the end."""
        pieces = [self._head]
        try:
            while self._newline not in pieces[-1] and (piece := self._piece()):
                pieces.append(piece)
        finally:
            self._head = self._head[:0].join(pieces)
        end = self._head.find(self._newline)
        found: AnyStr = self._cut(len(self._head) if end < 0 else end + 1)
        return found

    def __iter__(self) -> Self:
        """Return the reader itself, which yields lines."""
        return self

    def __next__(self) -> AnyStr:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _cut(self, size: int) -> Any:
        found, self._head = self._head[:size], self._head[size:]
        return found

    def _piece(self) -> Any:
        buffer = self._link.buffer
        self._link.until(lambda: buffer.has(self._stream), Deadline(None))
        return buffer.take_from(self._stream)
