"""The async text file does what the one of `io` does, however the bytes are cut."""

import asyncio
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade import AsyncTextFile, FileWriter
from sprites_facade._fileobjects import AsyncBinaryBase

texts = st.text(st.sampled_from("ab\r\né"), max_size=30)
newlines = st.sampled_from([None, "", "\n", "\r", "\r\n"])


class Pieces(AsyncBinaryBase):
    """Bytes that come in pieces."""

    def __init__(self, data: bytes, size: int) -> None:
        self._pieces = [data[start : start + size] for start in range(0, len(data), size)]

    async def read1(self, size: int = -1, /) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


async def lines_of(data: bytes, size: int, newline: str | None) -> list[str]:
    async with AsyncTextFile(Pieces(data, size), newline=newline) as file:
        return [line async for line in file]


async def characters_of(data: bytes, size: int, newline: str | None, wanted: int) -> list[str]:
    found = []
    async with AsyncTextFile(Pieces(data, size), newline=newline) as file:
        while piece := await file.read(wanted):
            found.append(piece)
    return found


@given(texts, st.integers(1, 5), newlines)
def test_lines(text: str, size: int, newline: str | None) -> None:
    """Ends of lines may lie on both sides of a cut, and so may characters."""
    data = text.encode()
    local = io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=newline)
    assert asyncio.run(lines_of(data, size, newline)) == list(local)


@given(texts, st.integers(1, 5), newlines, st.integers(1, 7))
def test_characters(text: str, size: int, newline: str | None, wanted: int) -> None:
    """Never more than asked for, and all of them."""
    data = text.encode()
    local = io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=newline).read()
    found = asyncio.run(characters_of(data, size, newline, wanted))
    assert "".join(found) == local
    assert all(len(piece) <= wanted for piece in found)


def test_a_file_that_is_forgotten_is_complained_of() -> None:
    """As one of `open` is."""
    file = Pieces(b"", 1)
    with pytest.warns(ResourceWarning, match="unclosed file"):
        del file


def test_writers_are_files_of_io() -> None:
    """Libraries ask for that."""
    assert issubclass(FileWriter, io.BufferedIOBase)
