"""What services print, in pieces, as lines of a log, and read back."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_local.http import encode_json
from sprites_local.services.journal import LIMIT, Event, Journal
from sprites_local.services.output import (
    LONGEST,
    LineCutter,
    Printed,
    last_lines,
    log_lines,
    read_log,
)
from sprites_local.services.streams import Window, follow, report_log

TEXT = st.text(st.sampled_from("ab\n\r é🚀\x00\x85"), max_size=40)
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=40)


@given(st.lists(st.binary(max_size=30)))
def test_no_byte_is_lost_however_it_arrives(chunks: list[bytes]) -> None:
    cutter = LineCutter()
    pieces = [piece for chunk in chunks for piece in cutter.feed(chunk)]
    assert all(piece.endswith("\n") for piece in pieces)
    assert "".join([*pieces, *cutter.end()]) == b"".join(chunks).decode("utf-8", "replace")
    assert cutter.end() == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "\n", "é", "\x01", "a\n"]), st.integers(0, 3 * LONGEST))
    )
)
def test_pieces_are_bounded_and_cut_between_lines_if_they_can(parts: list[tuple[str, int]]) -> None:
    text = "".join(unit * count for unit, count in parts)
    cutter = LineCutter()
    pieces = [*cutter.feed(text.encode()), *cutter.end()]
    assert "".join(pieces) == text
    for at, piece in enumerate(pieces, 1):
        assert 0 < len(piece) <= LONGEST
        assert len(encode_json(Event(0, "stdout", piece).view())) < 65536
        assert piece.endswith("\n") or "\n" not in piece or at == len(pieces)


@given(st.integers(0, 4_000_000_000_000), st.sampled_from(["stdout", "stderr"]), LINE)
def test_a_line_of_the_log_is_read_back(moment: int, stream: str, line: str) -> None:
    printed = Printed(moment, stream, f"{line}\n")
    assert list(read_log(log_lines(printed))) == [printed]


def test_the_form_of_the_log() -> None:
    printed = Printed(1769862024007, "stderr", "one\n\ntwo")
    head = "2026-01-31T12:20:24.007Z [stderr]"
    assert log_lines(printed).decode() == f"{head} one\n{head} \n{head} two\n"


@given(st.binary())
def test_any_log_can_be_read(data: bytes) -> None:
    for printed in read_log(data):
        assert printed.stream in {"stdout", "stderr"}


@pytest.mark.parametrize(
    "line",
    [
        "no time [stdout] x", "2026-01-31T12:20:24Z [stdout] x",
        "2026-99-31T12:20:24.000Z [stdout] x", "2026-01-31T12:20:24.000Z [other] x",
    ],
)  # fmt: skip
def test_what_others_wrote_into_a_log_is_left_out(line: str) -> None:
    assert list(read_log(f"{line}\n2026-01-31T12:20:24.000Z [stdout] y\n".encode())) == [
        Printed(1769862024000, "stdout", "y\n")
    ]


@given(st.lists(TEXT.filter(bool)), st.integers(0, 20))
def test_the_last_lines_are_the_last(texts: list[str], count: int) -> None:
    found = last_lines([Printed(0, "stdout", text) for text in texts], count)
    lines = []
    for text in texts:
        *whole, rest = text.split("\n")
        lines += [f"{line}\n" for line in whole] + ([rest] if rest else [])
    assert "".join(one.text for one in found) == "".join(lines[-count:] if count else [])


@given(st.lists(st.integers(0, LIMIT // 3), max_size=12), st.integers(0, 12))
def test_a_journal_keeps_the_latest_and_counts_the_rest(sizes: list[int], number: int) -> None:
    journal = Journal()
    events = [Event(moment, "stdout", "x" * size) for moment, size in enumerate(sizes)]
    for event in events:
        journal.add(event)
    number = min(number, len(events))
    found, missed = journal.since(number)
    assert journal.end == len(events)
    assert found == events[number + missed :]
    assert sum(len(event.data or "") for event in found) <= LIMIT
    if missed:
        assert sum(sizes[number + missed - 1 :]) + 64 * len(sizes) > LIMIT


@pytest.mark.anyio
async def test_followers_hear_everything_once_and_end_with_the_journal() -> None:
    journal = Journal([Printed(1, "stdout", "past\n")])

    async def hear() -> list[str]:
        return [event.data or "" async for event in follow(journal, journal.began, Window.of(20))]

    followers = [asyncio.ensure_future(hear()) for _ in range(3)]
    for number in range(5):
        await asyncio.sleep(0)  # let them come to wait, or not
        journal.add(Event(number, "stdout", str(number)))
    journal.close()
    assert await asyncio.gather(*followers) == [["0", "1", "2", "3", "4"]] * 3


@pytest.mark.anyio
async def test_what_is_printed_before_a_log_is_read_is_followed() -> None:
    """Between the answer's making and its first line nothing is lost."""
    journal = Journal()
    journal.add(Event(1, "stdout", "past\n"))
    lines = report_log(journal, "web", journal.output(), 5.0)
    journal.add(Event(2, "stdout", "between\n"))
    journal.close()

    events = [json.loads(line) async for line in lines]

    assert [event.get("data") for event in events[:2]] == ["past\n", "between\n"]
    assert events[-1]["type"] == "complete"
