"""The ends of a command's pipes on this side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, AnyStr, Generic, Self

from sprites_facade._async.link import AsyncLink
from sprites_facade._core.commands import Encoder
from sprites_facade._core.errors import APIConnectionError
from sprites_facade._core.output import Codec
from sprites_facade._duplex import Deadline

_LAST_WORDS = 1.0


class AsyncStdin:
    """The standard input of a command."""

    def __init__(self, link: AsyncLink, codec: Codec) -> None:
        self._link = link
        self._encoder = Encoder(codec.encoding or "utf-8")

    @property
    def closed(self) -> bool:
        """Whether nothing more can be written."""
        return not self._link.input_open

    async def write(self, data: str | bytes) -> int:
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
            await self._link.send(self._encode(data))
        except APIConnectionError as exc:
            if await self._has_ended():
                raise BrokenPipeError("the command does not read its input any more") from exc
            raise
        return len(data)

    def _encode(self, data: str | bytes) -> bytes:
        """Return bytes as `write` sends them."""
        return self._encoder.encode(data)

    async def writelines(self, lines: Iterable[str] | Iterable[bytes]) -> None:
        """Write one after the other; no ends of lines are added."""
        for line in lines:
            await self.write(line)

    async def flush(self) -> None:
        """Do nothing: what was written is on its way."""

    async def aclose(self) -> None:
        """Send the end of the input; what a terminal makes of it is its own business."""
        await self._link.end_input()

    async def __aenter__(self) -> Self:
        """Return the input itself, to be closed at the end of the block."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _has_ended(self) -> bool:
        """Tell whether the exit status is among the last messages that came."""
        await self._link.until(lambda: self._link.ended, Deadline(_LAST_WORDS))
        return self._link.protocol.returncode is not None


class AsyncOutputReader(Generic[AnyStr]):
    """One stream of a command's output, to be read like a file.

    What the other stream brings meanwhile is kept until somebody reads it.
    """

    def __init__(self, link: AsyncLink, stream: int, codec: Codec) -> None:
        self._link = link
        self._stream = stream
        self._empty: Any = codec.empty
        self._newline: Any = "\n" if codec.encoding else b"\n"

    async def read(self, size: int = -1) -> AnyStr:
        """Return so many characters or bytes, less only at the end; all that comes if negative."""
        count = 0

        def enough(piece: Any) -> int:
            nonlocal count
            count += len(piece)
            return len(piece) - (count - size) if 0 <= size <= count else -1

        found: AnyStr = await self._up_to(enough) if size else self._empty
        return found

    async def readline(self) -> AnyStr:
        """Return the next line with its end; the last one may have none; nothing at the end."""
        found: AnyStr = await self._up_to(lambda piece: piece.find(self._newline) + 1 or -1)
        return found

    async def readlines(self) -> list[AnyStr]:
        """Return all lines that are still to come."""
        lines: list[AnyStr] = []
        while line := await self.readline():
            lines.append(line)
        return lines

    def __aiter__(self) -> Self:
        """Return the reader itself, which yields lines."""
        return self

    async def __anext__(self) -> AnyStr:
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line

    async def _up_to(self, end: Callable[[Any], int]) -> Any:
        """Take pieces until one has an end, and leave the rest of it where others find it.

        Args:
            end: Tells how much of a piece to take as the last of it; negative for all, and more.
        """
        pieces: list[Any] = []
        buffer = self._link.buffer
        try:
            while piece := await self._piece():
                pieces.append(piece)
                if (length := end(piece)) >= 0:
                    pieces[-1] = piece[:length]
                    buffer.put_back(self._stream, piece[length:])
                    break
        except BaseException:
            buffer.put_back(self._stream, self._empty.join(pieces))
            raise
        return self._empty.join(pieces)

    async def _piece(self) -> Any:
        buffer = self._link.buffer
        await self._link.until(lambda: buffer.has(self._stream), Deadline(None))
        return buffer.take_from(self._stream)
