"""What a next server finds of a session's output."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from sprites_local.outputs import REPLAY_LIMIT, Output
from sprites_local.recording import Recording, Recordings
from sprites_local.session import Session

outputs = st.lists(
    st.builds(
        Output,
        st.sampled_from([1, 2]),
        st.integers(1, 65_536).map(lambda size: (b"%6d" % size * 10_923)[:size]),
    ),
    max_size=15,
)


@define
class Kept:
    """As much of a session as is recorded."""

    replay: tuple[Output, ...] = ()
    total: int = 0
    sprite_id: str = "sprite"
    id: str = field(default="7")


def begin(directory: Path, *replay: Output, before: int = 0) -> Recording:
    total = before + sum(len(output.data) for output in replay)
    return Recordings(directory).begin(cast("Session", Kept(replay, total)))


def stream(pieces: Iterable[Output]) -> tuple[bytes, bytes]:
    """Write output so that it does not matter how it was cut: the bytes, and their streams."""
    both = [(one.data, bytes([one.stream]) * len(one.data)) for one in pieces]
    return b"".join(data for data, _ in both), b"".join(streams for _, streams in both)


@given(outputs, outputs)
@settings(max_examples=40, deadline=None)
def test_the_end_of_everything_is_found(
    tmp_path_factory: pytest.TempPathFactory, first: list[Output], second: list[Output]
) -> None:
    """Across two servers that were killed."""
    directory = tmp_path_factory.mktemp("sessions")
    recording: Recording | None = begin(directory)
    written: list[Output] = []
    for part in (first, second):
        for one in part:
            assert recording is not None
            recording.add(one)
            written.append(one)
        recorded, recording = Recordings(directory).resume("sprite", "7")
        recording = recording or begin(directory)
        total, kept = len(stream(written)[0]), len(stream(recorded.outputs)[0])
        assert recorded.total == total
        assert kept >= min(total, REPLAY_LIMIT - 65_536)
        for whole, found in zip(stream(written), stream(recorded.outputs), strict=True):
            assert whole[total - kept :] == found


def test_files_stay_small(tmp_path: Path) -> None:
    recording = begin(tmp_path)
    for _ in range(100):
        recording.add(Output(1, bytes(60_000)))
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert sum(sizes) < 2 * (REPLAY_LIMIT + 1000)
    recorded, _ = Recordings(tmp_path).resume("sprite", "7")
    assert recorded.total == 6_000_000
    assert sum(len(one.data) for one in recorded.outputs) >= REPLAY_LIMIT - 60_000


def test_a_piece_that_was_cut_short_is_left_out_and_written_over(tmp_path: Path) -> None:
    recording = begin(tmp_path)
    recording.add(Output(1, b"whole"))
    recording.add(Output(2, b"torn"))
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-2])
    recorded, again = Recordings(tmp_path).resume("sprite", "7")
    assert recorded.outputs == (Output(1, b"whole"),)
    assert again is not None
    again.add(Output(1, b"more"))
    recorded, _ = Recordings(tmp_path).resume("sprite", "7")
    assert recorded.outputs == (Output(1, b"whole"), Output(1, b"more"))
    assert recorded.total == 9


@given(st.binary(max_size=60))
@settings(max_examples=50, deadline=None)
def test_any_file_can_be_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    directory = tmp_path_factory.mktemp("sessions")
    (directory / "sprite.7.0").write_bytes(data)
    Recordings(directory).resume("sprite", "7")


def test_a_new_session_of_the_same_number_begins_anew(tmp_path: Path) -> None:
    old = begin(tmp_path)
    for _ in range(6):
        old.add(Output(1, bytes(60_000)))
    begin(tmp_path, Output(1, b"new"), before=7)
    recorded, _ = Recordings(tmp_path).resume("sprite", "7")
    assert recorded.outputs == (Output(1, b"new"),)
    assert recorded.total == 10


def test_what_nobody_resumes_is_swept_away(tmp_path: Path) -> None:
    begin(tmp_path, Output(1, b"x"))
    recordings = Recordings(tmp_path)
    recordings.sweep()
    assert list(tmp_path.iterdir()) == []
    begin(tmp_path, Output(1, b"x"))
    recordings.resume("sprite", "7")
    recordings.sweep()
    assert len(list(tmp_path.iterdir())) == 1


def test_the_end_of_a_session_removes_its_files(tmp_path: Path) -> None:
    recording = begin(tmp_path, Output(1, b"x"))
    recording.close()
    recording.add(Output(1, b"late"))
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """The session goes on; only its replay is not for a next server."""
    recording = begin(tmp_path / "missing", Output(1, b"x"))
    recording.add(Output(1, b"y"))
    assert Recordings(tmp_path / "missing").resume("sprite", "7")[0].outputs == ()
