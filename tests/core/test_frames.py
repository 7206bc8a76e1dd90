"""The output of a command over HTTP, however the network cuts it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade._core.errors import StreamFormatError, StreamTruncatedError
from sprites_facade._core.frames import OneShotOutput

# Text as commands write it; only bytes 1 to 3 could be taken for a frame's first.
TEXT = st.binary(min_size=1).map(lambda data: bytes(byte | 8 for byte in data))
FRAMES = st.lists(st.tuples(st.sampled_from([1, 2]), TEXT))


@st.composite
def cut(draw: st.DrawFn) -> tuple[list[tuple[int, bytes]], int, list[bytes]]:
    """Return frames, an exit code, and the pieces in which an HTTP client may hand them out."""
    frames = draw(FRAMES)
    code = draw(st.integers(0, 255))
    pieces: list[bytes] = []
    for chunk in [*(bytes([stream]) + data for stream, data in frames), bytes([3, code])]:
        cuts = sorted(draw(st.sets(st.integers(2, max(2, len(chunk) - 1)), max_size=3)))
        edges = [0, *(at for at in cuts if at < len(chunk)), len(chunk)]
        pieces += [chunk[begin:end] for begin, end in pairwise(edges)]
    return frames, code, pieces


@given(cut())
def test_pieces_give_back_what_was_written(
    case: tuple[list[tuple[int, bytes]], int, list[bytes]],
) -> None:
    """For all texts and all ways of cutting each chunk, the outputs and the code are exact."""
    frames, code, pieces = case
    output = OneShotOutput()
    for piece in pieces:
        output.feed(piece)
    assert output.close() == code
    assert output.stdout == b"".join(data for stream, data in frames if stream == 1)
    assert output.stderr == b"".join(data for stream, data in frames if stream == 2)


@given(FRAMES)
def test_no_exit_frame_is_no_exit_code(frames: list[tuple[int, bytes]]) -> None:
    """Whatever was written, a code is never made up."""
    output = OneShotOutput()
    for stream, data in frames:
        output.feed(bytes([stream]) + data)
    with pytest.raises(StreamTruncatedError):
        output.close()


@given(st.lists(st.binary()))
def test_any_pieces_give_a_code_or_a_typed_error(pieces: list[bytes]) -> None:
    """Whatever a server sends."""
    output = OneShotOutput()
    try:
        for piece in pieces:
            output.feed(piece)
        code = output.close()
    except (StreamFormatError, StreamTruncatedError):
        return
    assert 0 <= code <= 255


def test_two_bytes_that_look_like_an_exit_are_output_if_more_follows() -> None:
    """The exit frame is the last."""
    output = OneShotOutput()
    for piece in (b"\x01a", b"\x03\x04", b"\x01b", b"\x03\x00"):
        output.feed(piece)
    assert (output.close(), output.stdout) == (0, b"a\x03\x04b")


def test_a_split_exit_frame_is_one() -> None:
    """Even the first byte may come alone."""
    output = OneShotOutput()
    for piece in (b"\x03", b"\x09"):
        output.feed(piece)
    assert output.close() == 9


def test_what_is_no_frame_is_refused_with_a_sample() -> None:
    """A page of a proxy says so by itself."""
    with pytest.raises(StreamFormatError) as caught:
        OneShotOutput().feed(b"<html>")
    assert "<html>" in caught.value.sample
