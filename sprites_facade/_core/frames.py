"""The answer of a command that is run over HTTP: frames whose only bounds are HTTP chunks."""

from __future__ import annotations

from sprites_facade._core.errors import StreamFormatError, StreamTruncatedError
from sprites_facade._core.text import clip

STDOUT, STDERR, EXIT = 1, 2, 3


class OneShotOutput:
    """Collects the output and the exit code from pieces of the body.

    A frame is a byte that tells the stream, and data without a length: where a frame ends is
    known only from the chunk it came in. An HTTP client never joins two chunks, but it may hand
    out a long one in pieces. So a piece that begins with another byte than 1 to 3 continues the
    frame before it. This is exact for text. Binary output may hold such a byte just where a chunk
    was cut; then it is taken for a frame's first, which no client can tell.

    The exit frame is two bytes and the last; it is never made up: without it the outcome is
    unknown, and that is an error.
    """

    def __init__(self) -> None:
        self._parts: dict[int, list[bytes]] = {STDOUT: [], STDERR: []}
        self._stream: int | None = None
        self._exit = b""
        self._count = 0

    def feed(self, piece: bytes) -> None:
        """Take a piece as the HTTP client handed it out."""
        if len(self._exit) == len(piece) == 1:  # even these two bytes may come one by one
            piece, self._exit = self._exit + piece, b""
        if self._exit:  # it was not the last, so it was no exit frame
            self._continue(self._exit)
            self._exit = b""
        if len(piece) <= 2 and piece[:1] == bytes((EXIT,)):
            self._exit = piece
        elif piece and piece[0] in self._parts:
            self._stream = piece[0]
            self._parts[self._stream].append(piece[1:])
        elif piece:
            self._continue(piece)
        self._count += len(piece)

    @property
    def stdout(self) -> bytes:
        """The standard output so far."""
        return b"".join(self._parts[STDOUT])

    @property
    def stderr(self) -> bytes:
        """The standard error so far."""
        return b"".join(self._parts[STDERR])

    def close(self) -> int:
        """Return the exit code; to be called at the end of the body.

        Raises:
            StreamTruncatedError: If the body ended without an exit frame.
        """
        frame = self._exit or self._merged_exit()
        if len(frame) != 2:
            raise StreamTruncatedError(
                "the output ended without an exit code, so the outcome of the command is unknown"
            )
        return frame[1]

    def _continue(self, piece: bytes) -> None:
        if self._stream is None:
            raise StreamFormatError(
                "the answer holds no frames of a command's output",
                line=1,
                offset=self._count,
                sample=clip(repr(piece[:40]), 80),
            )
        self._parts[self._stream].append(piece)

    def _merged_exit(self) -> bytes:
        """Take the exit frame from the end of the last piece, where a proxy merged the two."""
        parts = self._parts[self._stream] if self._stream is not None else []
        if not parts or parts[-1][-2:-1] != bytes((EXIT,)):
            return b""
        found = parts[-1][-2:]
        parts[-1] = parts[-1][:-2]
        return found
