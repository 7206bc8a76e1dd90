"""What the server reads and writes besides JSON: durations, times, ranges, hosts, history."""

from __future__ import annotations

import math
import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_local import times
from sprites_local.auth import is_own_host
from sprites_local.checkpoints.catalog import ancestries
from sprites_local.file_response import read_range
from sprites_local.state.records import CheckpointRecord


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("0s", 0), ("5s", 5), ("1.5s", 1.5), (".5s", 0.5), ("250ms", 0.25), ("2.0s", 2),
        ("1m30s", 90), ("1h", 3600), ("10", 10), ("2.5", 2.5), ("1h2m3s4ms5us6ns", 3723.004005006),
    ],
)  # fmt: skip
def test_durations_are_read(text: str, seconds: float) -> None:
    assert times.parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "s", "-1s", "1x", "1s2", "1 s", "1e9h", "99999h", "٣s", "nan"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        times.parse_duration(text)


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        value = times.parse_duration(text)
    except ValueError:
        return
    assert value >= 0
    assert math.isfinite(value)


@given(st.integers(min_value=-(2**70), max_value=2**70))
def test_any_file_time_has_a_form(moment: int) -> None:
    text = times.nanoseconds(moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{9})?Z", text)
    assert datetime.fromisoformat(text).tzinfo is not None


@given(
    st.integers(min_value=1, max_value=10**6),
    st.from_regex(r"bytes=[0-9]{0,7}-[0-9]{0,7}", fullmatch=True) | st.text(max_size=12),
)
def test_a_range_never_leaves_the_file(size: int, header: str) -> None:
    start, end = read_range(header, size)
    assert start >= size or 0 <= start <= end <= size


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:8080", True), ("localhost:8080", True), ("[::1]:8080", True),
        ("127.0.0.1", False), ("127.0.0.1:80", False), ("128.0.0.1:8080", False),
        ("localhost.evil.example:8080", False), ("evil.localhost:8080", False),
        ("127.0.0.1.evil.example:8080", False), ("[::1]", False), ("::1", False), ("", False),
        (":8080", False), ("0.0.0.0:8080", False), ("127.0.0.1:8080:8080", False),
    ],
)  # fmt: skip
def test_only_loopback_with_the_port_is_the_own_host(host: str, own: bool) -> None:
    assert is_own_host(host, 8080) is own


def record(name: str, source: str | None) -> CheckpointRecord:
    return CheckpointRecord(name, "", None, False, source, "none", "")


@given(st.lists(st.integers(min_value=0, max_value=50), max_size=30))
def test_ancestors_are_the_chain_of_sources_oldest_first(choices: list[int]) -> None:
    records = [record("v0", None)]
    for number, choice in enumerate(choices, 1):
        records.append(record(f"v{number}", f"v{choice % number}"))
    sources = {one.id: one.source_id for one in records}
    for name, found in ancestries(records).items():
        walked, at = [], sources[name]
        while at is not None:
            walked.insert(0, at)
            at = sources[at]
        assert list(found) == walked
