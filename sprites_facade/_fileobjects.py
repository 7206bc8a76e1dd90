"""Pairs for file objects: in the sync world they are those of `io`.

As in `_concurrency`, `AsyncName` and `async_name` become `Name` and `name` in the sync world.
"""

from __future__ import annotations

import codecs
import io
import re
import warnings
from types import TracebackType
from typing import Any, Protocol, Self

_MARKED = frozenset(("utf-16", "utf-32"))


class AsyncBinaryBase:
    """What the file objects for bytes have in common."""

    _closed = False

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    async def aclose(self) -> None:
        """Close it."""
        self._closed = True

    async def discard(self) -> None:
        """Close it after a failure."""
        await self.aclose()

    def readable(self) -> bool:
        """Tell whether it can be read."""
        return False

    def writable(self) -> bool:
        """Tell whether it can be written."""
        return False

    def seekable(self) -> bool:
        """Tell whether it can be read from any place on."""
        return False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await (self.aclose() if exc is None else self.discard())

    def __del__(self) -> None:
        _warn(self, closed=self._closed)


class BinaryBase(io.BufferedIOBase):
    """What the file objects for bytes have in common."""

    @property
    def name(self) -> str:
        """The path of the file in the sprite."""
        return ""

    def discard(self) -> None:
        """Close it after a failure."""
        self.close()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is None:
            self.close()
        else:
            self.discard()

    def __del__(self) -> None:
        # The one of `io` closes, and closing a file that was written replaces the remote one.
        _warn(self, closed=self.closed)


class AsyncBinary(Protocol):
    """What a text file needs of the file object for bytes below it."""

    @property
    def closed(self) -> bool: ...
    async def read1(self, size: int = -1, /) -> bytes: ...
    async def write(self, data: bytes, /) -> int: ...
    async def aclose(self) -> None: ...
    async def discard(self) -> None: ...


class AsyncTextFile:
    """A file of text; it reads and writes as the text files of `io` do, to be awaited."""

    def __init__(
        self,
        buffer: Any,
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
    ) -> None:
        self._buffer: AsyncBinary = buffer
        self.encoding = encoding
        self.errors = errors
        self._newline = newline
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        self._decoder = (
            decoder if newline else io.IncrementalNewlineDecoder(decoder, newline is None, errors)
        )
        self._encoder = codecs.getincrementalencoder(encoding)(errors)
        ends = {None: "\n", "": "\r\n|\r|\n"}.get(newline, newline or "")
        self._end = re.compile(ends)
        self._text = ""
        self._at = 0
        self._ended = False

    @property
    def buffer(self) -> Any:
        """The file object for bytes below."""
        return self._buffer

    @property
    def name(self) -> str:
        """The path of the file in the sprite."""
        return str(getattr(self._buffer, "name", ""))

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._buffer.closed

    async def read(self, size: int | None = -1, /) -> str:
        """Return so many characters, or fewer at the end of the file; all of the rest for -1."""
        wanted = -1 if size is None else size
        pieces: list[str] = []
        while wanted and (self._at < len(self._text) or await self._more()):
            piece = self._take(len(self._text) if wanted < 0 else self._at + wanted)
            wanted -= len(piece) if wanted > 0 else 0
            pieces.append(piece)
        return "".join(pieces)

    async def readline(self) -> str:
        """Return the next line with its end; an empty text at the end of the file."""
        pieces: list[str] = []
        searched = ""
        while self._at < len(self._text) or await self._more():
            # An end of two characters may lie on both sides of a cut.
            overlap = searched[-1:] if len(self._newline or "") == 2 else ""
            match = self._end.search(overlap + self._text[self._at :])
            if match is not None:
                return "".join([*pieces, self._take(self._at + match.end() - len(overlap))])
            searched = self._take(len(self._text))
            pieces.append(searched)
        return "".join(pieces)

    async def write(self, text: str, /) -> int:
        """Write a text and return how many characters it has."""
        ended = text.replace("\n", self._newline) if self._newline else text
        await self._buffer.write(self._encoder.encode(ended))
        return len(text)

    async def aclose(self) -> None:
        """Close it; what was written becomes the file."""
        await self._buffer.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await (self._buffer.aclose() if exc is None else self._buffer.discard())

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line

    def _take(self, end: int) -> str:
        piece = self._text[self._at : end]
        self._at += len(piece)
        return piece

    async def _more(self) -> bool:
        """Decode more of the file; tell whether there was any."""
        self._text, self._at = "", 0
        while not self._text and not self._ended:
            data = await self._buffer.read1()
            self._ended = not data
            self._text = self._decoder.decode(data, final=self._ended)
        return bool(self._text)


class TextFile(io.TextIOWrapper):
    """A file of text, as `open` gives it."""

    _mark = b""

    def __init__(
        self,
        buffer: BinaryBase,
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
    ) -> None:
        super().__init__(buffer, encoding, errors, newline)
        if buffer.writable() and codecs.lookup(encoding).name in _MARKED:
            # `io` forgets it in files that cannot be moved about in.
            self._mark = codecs.getincrementalencoder(encoding)(errors).encode("")

    def write(self, text: str, /) -> int:
        """Write a text and return how many characters it has."""
        if self._mark:
            self.buffer.write(self._mark)
            self._mark = b""
        return super().write(text)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is not None and isinstance(self.buffer, BinaryBase):
            self.buffer.discard()
        self.close()

    def __del__(self) -> None:
        """Leave the buffer alone, which sees to itself; the one of `io` would close it."""


def _warn(file: object, *, closed: bool) -> None:
    if not closed:
        warnings.warn(f"unclosed file {file!r}", ResourceWarning, stacklevel=3, source=file)
