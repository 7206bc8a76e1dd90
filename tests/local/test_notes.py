"""Notes on commands come back as they were written, and nothing else passes for one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_local import notes
from sprites_local.notes import LONGEST, ServiceNote, SessionNote

sessions = st.builds(
    SessionNote,
    argv=st.lists(st.text(max_size=20), min_size=1, max_size=3).map(tuple),
    cwd=st.text(max_size=20),
    tty=st.booleans(),
    stdin=st.booleans(),
    linger=st.floats(0, 1e6),
    size=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
    created=st.floats(0, time.time()),
)
services = st.builds(ServiceNote, st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
GOOD: dict[str, Any] = {
    "argv": ["sh"],
    "cwd": "/",
    "tty": False,
    "stdin": True,
    "linger": 1.0,
    "size": [0, 0],
    "created": 1.0,
}


@given(sessions | services)
def test_what_is_written_is_read(note: SessionNote | ServiceNote) -> None:
    assert notes.read(notes.write(note)) == note


@given(st.text() | values.map(json.dumps))
def test_nothing_that_comes_back_raises(text: str) -> None:
    assert isinstance(notes.read(text), SessionNote | ServiceNote | None)


@given(st.sampled_from(sorted(GOOD)), values)
def test_each_part_is_checked(key: str, value: Any) -> None:
    note = notes.read(json.dumps({**GOOD, key: value}))
    if note is not None:
        assert isinstance(note, SessionNote)
        assert notes.read(notes.write(note)) == note


@pytest.mark.parametrize(
    "part",
    [
        {"argv": []},
        {"argv": [1]},
        {"size": [1]},
        {"size": [True, 1]},
        {"linger": float("nan")},
        {"linger": -1},
        {"created": 1e18},
        {"tty": 1},
        {"cwd": None},
    ],
)
def test_nonsense_is_no_note(part: dict[str, Any]) -> None:
    assert notes.read(json.dumps(GOOD)) is not None
    assert notes.read(json.dumps({**GOOD, **part})) is None


def test_a_name_that_no_service_can_have_is_no_note() -> None:
    assert notes.read('{"service": "../x"}') is None


@pytest.mark.parametrize("word", ["x" * 200_000, "\x00é\U0001f600" * 50_000])
def test_a_long_command_line_is_cut(word: str) -> None:
    argv = ("sh", "-c", word, *["more"] * 100_000)
    note = SessionNote(argv, "/" + "d" * 100_000, True, False, 1.0, (1, 2), 3.0)
    text = notes.write(note)
    assert len(text) <= LONGEST
    read = notes.read(text)
    assert isinstance(read, SessionNote)
    assert read.argv[:2] == ("sh", "-c")
    assert word.startswith(read.argv[2].removesuffix("…"))
    assert (read.tty, read.linger, read.size, read.created) == (True, 1.0, (1, 2), 3.0)
