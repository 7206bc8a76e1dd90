"""Messages, their times, and the id of a checkpoint in them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade._core.events import (
    StreamMessage,
    find_checkpoint_id,
    parse_time,
    parse_unix_time,
)


def _utc(*args):
    return datetime(*args, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-02T17:11:14Z", _utc(2026, 6, 2, 17, 11, 14)),
        ("2026-06-02T17:11:14z", _utc(2026, 6, 2, 17, 11, 14)),
        ("2026-06-02t17:11:14Z", _utc(2026, 6, 2, 17, 11, 14)),
        ("2026-06-02 17:11:14Z", _utc(2026, 6, 2, 17, 11, 14)),
        ("2026-06-02T17:11:14.5Z", _utc(2026, 6, 2, 17, 11, 14, 500000)),
        ("2026-06-02T17:11:14.55Z", _utc(2026, 6, 2, 17, 11, 14, 550000)),
        ("2026-06-02T17:11:14.555839Z", _utc(2026, 6, 2, 17, 11, 14, 555839)),
        ("2026-06-02T17:11:14.555839485Z", _utc(2026, 6, 2, 17, 11, 14, 555839)),
        ("2026-06-02T17:11:14.999999999Z", _utc(2026, 6, 2, 17, 11, 14, 999999)),
        ("2026-06-02T17:11:14.000000001Z", _utc(2026, 6, 2, 17, 11, 14)),
        ("9999-12-31T23:59:59.999999999Z", _utc(9999, 12, 31, 23, 59, 59, 999999)),
        ("2026-06-02T19:11:14+02:00", _utc(2026, 6, 2, 17, 11, 14)),
        ("2026-06-02T12:11:14.1-05:00", _utc(2026, 6, 2, 17, 11, 14, 100000)),
        ("2024-02-29T00:00:00Z", _utc(2024, 2, 29)),
    ],
)
def test_times_as_go_writes_them(text, expected):
    """P34, P8: aware, on every supported Python."""
    assert parse_time(text) == expected
    assert parse_time(text).tzinfo is not None


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "now",
        "0001-01-01T00:00:00Z",
        "2026-06-02T17:11:14",
        "2026-06-02",
        "20260602T171114Z",
        "2026-W23-2",
        "2026-13-02T17:11:14Z",
        "2025-02-29T00:00:00Z",
        "2026-06-02T24:00:01Z",
        "2026-06-02T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "2026-06-02T17:11:14+99:00",
        "2026-06-02T17:11:14.Z",
        "2026-06-02T17:11:14Z\n",
        "\uff12026-06-02T17:11:14Z",
        1780420274,
        1.5,
        True,
        [],
        {},
    ],
)
def test_what_is_no_time_is_none_and_never_now(value):
    """P8, G3, J3: a missing, naive or invalid time is not invented, nor is year 1 one."""
    assert parse_time(value) is None


def test_times_can_be_sorted_whatever_their_offset():
    """P8."""
    texts = ["2026-06-02T17:11:14Z", "2026-06-02T17:11:14.5+02:00", "2026-06-01T00:00:00-11:00"]
    times = [parse_time(text) for text in texts]
    assert sorted(times) == [times[2], times[1], times[0]]


@given(st.text(max_size=40))
def test_no_text_makes_parsing_a_time_fail(text):
    moment = parse_time(text)
    assert moment is None or moment.tzinfo is not None


@given(
    st.datetimes(min_value=datetime(2, 1, 1)),
    st.integers(-1439, 1439),
)
def test_what_python_writes_is_read_back(moment, minutes):
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("value", "per_second", "expected"),
    [
        (0, 1, _utc(1970, 1, 1)),
        (1780420274, 1, _utc(2026, 6, 2, 17, 11, 14)),
        (1780420274500, 1000, _utc(2026, 6, 2, 17, 11, 14, 500000)),
        (True, 1, None),
        ("5", 1, None),
        (None, 1, None),
        (float("nan"), 1, None),
        (float("inf"), 1, None),
        (10**400, 1, None),
        (10**20, 1, None),
    ],
)
def test_counts_since_1970(value, per_second, expected):
    assert parse_unix_time(value, per_second=per_second) == expected


def test_a_message_keeps_everything():
    """P7: the time too."""
    event = {"type": "info", "data": "x", "time": "2026-06-02T17:11:14Z", "new": [1]}
    message = StreamMessage.from_event(event)
    assert message == StreamMessage(
        "info", "x", None, datetime(2026, 6, 2, 17, 11, 14, tzinfo=UTC), event
    )
    assert message.raw["new"] == [1]


@pytest.mark.parametrize("kind", ["info", "stdout", "stderr", "error", "complete", "novel", ""])
def test_types_pass_through(kind):
    assert StreamMessage.from_event({"type": kind}).type == kind


@pytest.mark.parametrize("value", [None, 3, [], {"a": 1}, True])
def test_fields_of_a_wrong_type_stay_in_raw_only(value):
    """P6: no AttributeError later on."""
    event = {"type": value, "data": value, "error": value, "time": value}
    message = StreamMessage.from_event(event)
    assert (message.type, message.data, message.error, message.time) == ("", None, None, None)
    assert message.raw == event
    assert message.text == ""


def test_the_text_of_a_message_is_its_error_or_its_data():
    assert StreamMessage("error", "detail", "reason").text == "reason"
    assert StreamMessage("info", "detail").text == "detail"


_LONG = [
    "Creating checkpoint...",
    "Checkpoint created successfully",
    "\nCheckpoint Details:",
    "  ID: v1",
    "  Created: 2026-01-31 12:20:24",
    "  Path: checkpoints/v1",
    "\nTo restore this checkpoint:",
    "  sprite checkpoint restore v1",
    "  curl -X POST /checkpoints/v1/restore",
    "Checkpoint v1 created successfully",
]
_SHORT = [
    "Creating checkpoint...",
    "Stopping services...",
    "Saving filesystem state...",
    "Checkpoint v8 created",
]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (_LONG, "v1"),
        (_SHORT, "v8"),
        (_LONG[:-1], "v1"),
        (["Checkpoint created successfully"], None),
        (["Checkpoint  cp_abc123  created."], "cp_abc123"),
        (["all in one:\n  ID: v2\nCheckpoint v2 created"], "v2"),
        (["  ID: v1", "Checkpoint v2 created"], None),
        (["ID: v1", "ID: v2"], None),
        (["ID:"], None),
        (["PAID: v1", "CheckpointID: v2"], None),
        (["Checkpoint v1 is being created"], None),
        ([""], None),
        ([], None),
    ],
)
def test_the_id_of_a_new_checkpoint_is_found_or_not_but_never_guessed(texts, expected):
    assert find_checkpoint_id(texts) == expected
