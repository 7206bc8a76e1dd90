# Written by scripts/unasync.py from tests/_async/test_commands.py. Do not edit.
"""Commands over one HTTP request: exact output, and no exit code that was not sent."""

import logging
import threading
import traceback
from typing import Any

import httpx
import pytest

from sprites_facade import (
    APIConnectionError,
    CommandFailedError,
    CommandTimeoutError,
    Completed,
    ConfigurationError,
    NotFoundError,
    Sprite,
    SpritesClient,
    SpritesError,
    StreamFormatError,
    StreamTruncatedError,
)
from tests.wire import Exchange, Handler, Wire, replies, silence, wait_for

pytestmark = pytest.mark.anyio

BINARY = "application/octet-stream"
SECRET = "hunter2"


def frames(*chunks: bytes, finish: str = "end") -> Handler:
    """Return a handler that sends these chunks."""

    def handler(exchange: Exchange) -> None:
        exchange.start(200, BINARY)
        for chunk in chunks:
            exchange.chunk(chunk)
        getattr(exchange, finish)()

    return handler


def test_output_and_exit_code(wire: Wire, sprite: Sprite) -> None:
    """The two outputs are apart, the code is the one that was sent."""
    wire.then(frames(b"\x01one ", b"\x02oops\n", b"\x01two\n", b"\x03\x07"))
    done = sprite.run_http(["make", "all"])
    assert done == Completed(["make", "all"], 7, "one two\n", "oops\n")


def test_what_is_sent(wire: Wire, client: SpritesClient) -> None:
    """Words stay words, and nothing is sent that was not given."""
    wire.always(frames(b"\x03\x00"))
    client.run_http("demo", ["echo", "a b", "é&=?"])
    client.run_http("demo", "cat | wc", cwd="/tmp", env={"A": "b=c"}, input="data")
    first, second = wire.requests
    assert first.query == {"cmd": ["echo", "a b", "é&=?"], "stdin": ["false"]}
    assert first.body == b""
    assert "content-type" not in first.headers
    assert second.query["cmd"][1:] == ["-c", "cat | wc"]
    assert second.query["dir"] == ["/tmp"]
    assert second.query["stdin"] == ["true"]
    assert "A=b=c" in second.query["env"]
    assert (second.body, second.headers["content-type"]) == (b"data", BINARY)
    assert second.headers["accept-encoding"] == "identity"


def test_bytes_stay_bytes(wire: Wire, sprite: Sprite) -> None:
    """Undecodable output is kept where bytes are asked for, and replaced in text."""
    wire.always(frames(b"\x01\xff\xfe", b"\x03\x00"))
    raw = sprite.run_http(["x"], text=False)
    assert (raw.stdout, raw.stderr) == (b"\xff\xfe", b"")
    assert (sprite.run_http(["x"])).stdout == "\ufffd\ufffd"


def test_a_frame_in_many_pieces_is_one(wire: Wire, sprite: Sprite) -> None:
    """J10: a chunk may arrive in parts, and its tail is no frame of its own."""
    text = b"".join(b"%07d\n" % number for number in range(100_000))
    wire.then(frames(b"\x01" + text, b"\x03\x00"))
    assert (sprite.run_http(["x"], text=False)).stdout == text


def test_an_exit_frame_may_arrive_byte_by_byte(wire: Wire, sprite: Sprite) -> None:
    """J10: the network cuts where it likes."""
    halfway = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start(200, BINARY)
        exchange.chunk(b"\x01out")
        exchange.send(b"2\r\n\x03")
        wait_for(halfway)
        exchange.send(b"\x05\r\n")
        exchange.end()

    wire.then(handler)
    threading.Timer(0.05, halfway.set).start()
    assert sprite.run_http(["x"]) == Completed(["x"], 5, "out", "")


def test_a_merged_exit_frame_is_found(wire: Wire, sprite: Sprite) -> None:
    """J10: a proxy that joins chunks leaves the last two bytes where they are."""
    wire.then(frames(b"\x01out\n\x03\x02"))
    assert sprite.run_http(["x"]) == Completed(["x"], 2, "out\n", "")


@pytest.mark.parametrize("chunks", [(), (b"\x01out\n",), (b"\x01out", b"\x03")])
def test_an_output_without_an_exit_code_is_an_error(
    wire: Wire, sprite: Sprite, chunks: tuple[bytes, ...]
) -> None:
    """J7 for HTTP: a code is never made up."""
    wire.then(frames(*chunks))
    with pytest.raises(StreamTruncatedError, match="without an exit code"):
        sprite.run_http(["x"])


@pytest.mark.parametrize("finish", ["cut", "close"])
def test_a_broken_connection_is_an_error(wire: Wire, sprite: Sprite, finish: str) -> None:
    """P5, J7: it is one of the connection, and the command is not run again."""
    wire.always(frames(b"\x01out", finish=finish))
    with pytest.raises(APIConnectionError):
        sprite.run_http(["x"])
    assert len(wire.requests) == 1


def test_an_answer_that_is_no_output_is_an_error(wire: Wire, sprite: Sprite) -> None:
    """J10: a page from a proxy is not the output of a command."""
    wire.then(replies(200, b"<html>", content_type="text/html"))
    with pytest.raises(StreamFormatError, match="no frames"):
        sprite.run_http(["x"])


def test_a_failure_raises_if_asked(wire: Wire, sprite: Sprite) -> None:
    """`check` is that of subprocess; the error carries the output."""
    wire.always(frames(b"\x02oops", b"\x03\x01"))
    assert (sprite.run_http(["x"])).returncode == 1
    with pytest.raises(CommandFailedError) as caught:
        sprite.run_http(["x"], check=True)
    assert (caught.value.returncode, caught.value.stderr) == (1, "oops")


def test_a_timeout_carries_the_output_so_far(wire: Wire, sprite: Sprite) -> None:
    """P19 as far as HTTP goes: the connection is closed, and nothing is lost."""
    closed = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start(200, BINARY)
        exchange.chunk(b"\x01so far")
        assert exchange.hung_up()
        closed.set()

    wire.then(handler)
    with pytest.raises(CommandTimeoutError, match=r"1\.0 s") as caught:
        sprite.run_http(["sleep", "9"], timeout=1.0)
    assert (caught.value.timeout, caught.value.stdout) == (1.0, "so far")
    assert isinstance(caught.value, TimeoutError)
    wait_for(closed)


def test_a_silent_command_times_out(wire: Wire, sprite: Sprite) -> None:
    """The time counts from the request."""
    wire.then(silence)
    with pytest.raises(CommandTimeoutError):
        sprite.run_http(["sleep", "9"], timeout=0.1)


def test_the_time_is_a_total(wire: Wire, sprite: Sprite) -> None:
    """A command that keeps talking has no more of it."""
    closed = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start(200, BINARY)
        try:
            while True:
                exchange.chunk(b"\x01" + b"x" * 1000)
        finally:
            closed.set()

    wire.then(handler)
    with pytest.raises(CommandTimeoutError):
        sprite.run_http(["yes"], timeout=0.2)
    wait_for(closed)


@pytest.mark.parametrize("args", ["", [], [""], [1], ["a\0b"]])
def test_what_is_no_command_is_refused(wire: Wire, sprite: Sprite, args: Any) -> None:
    """Before any request."""
    with pytest.raises(ConfigurationError):
        sprite.run_http(args)
    assert wire.connections == 0


@pytest.mark.parametrize("env", [{"A=B": SECRET}, {"": SECRET}, {"A": SECRET + "\0"}])
def test_what_is_no_environment_is_refused_without_its_value(
    wire: Wire, sprite: Sprite, env: dict[str, str]
) -> None:
    """P23: not even a mistake shows a value."""
    with pytest.raises(ConfigurationError) as caught:
        sprite.run_http(["true"], env=env)
    assert SECRET not in f"{caught.value!r}"
    assert wire.connections == 0


def refusal(exchange: Exchange) -> None:
    exchange.reply(404, {"error": "sprite not found"})


@pytest.mark.parametrize(
    "answer",
    [refusal, silence, frames(b"\x01x"), frames(b"x"), frames(finish="cut"), frames(b"\x03\x01")],
)
def test_the_environment_shows_nowhere(
    wire: Wire, sprite: Sprite, answer: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    """P23, J6: the wire puts it into the URL; no message, repr, traceback or log of ours does."""
    caplog.set_level(logging.DEBUG)
    wire.then(answer)
    with pytest.raises(SpritesError) as caught:
        sprite.run_http(
            ["login", SECRET], env={"API_KEY": SECRET}, input=SECRET, timeout=0.2, check=True
        )
    assert f"API_KEY={SECRET}" in wire.requests[0].query["env"]
    error = caught.value
    shown = "".join(traceback.format_exception(error))
    assert SECRET not in f"{error!r} {error} {vars(error)} {shown}"
    assert SECRET not in caplog.text


def test_a_completed_command_does_not_show_its_words(wire: Wire, sprite: Sprite) -> None:
    """P23: results end up in logs as well."""
    wire.then(frames(b"\x01ok", b"\x03\x00"))
    done = sprite.run_http(["login", SECRET])
    assert SECRET not in repr(done)
    assert done.args == ["login", SECRET]


def test_a_hook_sees_a_url_without_its_query(wire: Wire) -> None:
    """P23: the HTTP library's own log line is made of it."""
    shown: list[str] = []

    def hook(request: httpx.Request) -> None:
        shown.extend((str(request.url), repr(request.url)))

    wire.then(frames(b"\x03\x00"))
    with httpx.Client(event_hooks={"request": [hook]}) as http:
        client = SpritesClient("token", base_url=wire.url, http_client=http)
        client.run_http("demo", ["true"], env={"API_KEY": SECRET})
    assert len(shown) == 2
    assert SECRET not in "".join(shown)


def test_an_unknown_sprite_is_named(wire: Wire, sprite: Sprite) -> None:
    """P12: a refusal is typed."""
    wire.then(refusal)
    with pytest.raises(NotFoundError, match="sprite 'demo'"):
        sprite.run_http(["true"])
