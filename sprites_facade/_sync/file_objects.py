# Written by scripts/unasync.py from sprites_facade/_async/file_objects.py. Do not edit.
"""Files of a sprite as file objects for bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Self

from sprites_facade._fileobjects import BinaryBase
from sprites_facade._sync.file_content import Content
from sprites_facade._sync.file_replacement import Replacement

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class FileReader(BinaryBase):
    """A file that is read while it comes; where the server has ranges, from any place on."""

    mode = "rb"

    def __init__(self, content: Content) -> None:
        super().__init__()
        self._content = content
        self._piece = b""
        self._at = 0

    def __repr__(self) -> str:
        return f"<file {self.name!r}, mode 'rb'>"

    @property
    def name(self) -> str:
        """The path of the file in the sprite."""
        return str(self._content.path)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read from any place on."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return so many bytes, or fewer at the end of the file; all of the rest for -1."""
        wanted = -1 if size is None else size
        pieces: list[bytes] = []
        while wanted and (piece := self.read1(wanted)):
            wanted -= len(piece) if wanted > 0 else 0
            pieces.append(piece)
        return b"".join(pieces)

    def read1(self, size: int = -1, /) -> bytes:
        """Return what comes next, at most so many bytes; nothing at the end of the file."""
        if size == 0 or not self._fill():
            return b""
        return self._take(len(self._piece) if size < 0 else self._at + size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line with its end; nothing at the end of the file."""
        left = -1 if size is None else size
        pieces: list[bytes] = []
        while left and self._fill():
            end = self._piece.find(b"\n", self._at) + 1
            stop = end or len(self._piece)
            piece = self._take(stop if left < 0 else min(stop, self._at + left))
            pieces.append(piece)
            if piece.endswith(b"\n"):
                break
            left -= len(piece) if left > 0 else 0
        return b"".join(pieces)

    def tell(self) -> int:
        """Return where the next byte comes from."""
        return self._content.offset - len(self._piece) + self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go on elsewhere: from the beginning, from here, or from the end."""
        self._check()
        if whence == io.SEEK_CUR:
            offset += self.tell()
        elif whence == io.SEEK_END:
            if self._content.size is None:
                raise io.UnsupportedOperation("the server does not tell where the file ends")
            offset += self._content.size
        elif whence != io.SEEK_SET:
            raise ValueError(f"whence is 0, 1 or 2, not {whence}")
        if offset < 0:
            raise ValueError(f"there is nothing before the beginning: {offset}")
        ahead = self._at + offset - self.tell()
        if 0 <= ahead <= len(self._piece):
            self._at = ahead
        else:
            self._piece, self._at = b"", 0
            self._content.seek(offset)
        return offset

    def close(self) -> None:
        """Close the connection."""
        self._content.close()
        super().close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _fill(self) -> bool:
        """See to it that there is something to take; tell whether there is."""
        self._check()
        if self._at >= len(self._piece):
            self._piece, self._at = self._content.piece() or b"", 0
        return bool(self._piece)

    def _take(self, end: int) -> bytes:
        piece = self._piece[self._at : end]
        self._at += len(piece)
        return piece

    def _check(self) -> None:
        if self.closed:
            raise ValueError("the file is closed")


class FileWriter(BinaryBase):
    """A file that is written; closing it puts all of it in place at once.

    If the block of a `with` ends with an exception, or `discard` is called, the file stays as it
    was.
    """

    mode = "wb"

    def __init__(self, replacement: Replacement) -> None:
        super().__init__()
        self._replacement = replacement

    def __repr__(self) -> str:
        return f"<file {self.name!r}, mode 'wb'>"

    @property
    def name(self) -> str:
        """The path of the file in the sprite."""
        return str(self._replacement.path)

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._replacement.size

    def write(self, data: ReadableBuffer, /) -> int:
        """Write bytes and return how many; some are kept here, and none are in place yet."""
        if self.closed:
            raise ValueError("the file is closed")
        view = memoryview(data).cast("B")
        self._replacement.add(view)
        return len(view)

    def close(self) -> None:
        """Put what was written in place."""
        if not self.closed:
            try:
                self._replacement.finish()
            finally:
                super().close()

    def discard(self) -> None:
        """Forget what was written."""
        if not self.closed:
            try:
                self._replacement.abandon()
            finally:
                super().close()
