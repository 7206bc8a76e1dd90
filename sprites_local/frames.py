"""The frames in which a command's output and end travel."""

from __future__ import annotations

from collections.abc import Iterator

from sprites_local.outputs import Output

STDIN, STDOUT, STDERR, EXIT, STDIN_END = 0, 1, 2, 3, 4

FRAME_LIMIT = 64 << 10
"""The largest frame, its first byte included; a client may refuse larger ones."""


def output_frames(output: Output, *, prefix: bool = True) -> Iterator[bytes]:
    """Cut output into frames; a terminal's have no first byte that names the stream."""
    head = bytes([output.stream]) if prefix else b""
    step = FRAME_LIMIT - len(head)
    for start in range(0, len(output.data), step):
        yield head + output.data[start : start + step]


def exit_frame(code: int) -> bytes:
    """Write the frame that ends a command without a terminal."""
    return bytes([EXIT, code & 0xFF])
