"""The streams of checkpoints and restores: live, complete, and true about the outcome."""

import json
import threading
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest

from sprites_facade import (
    AsyncProgressStream,
    AsyncSprite,
    ConflictError,
    OperationFailedError,
    RateLimitError,
    StreamFormatError,
    StreamMessage,
    StreamTruncatedError,
)
from tests.wire import Exchange, Wire, replies, streams, wait_for

pytestmark = pytest.mark.anyio

STARTED = {"type": "info", "data": "Creating checkpoint..."}
NAMED = {"type": "info", "data": "  ID: v7"}
DONE = {"type": "complete", "data": "Checkpoint v7 created successfully"}
FAILED = {"type": "error", "error": "Failed to create checkpoint: disk full"}
V7 = {"id": "v7", "create_time": "2026-01-31T12:20:24Z", "comment": "label", "is_auto": False}


async def texts(stream: AsyncProgressStream) -> list[str]:
    return [message.text async for message in stream]


async def test_messages_arrive_while_the_operation_goes_on(wire: Wire, sprite: AsyncSprite) -> None:
    """P1: the server sends its second line only after the client had the first."""
    seen = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line(STARTED)
        wait_for(seen)
        exchange.line(DONE)
        exchange.end()

    wire.then(handler)
    async with sprite.create_checkpoint("label") as stream:
        first = await stream.next()
        seen.set()
        rest = await texts(stream)
    assert first is not None
    assert [first.text, *rest] == [STARTED["data"], DONE["data"]]
    assert wire.lines == ["POST /v1/sprites/demo/checkpoint"]
    assert wire.requests[0].json == {"comment": "label"}


async def test_a_message_arrives_before_its_newline(wire: Wire, sprite: AsyncSprite) -> None:
    """P1: an event is complete at its closing brace."""
    seen = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.chunk(b'{"type":"info","da')
        exchange.chunk(b'ta":"first"}')
        wait_for(seen)
        exchange.chunk(b'\n{"type":"complete","data":"done"}')
        exchange.end()

    wire.then(handler)
    async with sprite.restore_checkpoint("v1") as stream:
        assert await stream.next() == StreamMessage(
            "info", "first", raw=stream_raw("info", "first")
        )
        seen.set()
        assert await texts(stream) == ["done"]


def stream_raw(kind: str, data: str) -> dict[str, Any]:
    return {"type": kind, "data": data}


async def test_awaiting_a_stream_is_entering_it(wire: Wire, sprite: AsyncSprite) -> None:
    """The two ways to open a stream give the same stream."""
    wire.then(streams(STARTED, DONE))
    stream = await sprite.create_checkpoint()
    assert await texts(stream) == [STARTED["data"], DONE["data"]]
    assert wire.requests[0].json == {}


async def test_garbage_raises_after_what_came_before(wire: Wire, sprite: AsyncSprite) -> None:
    """P2, P6, J2: bytes that are no event raise, with their line and a sample."""

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line(STARTED)
        exchange.chunk(b"<html>oops</html>\n")
        exchange.line(DONE)
        exchange.end()

    wire.then(handler)
    stream = await sprite.create_checkpoint()
    first = await stream.next()
    assert first is not None
    assert first.text == STARTED["data"]
    with pytest.raises(StreamFormatError) as caught:
        await stream.next()
    assert caught.value.line == 2
    assert "oops" in caught.value.sample


@pytest.mark.parametrize("line", [b"1\n", b'"text"\n', b"null\n", b"[1]\n"])
async def test_a_line_that_is_no_object_raises(
    wire: Wire, sprite: AsyncSprite, line: bytes
) -> None:
    """P6: such a line is a typed error, never an AttributeError."""

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.chunk(line)
        exchange.line(DONE)
        exchange.end()

    wire.then(handler)
    stream = await sprite.create_checkpoint()
    with pytest.raises(StreamFormatError):
        await texts(stream)


async def test_an_error_event_is_delivered_and_raises(wire: Wire, sprite: AsyncSprite) -> None:
    """P3, G2, J2: the step after it raises, with its text and the messages so far."""
    wire.then(streams(STARTED, FAILED))
    got: list[StreamMessage] = []
    stream = await sprite.create_checkpoint()
    with pytest.raises(OperationFailedError) as caught:
        await stream.process_all(got.append)
    assert [message.type for message in got] == ["info", "error"]
    assert caught.value.message == FAILED["error"]
    assert list(caught.value.messages) == got
    assert "disk full" in str(caught.value)


@pytest.mark.parametrize("finish", ["end", "cut", "close"])
async def test_an_end_without_an_outcome_raises(
    wire: Wire, sprite: AsyncSprite, finish: str
) -> None:
    """P4, P5, G2, J1: truncation is never success, and what came before is delivered."""
    wire.then(streams(STARTED, finish=finish))
    stream = await sprite.restore_checkpoint("v1")
    first = await stream.next()
    assert first is not None
    with pytest.raises(StreamTruncatedError):
        await stream.next()
    with pytest.raises(StreamTruncatedError):
        await stream.result()
    assert wire.lines == ["POST /v1/sprites/demo/checkpoints/v1/restore"]


async def test_an_empty_stream_is_truncated(wire: Wire, sprite: AsyncSprite) -> None:
    """P4: not even one message proves nothing."""
    wire.then(streams())
    with pytest.raises(StreamTruncatedError):
        await (await sprite.create_checkpoint()).result()


async def test_messages_keep_their_times(wire: Wire, sprite: AsyncSprite) -> None:
    """P7, P34: the time of an event is aware, and Go's nanoseconds are understood."""
    wire.then(streams({**DONE, "time": "2026-01-31T12:20:24.104233415Z"}))
    message = await (await sprite.create_checkpoint()).next()
    assert message is not None
    assert message.time == datetime(2026, 1, 31, 12, 20, 24, 104233, UTC)


async def test_unknown_types_pass_through(wire: Wire, sprite: AsyncSprite) -> None:
    """A newer server may say more than this version knows."""
    wire.then(streams({"type": "progress", "percent": 50}, DONE))
    stream = await sprite.create_checkpoint()
    message = await stream.next()
    assert message is not None
    assert (message.type, message.raw["percent"]) == ("progress", 50)


async def test_a_long_line_is_a_message(wire: Wire, sprite: AsyncSprite) -> None:
    """G1: a line of a megabyte is nothing special."""
    wire.then(streams({"type": "info", "data": "x" * 1_000_000}, DONE))
    sizes = [len(message.text) async for message in await sprite.create_checkpoint()]
    assert sizes == [1_000_000, len(DONE["data"])]


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_success_status_is_one(wire: Wire, sprite: AsyncSprite, status: int) -> None:
    """P13, S1: the documented 200 is not the only success, and no success is taken for an error."""
    wire.then(streams(DONE, status=status), streams(DONE, status=status))
    assert await texts(await sprite.create_checkpoint()) == [DONE["data"]]
    assert await texts(await sprite.restore_checkpoint("v1")) == [DONE["data"]]


async def test_a_refusal_raises_at_the_call(wire: Wire, sprite: AsyncSprite) -> None:
    """P12, G4, J4: status, code, retry time, request id and body are in the error."""
    body = {"error": "too_many", "message": "slow down", "retry_after_seconds": 7}
    headers = {"X-Request-Id": "req-1", "Retry-After": "3"}
    wire.then(replies(429, body, headers=headers))
    with pytest.raises(RateLimitError) as caught:
        await sprite.create_checkpoint()
    error = caught.value
    assert (error.status, error.code, error.retry_after) == (429, "too_many", 7)
    assert (error.request_id, error.body) == ("req-1", body)
    assert len(wire.requests) == 1


async def test_a_refusal_in_plain_text_is_typed(wire: Wire, sprite: AsyncSprite) -> None:
    """P12, G4, J4: the environment's errors are text."""
    wire.then(replies(409, "busy\n", content_type="text/plain"))
    with pytest.raises(ConflictError, match="busy"):
        async with sprite.restore_checkpoint("v1"):
            pass


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_creating_and_restoring_are_never_repeated(
    wire: Wire, sprite: AsyncSprite, status: int
) -> None:
    """P14: a checkpoint must not be made twice."""
    wire.always(replies(status, headers={"Retry-After": "0"}))
    for opening in (sprite.create_checkpoint, lambda: sprite.restore_checkpoint("v1")):
        with pytest.raises(Exception, match=str(status)):
            await opening()
    assert len(wire.requests) == 2


async def test_a_lost_answer_is_not_asked_for_again(wire: Wire, sprite: AsyncSprite) -> None:
    """P14: a request that may have arrived is not sent again."""
    wire.always(lambda exchange: exchange.cut())
    with pytest.raises(Exception, match="broke") as caught:
        await sprite.create_checkpoint()
    assert getattr(caught.value, "sent", None) is True
    assert len(wire.requests) == 1


async def test_a_long_stream_keeps_memory_flat(wire: Wire, sprite: AsyncSprite) -> None:
    """S3: 20 MB of messages pass through a few of them."""
    line = json.dumps({"type": "stdout", "data": "x" * 50_000}).encode() + b"\n"

    def handler(exchange: Exchange) -> None:
        exchange.start()
        for _ in range(400):
            exchange.chunk(line)
        exchange.line(DONE)
        exchange.end()

    wire.then(handler)
    seen = 0
    tracemalloc.start()
    try:
        async for message in await sprite.create_checkpoint():
            seen += len(message.text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seen == 400 * 50_000 + len(DONE["data"])
    assert peak < 12_000_000
