# Written by scripts/unasync.py from tests/_async/test_service_streams.py. Do not edit.
"""The streams of services: live, complete, and true about the outcome."""

import threading
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sprites_facade import (
    APIResponseError,
    APITimeoutError,
    OperationFailedError,
    ServiceLogEvent,
    ServiceStream,
    Sprite,
    SpritesClient,
    StreamFormatError,
    StreamTruncatedError,
)
from tests.wire import Exchange, Wire, replies, streams, wait_for

pytestmark = pytest.mark.anyio

STARTED = {"type": "started", "timestamp": 1769862024555}
PRINTED = {"type": "stdout", "data": "listening\n", "timestamp": 1769862024601}
FAILED = {"type": "error", "data": "exec: no such file", "timestamp": 1769862024602}
EXITED = {"type": "exit", "exit_code": 1, "timestamp": 1769862024700}
LOG = "/.sprite/logs/services/web.log"
DONE = {"type": "complete", "timestamp": 1769862029555, "log_files": {"combined": LOG}}
WEB = {"name": "web", "cmd": "x", "state": {"status": "failed", "error": "exited"}}


def kinds(stream: ServiceStream) -> list[str]:
    return [event.type for event in stream]


def test_events_arrive_while_the_service_runs(wire: Wire, sprite: Sprite) -> None:
    """P31: the server goes on only after the client had the first event."""
    seen = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line(STARTED)
        wait_for(seen)
        exchange.lines(PRINTED, DONE)
        exchange.end()

    wire.then(handler)
    with sprite.start_service("web", duration=60) as stream:
        first = stream.next()
        seen.set()
        assert first is not None
        assert first.type == "started"
        assert kinds(stream) == ["stdout", "complete"]


def test_events_are_values(wire: Wire, sprite: Sprite) -> None:
    """Milliseconds become aware times; unknown types pass through."""
    wire.then(streams(PRINTED, EXITED, {"type": "paused", "why": "idle"}, DONE))
    events = [event for event in sprite.service_logs("web")]
    assert events == [
        ServiceLogEvent(
            "stdout",
            "listening\n",
            timestamp=datetime(2026, 1, 31, 12, 20, 24, 601000, UTC),
            raw=PRINTED,
        ),
        ServiceLogEvent(
            "exit",
            exit_code=1,
            timestamp=datetime(2026, 1, 31, 12, 20, 24, 700000, UTC),
            raw=EXITED,
        ),
        ServiceLogEvent("paused", raw={"type": "paused", "why": "idle"}),
        ServiceLogEvent(
            "complete",
            timestamp=datetime(2026, 1, 31, 12, 20, 29, 555000, UTC),
            log_files={"combined": LOG},
            raw=DONE,
        ),
    ]
    assert [event.text for event in events] == ["listening\n", "", "", ""]


def test_complete_is_the_end(wire: Wire, sprite: Sprite) -> None:
    """What follows it is not waited for."""
    released = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.lines(STARTED, DONE)
        wait_for(released)

    wire.then(handler)
    stream = sprite.start_service("web")
    assert kinds(stream) == ["started", "complete"]
    released.set()


def test_an_orderly_end_is_one(wire: Wire, sprite: Sprite) -> None:
    """Servers end the stream of a service that exited without `complete`."""
    wire.then(streams(STARTED, EXITED), streams(), replies(200, WEB))
    assert kinds(sprite.start_service("web")) == ["started", "exit"]
    with sprite.stop_service("web") as stream:
        assert (stream.result()).name == "web"


@pytest.mark.parametrize("finish", ["cut", "close"])
def test_a_break_is_no_end(wire: Wire, sprite: Sprite, finish: str) -> None:
    """P4, J1: what came before is delivered, and truncation is never success."""
    wire.then(streams(STARTED, finish=finish))
    stream = sprite.start_service("web")
    assert stream.next() is not None
    for _ in range(2):
        with pytest.raises(StreamTruncatedError):
            stream.next()
    with pytest.raises(StreamTruncatedError):
        stream.result()


@pytest.mark.parametrize("rest", [(), (EXITED,), (EXITED, DONE)])
@pytest.mark.parametrize("finish", ["end", "cut"])
def test_an_error_is_delivered_with_the_rest_and_raises(
    wire: Wire, sprite: Sprite, rest: tuple[Any, ...], finish: str
) -> None:
    """P3: however the stream ends after it, the failure is what is raised."""
    wire.then(streams(FAILED, *rest, finish=finish))
    stream = sprite.put_service("web", "nothing")
    got: list[ServiceLogEvent] = []
    with pytest.raises(OperationFailedError, match="no such file") as caught:
        stream.process_all(got.append)
    assert [event.raw for event in got] == [FAILED, *rest]
    assert caught.value.message == FAILED["data"]
    assert list(caught.value.messages) == got
    with pytest.raises(OperationFailedError):
        stream.next()


def test_the_result_is_the_service(wire: Wire, sprite: Sprite) -> None:
    """A service that failed at once was started nevertheless; its state says what became of it."""
    wire.then(streams(STARTED, EXITED, DONE), replies(200, WEB))
    with sprite.start_service("web") as stream:
        service = stream.result()
    assert service.status == "failed"
    assert wire.lines[1] == "GET /v1/sprites/demo/services/web"


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_a_service_instead_of_a_stream(wire: Wire, sprite: Sprite, content_type: str) -> None:
    """The official document shows one object; its type tells the two apart."""
    wire.then(replies(200, WEB, content_type=content_type))
    with sprite.put_service("web", "x") as stream:
        assert kinds(stream) == []
        assert (stream.result()).status == "failed"
    assert len(wire.requests) == 1


@pytest.mark.parametrize("answer", [{"cmd": "x"}, STARTED])
def test_another_object_instead_of_a_stream(wire: Wire, sprite: Sprite, answer: Any) -> None:
    wire.then(replies(200, answer))
    with pytest.raises(APIResponseError, match="no 'name'"):
        sprite.put_service("web", "x")


def test_a_text_instead_of_a_stream(wire: Wire, sprite: Sprite) -> None:
    """It is neither an event nor a service."""
    wire.then(replies(200, "<html>"), replies(200, "<html>", content_type="text/html"))
    with pytest.raises(StreamFormatError):
        sprite.put_service("web", "x")
    with pytest.raises(StreamFormatError):
        kinds(sprite.put_service("web", "x"))


def test_nothing_is_done(wire: Wire, sprite: Sprite) -> None:
    """204 is how a server may say that there is nothing to tell."""
    wire.then(replies(204), replies(204), replies(200, WEB))
    assert kinds(sprite.stop_service("web")) == []
    assert ((sprite.stop_service("web")).result()).name == "web"


def test_a_service_that_is_silent(wire: Wire, sprite: Sprite) -> None:
    """A wait with a bound loses nothing, and the stream can be closed while it goes on."""
    seen = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        wait_for(seen)
        exchange.line(PRINTED)
        assert exchange.hung_up()

    wire.then(handler)
    with sprite.service_logs("web", follow=3600) as stream:
        with pytest.raises(APITimeoutError):
            stream.next(timeout=0.01)
        seen.set()
        event = stream.next(timeout=10)
        assert event is not None
        assert event.data == "listening\n"
    assert stream.next() is None


def test_silence_may_last_as_long_as_was_asked_for(wire: Wire) -> None:
    """A service that prints nothing for an hour is not taken for a server that is gone."""
    bounds: list[float] = []

    def note(request: httpx.Request) -> None:
        bounds.append(request.extensions["timeout"]["read"])

    wire.always(streams(DONE))
    with (
        httpx.Client(event_hooks={"request": [note]}) as http,
        SpritesClient("token", base_url=wire.url, http_client=http) as client,
    ):
        for follow in (None, 1, 3600):
            kinds(client.service_logs("demo", "web", follow=follow))
        kinds(client.stop_service("demo", "web", timeout=600))
    assert bounds == [300, 300, 3630, 630]
