"""The parser of streams: laws over all ways of cutting, and each known trap by its name."""

import bisect
import itertools
import json
import random
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sprites_facade._core.errors import (
    ConfigurationError,
    StreamError,
    StreamFormatError,
    StreamTruncatedError,
)
from sprites_facade._core.lexing import Machine
from sprites_facade._core.parser import EventParser

_MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)

# yajl keeps integers in 64 bits, and one less at the lower end.
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(['"', "\\", "\\\\", '\\"', "}", "{", "}{", "\u2028\u2029\u0085", "\n", "😀"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
_EVENTS = st.lists(st.dictionaries(st.text(max_size=6), _VALUES, max_size=5), max_size=6)
_SEPARATORS = st.lists(st.sampled_from(["", "\n", "\r\n", "\n\n", " ", "\t\r\n "]), min_size=7)


@st.composite
def _streams(draw):
    """A stream, and for each event the offset just behind its closing brace."""
    data = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    events, ends = draw(_EVENTS), []
    style = {"ensure_ascii": draw(st.booleans()), "indent": draw(st.sampled_from([None, None, 1]))}
    for event, separator in zip(events, itertools.cycle(draw(_SEPARATORS)), strict=False):
        data += separator.encode() + json.dumps(event, **style).encode()
        ends.append(len(data))
    return data + draw(st.sampled_from([b"", b"\n", b"\r\n "])), events, ends


def _cuts(data, seed):
    """Cut somewhere: in single bytes, in small or in large pieces, with empty ones among them."""
    rng = random.Random(seed)
    most = rng.choice([1, 3, 20, 1000])
    at = 0
    while at < len(data):
        if rng.random() < 0.1:
            yield b""
        size = rng.randint(1, most)
        yield data[at : at + size]
        at += size


def _run(chunks, **limits):
    """Return all events and the error at the end, if any."""
    parser, events = EventParser(**limits), []
    try:
        for chunk in chunks:
            events += parser.feed(chunk)
        events += parser.close()
        parser.close()
    except StreamError as error:
        return events, error
    return events, None


@_MANY
@given(_streams(), st.lists(st.integers(0, 2**32), min_size=14, max_size=14))
def test_each_event_is_delivered_at_its_closing_brace_whatever_the_cuts(stream, seeds):
    """The standard library is the oracle; 2100 cuttings of 150 streams."""
    data, events, ends = stream
    for seed in seeds:
        parser, got, fed = EventParser(), [], 0
        for chunk in _cuts(data, seed):
            fed += len(chunk)
            got += parser.feed(chunk)
            assert len(got) == bisect.bisect_right(ends, fed)
        assert parser.close() == []
        assert got == events
        assert [list(map(type, event.values())) for event in got] == [
            list(map(type, event.values())) for event in events
        ]


@_MANY
@given(_streams(), st.integers(0, 2**32), st.data())
def test_a_stream_cut_off_gives_what_was_whole_and_tells(stream, seed, data):
    """P4 at the level of bytes: the end inside an event is an error, elsewhere it is none."""
    text, events, ends = stream
    for _ in range(5):
        kept = data.draw(st.integers(0, len(text)))
        whole = bisect.bisect_right(ends, kept)
        begin = ends[whole - 1] if whole else 0
        open_event = text[begin:kept].removeprefix(b"\xef\xbb\xbf").strip()
        got, error = _run(_cuts(text[:kept], seed))
        assert got == events[:whole]
        if 0 < kept < 3 and text.startswith(b"\xef"):
            assert type(error) is StreamFormatError
        else:
            assert type(error) is (StreamTruncatedError if open_event else type(None))


@pytest.mark.parametrize("before", ["\U0001166d" * 40, "\x7f" * 100, "é" * 100, "x" * 100])
def test_a_sample_shows_the_fault_whatever_is_before_it(before):
    text = json.dumps({"data": before}, ensure_ascii=False).encode()
    _, error = _run([text[:-2] + b"\x01" + text[-2:]])
    assert type(error) is StreamFormatError
    assert "\\x01" in error.sample
    assert len(error.sample) <= 80


@_MANY
@given(_streams(), st.integers(0, 2**32), st.data())
def test_garbage_anywhere_leaves_what_was_before_and_is_located(stream, seed, data):
    """P2, J2, P5: nothing is skipped, and what arrived before the fault is delivered."""
    text, events, ends = stream
    text = text.removeprefix(b"\xef\xbb\xbf").decode()
    for _ in range(5):
        at = data.draw(st.integers(0, len(text)))
        before = text[:at].encode()
        shift = 3 if stream[0].startswith(b"\xef") else 0
        whole = bisect.bisect_right(ends, len(before) + shift)
        got, error = _run(_cuts(before + b"\x01" + text[at:].encode(), seed))
        assert got == events[:whole]
        assert type(error) is StreamFormatError
        assert error.offset == len(before)
        assert error.line == 1 + before.count(b"\n")
        assert "\\x01" in error.sample
        assert len(error.sample) <= 80
        assert error.sample.isprintable()


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_garbage_between_events(size):
    """P2: line number and raw text."""
    data = b'{"a":1}\n{"a":2}\nnot json at all\n{"a":3}\n'
    got, error = _run(data[at : at + size] for at in range(0, len(data), size))
    assert got == [{"a": 1}, {"a": 2}]
    assert (error.line, error.offset) == (3, 16)
    assert "not json at all".startswith(error.sample)
    assert "line 3, byte 16: " in str(error)
    assert str(error).endswith(f": {error.sample}")


@pytest.mark.parametrize(
    "line", ["1", "-1.5", "null", "true", '"text"', "[]", '[{"a":1}]', '"a}', "tru", "12"]
)
@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("end", ["", "\n", '\n{"b":2}'])
def test_an_event_that_is_no_object(line, size, end):
    """P6: a typed error, at the event itself."""
    data = f'{{"a":1}}\n{line}{end}'.encode()
    got, error = _run(data[at : at + size] for at in range(0, len(data), size))
    assert got == [{"a": 1}]
    assert type(error) is StreamFormatError
    assert error.line == 2
    assert 8 <= error.offset <= 8 + len(line)


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_stream_of_nothing_is_no_error(data, size):
    assert _run(data[at : at + size] for at in range(0, len(data), size)) == ([], None)


def test_empty_chunks_mean_nothing():
    """To ijson one is the end of the stream."""
    assert _run([b"", b'{"a"', b"", b":1", b"", b"}", b""]) == ([{"a": 1}], None)


def test_a_mark_of_byte_order_is_allowed_at_the_start_only():
    got, error = _run([b'{"a":1}\n\xef\xbb\xbf{"a":2}'])
    assert got == [{"a": 1}]
    assert (error.line, error.offset) == (2, 8)
    got, error = _run([b"\xef\xbb\xbf\n{"])
    assert type(error) is StreamTruncatedError
    got, error = _run([b"\xef", b"\xbb", b"\xbf", b"\nx"])
    assert (error.line, error.offset) == (2, 4)


def test_a_line_of_70_kB_and_one_of_8_MB():
    """G1: a line over 64 KiB ended the stream there."""
    for length in (70_000, 8 * 1024 * 1024 - 100):
        data = b'{"data":"' + b"x" * length + b'"}\n'
        for size in (4096, 65536, len(data)):
            chunks = (data[at : at + size] for at in range(0, len(data), size))
            assert _run(chunks) == ([{"data": "x" * length}], None)


@pytest.mark.parametrize("size", [4096, 65536, 100_000_000])
@pytest.mark.parametrize(
    "filling", [b'"data":"%s' % (b"x" * 9_000_000), b'"n":[%s' % (b"1," * 4_500_000)]
)
def test_an_event_over_the_bound_is_refused_after_those_before_it(size, filling):
    data = b'{"a":1}\n{' + filling
    got, error = _run(data[at : at + size] for at in range(0, len(data), size))
    assert got == [{"a": 1}]
    assert "larger than 8388608 bytes" in str(error)
    assert 8_388_608 <= error.offset <= 8_388_608 + 65536
    assert len(str(error)) < 300


@pytest.mark.parametrize("size", [1, 50, 5000])
def test_the_bound_is_on_one_event_and_can_be_set(size):
    small, large = b'{"d":"' + b"x" * 20_000 + b'"}\n', b'{"d":"' + b"x" * 40_000 + b'"}\n'
    data = small * 5 + large
    got, error = _run(
        (data[at : at + size] for at in range(0, len(data), size)), max_event_bytes=21_000
    )
    assert len(got) == 5
    assert type(error) is StreamFormatError


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_nesting_is_bounded(size):
    def nested(depth):
        return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}\n"

    for depth, limits in ((64, {}), (3, {"max_depth": 3})):
        data = nested(depth) + nested(depth + 1)
        got, error = _run((data[at : at + size] for at in range(0, len(data), size)), **limits)
        assert len(got) == 1
        assert f"deeper than {depth} levels" in str(error)
        assert error.line == 2


@pytest.mark.parametrize(
    "value",
    [
        b"9" * 5000,
        b"-" + b"9" * 5000,
        str(2**63).encode(),
        str(-(2**63)).encode(),
        b"1e400",
        b"-1e400",
        b"NaN",
        b"Infinity",
        b"012",
        b"1.",
        b"+1",
        b"'x'",
        b'"\xff"',
        b'"\xc3(',
        b'"\xed\xa0\x80"',
        b'"\\udc00"',
        b'"a\x00b"',
        b'"a\nb"',
        b'"\\x"',
        b"\x00",
        b"\x1e",
        b"[1,]",
        b"// no",
        b"}",
    ],
)
@pytest.mark.parametrize("size", [1, 3, 10_000])
def test_what_is_no_json_and_what_does_not_fit(value, size):
    """S4, J2: a typed error with a position, whatever ijson makes of it."""
    data = b'{"a":1}\n{"n":' + value + b'}\n{"a":2}\n'
    got, error = _run(data[at : at + size] for at in range(0, len(data), size))
    assert got == [{"a": 1}]
    assert type(error) is StreamFormatError
    assert 8 <= error.offset <= 13 + len(value)
    assert error.line == (3 if value in (b"// no", b"}") and error.offset > 17 else 2)
    assert len(error.sample) <= 80
    assert str(error).isprintable()
    assert "b'" not in str(error).partition(error.sample)[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"\\u0000"', "\x00"),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\ud800"', "?"),
        ('"\u2028\u2029\u0085\x7f"', "\u2028\u2029\u0085\x7f"),
        (str(2**63 - 1), 2**63 - 1),
        (str(-(2**63) + 1), -(2**63) + 1),
        ("1e300", 1e300),
        ("0.1", 0.1),
        ("-0", 0),
        ("[[],{}]", [[], {}]),
    ],
)
def test_values_at_the_edge(text, value):
    """The line breaks of Unicode are legal in a string; the lone surrogate is documented."""
    for chunks in ([f'{{"v":{text}}}'.encode()], (bytes([b]) for b in f'{{"v":{text}}}'.encode())):
        got, error = _run(chunks)
        assert (got, error) == ([{"v": value}], None)
        assert type(got[0]["v"]) is type(value)


def test_of_two_equal_keys_the_last_one_wins():
    assert _run([b'{"a":1,"a":2}']) == ([{"a": 2}], None)


def test_a_fault_is_final():
    """S4: there is no resuming behind it; saying so once is not enough."""
    parser = EventParser()
    assert parser.feed(b'{"a":1}\nx') == [{"a": 1}]
    assert isinstance(parser.fault, StreamFormatError)
    for _ in range(2):
        with pytest.raises(StreamFormatError):
            parser.feed(b'{"a":2}\n')
        with pytest.raises(StreamFormatError):
            parser.close()


def test_a_truncation_is_told_behind_the_events_that_only_the_end_brings():
    parser = EventParser()
    assert parser.feed(b'{"a":1}{"a":') == [{"a": 1}]
    assert parser.fault is None
    for _ in range(2):
        with pytest.raises(StreamTruncatedError, match="line 1"):
            parser.close()


def test_a_fault_inside_an_event_is_not_kept_back_once_its_line_ends():
    parser = EventParser()
    assert parser.feed(b'{"a":') == []
    assert parser.feed(b" nonsense") == []
    with pytest.raises(StreamFormatError):
        parser.feed(b"\n")


def test_garbage_where_an_event_should_begin_is_not_waited_with():
    with pytest.raises(StreamFormatError):
        EventParser().feed(b"<")


def test_without_the_c_extension_it_is_said_and_not_done_slowly(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ijson.backends.yajl2_c", None)
    with pytest.raises(ConfigurationError, match="no C extension"):
        EventParser()


def test_events_without_end_need_constant_memory():
    """200,000 events; the traced peak stays below what a few hundred of them take."""
    line = b'{"type":"info","data":"step %06d of many","time":"2026-06-02T17:11:14.5Z"}\n'
    block = b"".join(line % number for number in range(2000))
    parser, count = EventParser(), 0
    tracemalloc.start()
    try:
        for _ in range(100):
            for at in range(0, len(block), 16384):
                count += len(parser.feed(block[at : at + 16384]))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert parser.close() == []
    assert count == 200_000
    assert peak < 1_000_000


def test_events_that_never_end_where_a_piece_does_need_bounded_memory():
    """What is kept to locate a fault is given up rather than piled up."""
    parser, count = EventParser(max_event_bytes=50_000), 0
    begin, rest = b'{"a":1,\n', b'"c":"' + b"y" * 500 + b'"}'
    tracemalloc.start()
    try:
        assert parser.feed(begin) == []
        for _ in range(4000):
            count += len(parser.feed(rest + begin))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 4000
    assert peak < 1_000_000
    with pytest.raises(StreamFormatError) as caught:
        parser.feed(b"garbage\n")
    sent = len(begin) + 4000 * len(rest + begin)
    assert caught.value.offset == sent
    assert caught.value.sample == "garbage"


class _Meter:
    """Stands between a machine and its lexer and adds up the bytes that yajl has to look at.

    yajl looks at an unfinished token from its beginning again, at each send.
    """

    def __init__(self, machine):
        self._machine, self._lexer = machine, machine._lexer
        machine._lexer = self
        self.seen = self.sends = 0

    def send(self, piece):
        self.seen += self._machine.token + len(piece)
        self.sends += 1
        self._lexer.send(piece)


_LONG = 1_000_000


@pytest.mark.parametrize("size", [64, 4096, _LONG * 2])
@pytest.mark.parametrize(
    "data",
    [
        b'{"data":"' + b"x" * _LONG + b'"}',
        b'{"data":"' + b"}" * _LONG + b'"}',
        b'{"data":"' + b'\\"' * (_LONG // 2) + b'"}',
        b'{"data":"' + b"\\\\" * (_LONG // 2) + b'"}',
        b'{"data":"' + b'\\\\\\"}' * (_LONG // 5) + b'"}',
        b'{"' + b"k" * _LONG + b'":1}',
        b'{"a":"' + b"x" * 30_000 + b'","b":[' + b'"}",' * (_LONG // 4) + b"1]}",
        b'{"data":0.' + b"1" * _LONG + b"}",
    ],
    ids=["plain", "braces", "quotes", "backslashes", "mixture", "key", "strings", "number"],
)
def test_the_work_on_a_long_token_is_linear(data, size):
    parser = EventParser()
    meter = _Meter(parser._machine)
    events = []
    for at in range(0, len(data), size):
        events += parser.feed(data[at : at + size])
    assert events == [json.loads(data)]
    assert meter.seen <= 3 * len(data)


def test_the_measure_of_work_sees_what_is_quadratic():
    """Without holding back, 64 bytes at a time: the test above can fail."""
    data = b'{"data":"' + b"x" * 64_000 + b'"}'
    machine = Machine(64)
    meter = _Meter(machine)
    for at in range(0, len(data), 64):
        machine.send(memoryview(data)[at : at + 64], [])
    assert machine.idle
    assert meter.seen > 100 * len(data)
