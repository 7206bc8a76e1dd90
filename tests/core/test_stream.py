"""How streams end."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sprites_facade._core.errors import (
    APIConnectionError,
    OperationFailedError,
    SpritesError,
    StreamFormatError,
    StreamTruncatedError,
)
from sprites_facade._core.events import StreamMessage, find_checkpoint_id
from sprites_facade._core.stream import MessageStream

_INFO = b'{"type":"info","data":"working","time":"2026-06-02T17:11:14Z"}\n'
_COMPLETE = b'{"type":"complete","data":"done","time":"2026-06-02T17:11:15Z"}\n'
_ERROR = b'{"type":"error","error":"disk full","time":"2026-06-02T17:11:15Z"}\n'


def _stream(**more):
    return MessageStream(StreamMessage.from_event, what="the restore", **more)


def _drive(stream, data, size=10_000, *, failure=None):
    """Drive a stream as a shell does: return the types seen, and the error if one was raised."""
    seen = []
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    try:
        while True:
            message = stream.next()
            if message is not None:
                seen.append(message.type)
            elif stream.finished:
                return seen, None
            elif chunks:
                stream.feed(chunks.pop(0))
            elif failure is not None:
                stream.fail(failure)
            else:
                stream.end()
    except SpritesError as error:
        return seen, error


_SIZES = pytest.mark.parametrize("size", [1, 7, 64, 10_000])


@_SIZES
def test_a_stream_that_completes(size):
    stream = _stream()
    assert _drive(stream, _INFO + _COMPLETE, size) == (["info", "complete"], None)
    assert stream.succeeded
    assert [message.data for message in stream.recent] == ["working", "done"]


@_SIZES
def test_an_error_is_a_message_and_then_an_exception(size):
    """P3, J2, G2: it carries the text and the messages so far."""
    stream = _stream()
    seen, error = _drive(stream, _INFO + _ERROR, size)
    assert seen == ["info", "error"]
    assert type(error) is OperationFailedError
    assert str(error) == "the restore failed: disk full"
    assert error.message == "disk full"
    assert [message.text for message in error.messages] == ["working", "disk full"]
    assert not stream.succeeded


@_SIZES
def test_an_end_without_an_outcome_is_no_success(size):
    """P4, G2, J1."""
    for data in (b"", b"\n", _INFO, _INFO * 3):
        stream = _stream()
        seen, error = _drive(stream, data, size)
        assert seen == ["info"] * data.count(b"info")
        assert type(error) is StreamTruncatedError
        assert "the restore ended" in str(error)
        assert not stream.succeeded


@_SIZES
def test_an_end_inside_an_event_is_no_success(size):
    """P4, G2, J1: not even inside the one that would have been it."""
    for cut in range(1, len(_COMPLETE) - 2):
        stream = _stream()
        seen, error = _drive(stream, _INFO + _COMPLETE[:cut], size)
        assert (seen, type(error)) == (["info"], StreamTruncatedError)
        assert not stream.succeeded


@_SIZES
@pytest.mark.parametrize("garbage", [b"not json\n", b"12\n", b"{]\n", b"<html>\n"])
def test_garbage_is_an_error_after_what_was_before_it(size, garbage):
    """P2, P6, J2: what follows it is not reached."""
    stream = _stream()
    seen, error = _drive(stream, _INFO + garbage + _COMPLETE, size)
    assert (seen, type(error)) == (["info"], StreamFormatError)
    assert error.line == 2
    assert not stream.succeeded


@_SIZES
def test_a_fault_of_the_connection_comes_after_what_arrived(size):
    """P5: delivered first, then the typed error."""
    for data in (_INFO * 2, _INFO * 2 + b'{"type":"com'):
        fault = APIConnectionError("reset", method="POST")
        assert _drive(_stream(), data, size, failure=fault) == (["info", "info"], fault)


def test_a_fault_of_the_connection_does_not_overtake_messages_not_yet_taken():
    """P5: nor hide the garbage that came before it."""
    stream, fault = _stream(), APIConnectionError("reset")
    stream.feed(_INFO * 2)
    stream.fail(fault)
    assert [stream.next().type, stream.next().type] == ["info", "info"]
    with pytest.raises(APIConnectionError):
        stream.next()
    stream = _stream()
    stream.feed(_INFO + b"garbage\n")
    stream.fail(fault)
    assert stream.next().type == "info"
    with pytest.raises(StreamFormatError):
        stream.next()


@pytest.mark.parametrize(
    "behind", [b"garbage", _ERROR, _INFO, b'{"half', b"\x00\xff", b"[" * 100_000, b""]
)
@_SIZES
def test_nothing_behind_a_success_undoes_it(behind, size):
    stream = _stream()
    assert _drive(stream, _INFO + _COMPLETE + behind, size) == (["info", "complete"], None)
    stream.feed(_ERROR)
    stream.fail(APIConnectionError("reset"))
    stream.end()
    assert (stream.next(), stream.finished, stream.succeeded) == (None, True, True)


@_SIZES
def test_nothing_behind_a_failure_undoes_it(size):
    for behind in (_COMPLETE, b"garbage", b""):
        seen, error = _drive(_stream(), _ERROR + behind, size)
        assert (seen, type(error)) == (["error"], OperationFailedError)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (_ERROR, OperationFailedError),
        (_INFO, StreamTruncatedError),
        (b"garbage", StreamFormatError),
    ],
)
def test_a_failure_is_raised_ever_after(data, kind):
    """Whoever asks again must not take the silence for success."""
    stream = _stream()
    _drive(stream, data)
    for _ in range(3):
        with pytest.raises(kind):
            stream.next()
    assert stream.finished
    assert not stream.succeeded


def test_success_counts_only_once_it_was_taken():
    stream = _stream()
    stream.feed(_INFO + _COMPLETE)
    assert (stream.succeeded, stream.finished) == (False, False)
    assert stream.next().type == "info"
    assert (stream.succeeded, stream.finished) == (False, False)
    assert stream.next().type == "complete"
    assert stream.succeeded
    assert stream.finished


@pytest.mark.parametrize("kind", ["novel", "", "Complete", "errors", None, 7, ["complete"]])
def test_unknown_types_pass_through_and_decide_nothing(kind):
    data = json.dumps({"type": kind, "data": "x"}).encode() + _COMPLETE
    seen, error = _drive(_stream(), data)
    assert (seen, error) == ([kind if isinstance(kind, str) else "", "complete"], None)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"error": "why", "message": "m", "data": "d"}, "why"),
        ({"error": "", "message": "m", "data": "d"}, "m"),
        ({"data": "d"}, "d"),
        ({"error": {"a": 1}}, "no reason was given"),
        ({}, "no reason was given"),
    ],
)
def test_the_reason_of_a_failure_is_looked_for(event, said):
    _, error = _drive(_stream(), json.dumps({"type": "error", **event}).encode())
    assert str(error) == f"the restore failed: {said}"


def test_the_reason_is_clipped_and_printable_in_the_message_only():
    reason = "a\nb\x1b[31m Bearer s3cret " + "x" * 10_000
    _, error = _drive(_stream(), json.dumps({"type": "error", "error": reason}).encode())
    assert error.message == reason
    assert len(str(error)) < 1100
    assert str(error).isprintable()
    assert "s3cret" not in str(error)


def test_messages_have_their_time():
    """P7, P8."""
    stream = _stream()
    stream.feed(_INFO)
    message = stream.next()
    assert message.time.isoformat() == "2026-06-02T17:11:14+00:00"
    assert message.raw == json.loads(_INFO)


def test_the_memory_of_messages_is_bounded():
    stream = _stream()
    data = b"".join(b'{"type":"info","data":"%d"}\n' % number for number in range(5000)) + _ERROR
    seen, error = _drive(stream, data)
    assert len(seen) == 5001
    assert len(error.messages) == 100
    assert [message.data for message in error.messages[:2]] == ["4901", "4902"]


def test_other_streams_end_otherwise():
    """A service's log may just end; a started service says that it is there."""
    log = _stream(end_is_success=True)
    assert _drive(log, _INFO) == (["info"], None)
    assert log.succeeded
    log = _stream(end_is_success=True)
    assert type(_drive(log, _INFO + b'{"type"')[1]) is StreamTruncatedError
    types = {"success": frozenset({"started"}), "failure": frozenset({"crashed"})}
    data = _COMPLETE + b'{"type":"started"}' + _ERROR
    assert _drive(_stream(**types), data) == (["complete", "started"], None)
    seen, error = _drive(_stream(**types), b'{"type":"crashed","data":"signal 9"}')
    assert (seen, type(error)) == (["crashed"], OperationFailedError)


def test_the_bounds_of_the_parser_can_be_set():
    _, error = _drive(_stream(max_event_bytes=10), _INFO, 1)
    assert "larger than 10 bytes" in str(error)
    _, error = _drive(_stream(max_depth=1), b'{"a":[]}')
    assert "deeper than 1 levels" in str(error)


def test_the_id_of_a_checkpoint_is_found_in_what_was_seen():
    stream = _stream()
    texts = ["Checkpoint created successfully", "  ID: v4", "Checkpoint v4 created successfully"]
    kinds = ["info", "info", "complete"]
    for kind, text in zip(kinds, texts, strict=True):
        stream.feed(json.dumps({"type": kind, "data": text}).encode())
    while stream.next() is not None:
        pass
    assert find_checkpoint_id(message.text for message in stream.recent) == "v4"


@settings(max_examples=200, deadline=None, database=None)
@given(
    st.lists(st.sampled_from([_INFO, b'{"type":"stdout","data":"x"}', b"\r\n"]), max_size=6),
    st.sampled_from([_COMPLETE, _ERROR, b"garbage\n", b'{"type":', b""]),
    st.lists(st.sampled_from([_COMPLETE, _ERROR, _INFO, b"garbage\n"]), max_size=3),
    st.integers(1, 80),
    st.booleans(),
)
def test_the_first_thing_that_decides_decides(before, decision, behind, size, broken):
    """Whatever the cuts, and whatever is behind it."""
    fault = APIConnectionError("reset") if broken else None
    outcome = {
        _COMPLETE: type(None),
        _ERROR: OperationFailedError,
        b"garbage\n": StreamFormatError,
        b'{"type":': APIConnectionError if broken else StreamTruncatedError,
        b"": APIConnectionError if broken else StreamTruncatedError,
    }
    data = b"".join(before) + decision
    if decision.endswith(b"\n"):
        data += b"".join(behind)
    stream = _stream()
    seen, error = _drive(stream, data, size, failure=fault)
    expected = [json.loads(event)["type"] for event in before if event.strip()]
    if decision in (_COMPLETE, _ERROR):
        expected.append(json.loads(decision)["type"])
    assert seen == expected
    assert type(error) is outcome[decision]
    assert stream.succeeded is (decision == _COMPLETE)
