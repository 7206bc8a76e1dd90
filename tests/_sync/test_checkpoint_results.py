# Written by scripts/unasync.py from tests/_async/test_checkpoint_results.py. Do not edit.
"""Reading, closing and taking the result of checkpoint streams."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from sprites_facade import (
    APITimeoutError,
    Checkpoint,
    CheckpointStream,
    NotFoundError,
    OperationFailedError,
    ProgressStream,
    RestoreStream,
    Sprite,
    SpritesClient,
    StreamError,
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


def texts(stream: ProgressStream) -> list[str]:
    return [message.text for message in stream]


def test_process_all_sees_every_message(wire: Wire, sprite: Sprite) -> None:
    """The function gets the messages in order, and the stream is closed afterwards."""
    wire.then(streams(STARTED, NAMED, DONE))
    got: list[str] = []
    stream = sprite.create_checkpoint()
    stream.process_all(lambda message: got.append(message.text))
    assert got == [STARTED["data"], NAMED["data"], DONE["data"]]
    assert "closed" in repr(stream)


def test_a_handler_may_await(wire: Wire, sprite: Sprite) -> None:
    """In the world the function may be a coroutine function."""
    wire.then(streams(STARTED, DONE))
    got: list[str] = []

    def handler(message: StreamMessage) -> None:
        got.append(message.text)

    (sprite.create_checkpoint()).process_all(handler)
    assert got == [STARTED["data"], DONE["data"]]


def test_the_handlers_own_exception_wins(wire: Wire, sprite: Sprite) -> None:
    """It reaches the caller as it is, and the connection is closed."""
    closed = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line(FAILED)
        assert exchange.hung_up()
        closed.set()

    def complain(message: StreamMessage) -> None:
        raise KeyError(message.text)

    wire.then(handler)
    with pytest.raises(KeyError, match="disk full"):
        (sprite.create_checkpoint()).process_all(complain)
    wait_for(closed)


def test_leaving_the_block_closes_the_connection(wire: Wire, sprite: Sprite) -> None:
    """What is not read is not waited for; afterwards there is nothing more."""
    closed = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line(STARTED)
        assert exchange.hung_up()
        closed.set()

    wire.then(handler)
    with sprite.create_checkpoint() as stream:
        stream.next()
    wait_for(closed)
    assert stream.next() is None
    with pytest.raises(StreamTruncatedError, match="closed before"):
        stream.result()


def test_a_timeout_loses_nothing(wire: Wire, sprite: Sprite) -> None:
    """After a timeout the stream is still usable, and the late message is delivered."""
    late = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line(STARTED)
        wait_for(late)
        exchange.lines(NAMED, DONE)
        exchange.end()

    wire.then(handler)
    with sprite.create_checkpoint() as stream:
        stream.next(timeout=10)
        for _ in range(3):
            with pytest.raises(APITimeoutError, match="still open"):
                stream.next(timeout=0.01)
        late.set()
        message = stream.next(timeout=10)
        assert message is not None
        assert [message.text, *texts(stream)] == [NAMED["data"], DONE["data"]]


def test_a_stream_that_timed_out_can_be_closed(wire: Wire, sprite: Sprite) -> None:
    """Closing gives up the wait that is still going on."""
    closed = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        assert exchange.hung_up()
        closed.set()

    wire.then(handler)
    stream = sprite.create_checkpoint()
    with pytest.raises(TimeoutError):
        stream.next(timeout=0.01)
    stream.close()
    wait_for(closed)
    assert stream.next() is None


def test_silence_beyond_the_bound_raises(wire: Wire, sprite: Sprite) -> None:
    """A stream has no total bound, but one on the silence between two bytes."""
    seen = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line(STARTED)
        wait_for(seen)

    wire.then(handler)
    impatient = Sprite(sprite._transport.view(stream_timeout=0.5), "demo")
    stream = impatient.create_checkpoint()
    stream.next()
    with pytest.raises(APITimeoutError, match=r"0\.5 s"):
        stream.next()
    seen.set()


def test_the_result_is_the_checkpoint_that_was_named(wire: Wire, sprite: Sprite) -> None:
    """P30 and the guide: the id comes from the texts, the rest from the server."""
    wire.then(streams(STARTED, NAMED, DONE), replies(200, V7))
    with sprite.create_checkpoint("label") as stream:
        checkpoint = stream.result()
    assert checkpoint == Checkpoint(
        id="v7", create_time=datetime(2026, 1, 31, 12, 20, 24, tzinfo=UTC), comment="label"
    )
    assert wire.lines[1:] == ["GET /v1/sprites/demo/checkpoints/v7"]


def test_the_result_is_there_after_reading_too(wire: Wire, sprite: Sprite) -> None:
    """Reading the messages first does not lose the id."""
    wire.then(streams(STARTED, NAMED, DONE), replies(200, V7))
    stream = sprite.create_checkpoint()
    assert len(texts(stream)) == 3
    assert (stream.result()).id == "v7"


def test_a_result_without_an_id_is_an_error(wire: Wire, sprite: Sprite) -> None:
    """An id is never guessed, such as from the newest checkpoint of the list."""
    wire.then(streams(STARTED, {"type": "complete", "data": "done"}))
    with pytest.raises(StreamError, match="without an id"):
        (sprite.create_checkpoint()).result()
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        replies(404, {"error": "not found"}),
        replies(500, "Failed: checkpoint with path checkpoints/v7 not found\n"),
        replies(200, {**V7, "id": "v8"}),
    ],
)
def test_a_result_that_is_not_there_is_an_error(wire: Wire, sprite: Sprite, answer: Any) -> None:
    """The texts are not believed without the server's list."""
    wire.then(streams(NAMED, DONE), answer)
    with pytest.raises(StreamError, match="v7"):
        (sprite.create_checkpoint()).result()


def test_the_result_of_a_failure_is_the_failure(wire: Wire, sprite: Sprite) -> None:
    """P3: there is no checkpoint to return."""
    wire.then(streams(NAMED, FAILED))
    with pytest.raises(OperationFailedError):
        (sprite.create_checkpoint()).result()
    assert len(wire.requests) == 1


def test_a_restore_returns_what_was_restored(wire: Wire, sprite: Sprite) -> None:
    """The restored checkpoint is the one that was asked for."""
    wire.then(streams({"type": "complete", "data": "Restore from v7 complete"}), replies(200, V7))
    assert ((sprite.restore_checkpoint("v7")).result()).id == "v7"


def test_the_two_streams_are_two_classes(wire: Wire, sprite: Sprite) -> None:
    """P30: a create stream is no restore stream, nor the other way round."""
    wire.then(streams(DONE), streams(DONE))
    with sprite.create_checkpoint() as created, sprite.restore_checkpoint("v1") as restored:
        assert type(created) is CheckpointStream
        assert type(restored) is RestoreStream
        assert isinstance(created, ProgressStream)
        assert isinstance(restored, ProgressStream)
        assert not isinstance(created, RestoreStream)


def test_the_client_has_the_same_methods(wire: Wire, client: SpritesClient) -> None:
    """The name comes first, and the result is the same."""
    wire.then(streams(NAMED, DONE), replies(200, V7), streams(DONE), replies(404))
    with client.create_checkpoint("demo", comment="label") as stream:
        assert (stream.result()).id == "v7"
    with client.restore_checkpoint("demo", "v7") as restoring:
        assert texts(restoring) == [DONE["data"]]
    with pytest.raises(NotFoundError):
        client.get_checkpoint("demo", "v7")
    assert wire.lines == [
        "POST /v1/sprites/demo/checkpoint",
        "GET /v1/sprites/demo/checkpoints/v7",
        "POST /v1/sprites/demo/checkpoints/v7/restore",
        "GET /v1/sprites/demo/checkpoints/v7",
    ]
