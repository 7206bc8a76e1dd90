# Written by scripts/unasync.py from tests/_async/test_commands_faults.py. Do not edit.
"""What a command's end is taken from when things go wrong, and what errors keep to themselves."""

import io
import logging
import subprocess
import threading
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from sprites_facade import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    CommandTimeoutError,
    ConfigurationError,
    NotFoundError,
    RateLimitError,
    Sprite,
    SpritesClient,
    SpritesError,
    StreamFormatError,
)
from sprites_facade._core import operations
from sprites_facade._sync.sockets import Socket, open_socket
from tests.wire import Exchange, Handler, Wire, replies, streams, wait_for
from tests.ws_wire import EOF, ERR, EXIT, NO_SIGNAL, OUT, STDIN, Peer, command, websocket

pytestmark = pytest.mark.anyio

SECRET = "hunter2"
KILLED = '{"type": "signal", "signal": "KILL"}'


def ends(end: str, *, tty: bool = False, **fields: Any) -> Handler:
    """Return a handler whose command writes something and ends without an exit status."""

    def script(peer: Peer) -> None:
        peer.introduce(tty=tty)
        peer.send(b"part" if tty else OUT + b"part")
        peer.receive()
        if fields:
            peer.text(**fields)
        getattr(peer, end)()

    return websocket(script)


@pytest.mark.parametrize("end", ["close", "cut", "drop"])
@pytest.mark.parametrize("tty", [False, True])
def test_an_end_without_a_status_is_an_error(
    wire: Wire, sprite: Sprite, end: str, tty: bool
) -> None:
    """Neither 0 for a clean close (G7) nor a code that was made up (J7); output comes first."""
    wire.then(ends(end, tty=tty))
    with sprite.start(["x"], tty=tty) as process:
        assert process.stdin is not None
        process.stdin.write("go")
        assert (next(process)).data == "part"
        with pytest.raises(APIConnectionError, match="may be running still"):
            next(process)
        assert process.returncode is None
        with pytest.raises(APIConnectionError):
            process.wait()


def test_what_the_server_said_is_in_the_error(wire: Wire, sprite: Sprite) -> None:
    """A text that explains the end is not hidden (P18), and neither is the close's own."""
    wire.then(ends("drop", type="error", message="no space left"))
    with pytest.raises(APIConnectionError, match="no space left"):
        sprite.run(["x"])

    def script(peer: Peer) -> None:
        peer.close(1011, "engine failed")

    wire.then(websocket(script))
    with pytest.raises(APIConnectionError, match="1011: engine failed"):
        sprite.run(["x"])


def test_the_first_status_counts(wire: Wire, sprite: Sprite) -> None:
    """What comes after an exit frame changes nothing (P15)."""

    def script(peer: Peer) -> None:
        peer.exit(7)
        peer.text(type="exit", exit_code=0)
        peer.send(OUT + b"late")
        peer.receive_all()

    wire.then(websocket(script))
    done = sprite.run(["x"])
    assert (done.returncode, done.stdout) == (7, "")


def test_the_end_is_not_waited_for(wire: Wire, sprite: Sprite) -> None:
    """Servers keep the connection open for seconds after the exit frame."""
    done = threading.Event()

    def script(peer: Peer) -> None:
        peer.exit(0)
        wait_for(done)  # without an answer to the client's close

    wire.then(websocket(script))
    assert (sprite.run(["x"], timeout=5)).returncode == 0
    done.set()


def test_unknown_messages_mean_nothing(wire: Wire, sprite: Sprite) -> None:
    """A newer server may send them, and texts that are no JSON (S2)."""

    def script(peer: Peer) -> None:
        peer.text(type="port_opened", port=80, address="127.0.0.1", pid=1)
        peer.text(type="news", data=1)
        peer.text(type="exit", exit_code="7")
        peer.text(type="session_info", session_id=["?"], tty="?")
        for text in ("{", "[]", "null", '"x"', ""):
            peer.send(text)
        peer.send(b"")
        peer.exit(3)
        peer.receive_all()

    wire.then(websocket(script))
    assert (sprite.run(["x"])).returncode == 3


@pytest.mark.parametrize("frame", [b"\x07data", EXIT, EXIT + b"\0\0", STDIN + b"x"])
def test_an_unknown_frame_is_an_error(wire: Wire, sprite: Sprite, frame: bytes) -> None:
    """Output that may be lost is not passed over."""

    def script(peer: Peer) -> None:
        peer.send(frame)
        peer.exit(0)
        peer.receive_all()

    wire.then(websocket(script))
    with pytest.raises(StreamFormatError):
        sprite.run(["x"])


def test_messages_of_any_size(wire: Wire, sprite: Sprite) -> None:
    """One of 12 MiB is read (P21); beyond a bound that was asked for the error names it."""
    wire.always(command(OUT + bytes(12 << 20)))
    assert len((sprite.run(["x"], text=False)).stdout) == 12 << 20
    with pytest.raises(APIConnectionError, match="max_frame"):
        sprite.run(["x"], max_frame=1 << 20)


def test_a_failing_input_is_raised_and_ends_the_command(wire: Wire, sprite: Sprite) -> None:
    """Otherwise the command would wait for more for ever (P20)."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        taken.extend(peer.receive_all())

    def source() -> Iterator[str]:
        yield "first"
        raise OSError("disk on fire")

    wire.then(websocket(script))
    with pytest.raises(OSError, match="disk on fire"):
        sprite.run(["cat"], stdin=source())
    assert taken == [STDIN + b"first", EOF, KILLED]


def test_a_failing_sink_ends_the_command(wire: Wire, sprite: Sprite) -> None:
    """Its own exception is raised."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        peer.send(OUT + b"x")
        taken.extend([peer.receive(), peer.receive()])
        peer.exit(137)
        peer.receive_all()

    def sink(_: object) -> None:
        raise OSError("disk full")

    wire.then(websocket(script))
    with pytest.raises(OSError, match="disk full"):
        sprite.run(["yes"], stdout=sink)
    assert taken == [EOF, KILLED]


def killing(*events: Any) -> Handler:
    """Return a handler for the request that kills."""
    return streams(*events, {"type": "complete", "message": "done"})


def test_a_server_without_signals_is_asked_to_kill(wire: Wire, sprite: Sprite) -> None:
    """By a request of its own, which does not wait (P19)."""
    killed = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce("1847")
        wait_for(killed)
        peer.exit(137)
        peer.receive_all()

    def kill(exchange: Exchange) -> None:
        killing()(exchange)
        killed.set()

    wire.then(websocket(script, capabilities=NO_SIGNAL), kill)
    with pytest.raises(CommandTimeoutError):
        sprite.run(["sleep", "100"], timeout=0.1)
    assert wire.lines[1] == "POST /v1/sprites/demo/exec/1847/kill"
    assert wire.requests[1].query == {"signal": ["SIGKILL"], "timeout": ["0s"]}


def test_a_signal_that_has_no_effect_is_followed_by_a_request(wire: Wire, sprite: Sprite) -> None:
    """Input that the command does not read may be in the way of the message."""
    killed = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce("1847")
        peer.send(OUT + b"partial")
        wait_for(killed)

    def kill(exchange: Exchange) -> None:
        killing()(exchange)
        killed.set()

    wire.then(websocket(script), kill)
    with pytest.raises(CommandTimeoutError) as caught:
        sprite.run(["sleep", "100"], input=bytes(64 << 20), timeout=0.1)
    assert caught.value.stdout == "partial"
    assert wire.lines[1] == "POST /v1/sprites/demo/exec/1847/kill"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, "No command specified\n", BadRequestError),
        (401, '{"error":"authentication failed"}', AuthenticationError),
        (404, '{"error":"sprite not found"}', NotFoundError),
        (429, '{"error":"concurrent_sprite_limit_exceeded"}', RateLimitError),
        (503, "<html>no</html>", APIStatusError),
    ],
)
def test_a_refused_handshake(
    wire: Wire, sprite: Sprite, status: int, body: str, error: type[APIStatusError]
) -> None:
    """The status gives the class, and the body is in it; nothing is tried again."""
    wire.then(replies(status, body))
    with pytest.raises(error) as caught:
        sprite.run(["x"])
    assert caught.value.status == status
    assert caught.value.body is not None
    assert caught.value.path == "/v1/sprites/demo/exec"
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "handler",
    [
        replies(401, '{"error":"no"}'),
        replies(200, "not a WebSocket"),
        replies(302, "", headers={"Location": "http://127.0.0.1:1/"}),
        Exchange.cut,
        ends("drop"),
        command(b"\x09"),
        command(code=1),
    ],
)
def test_no_error_or_log_shows_the_query(
    wire: Wire, sprite: Sprite, caplog: pytest.LogCaptureFixture, handler: Handler
) -> None:
    """It holds the command and its environment, and the wire has no other place (P23, J6)."""
    caplog.set_level(logging.DEBUG)
    wire.then(handler)
    with pytest.raises((SpritesError, UnicodeError)) as caught:
        sprite.run(["login", SECRET], env={"KEY": SECRET}, check=True)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    source = 'sprite.run(["login", SECRET]'
    assert SECRET not in shown.replace(source, "")
    assert "s3cret" not in shown
    assert wire.requests[0].query["env"][-1] == f"KEY={SECRET}"


def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    """A request that never left is tried again, and then says so without the query."""
    caplog.set_level(logging.DEBUG)
    with Wire() as gone:
        url = gone.url
    with SpritesClient("t", base_url=url, max_retries=1) as client:
        with pytest.raises(APIConnectionError) as caught:
            client.run("demo", ["login", SECRET])
    assert not caught.value.sent
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert SECRET not in shown
    assert "again in" in caplog.text


def test_a_handshake_without_an_answer(wire: Wire, sprite: Sprite) -> None:
    """It has no more time than the command was given."""
    done = threading.Event()
    wire.then(lambda _: wait_for(done))
    with pytest.raises(APITimeoutError):
        sprite.run(["x"], timeout=0.1)
    done.set()


def test_a_long_query_is_warned_of(
    wire: Wire, sprite: Sprite, caplog: pytest.LogCaptureFixture
) -> None:
    """Servers refuse it, and the reason is not obvious; the text does not repeat it."""
    wire.then(replies(414, "URI too long"))
    with pytest.raises(APIStatusError):
        sprite.run(["x"], env={"KEY": SECRET * 2000})
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "pass data as input" in record.message
    assert SECRET not in record.message


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ("", {}),
        ("  ", {}),
        ([], {}),
        ([""], {}),
        ([b"ls"], {}),
        (["ls", 3], {}),
        (["ls", "a\0b"], {}),
        ("ls\0", {}),
        (["ls", "\ud800"], {}),
        (["ls"], {"timeout": -1}),
        (["ls"], {"timeout": float("nan")}),
        (["ls"], {"timeout": "1"}),
        (["ls"], {"input": "x", "stdin": io.BytesIO()}),
        (["ls"], {"input": 5}),
        (["ls"], {"stdin": subprocess.PIPE}),
        (["ls"], {"stdin": "text"}),
        (["ls"], {"stdin": object()}),
        (["ls"], {"stdout": object()}),
        (["ls"], {"stdout": subprocess.STDOUT}),
        (["ls"], {"env": {"": "x"}}),
        (["ls"], {"env": {"A=B": "x"}}),
        (["ls"], {"env": {"A\0": "x"}}),
        (["ls"], {"env": {"A": "x\0"}}),
        (["ls"], {"env": {"A": 5}}),
        (["ls"], {"env": {}, "replace_env": True}),
        (["ls"], {"replace_env": True}),
        (["ls"], {"cwd": ""}),
        (["ls"], {"cwd": "a\0"}),
        (["ls"], {"size": (0, 24), "tty": True}),
        (["ls"], {"max_frame": 0}),
        (["ls"], {"encoding": "no-such"}),
        (["ls"], {"errors": "no-such"}),
        (["ls"], {"max_run_after_disconnect": -1}),
    ],
)
def test_what_cannot_be_is_refused_before_any_request(
    wire: Wire, sprite: Sprite, args: Any, options: Any
) -> None:
    """As a ValueError, as `subprocess` has it."""
    with pytest.raises(ConfigurationError) as caught:
        sprite.run(args, **options)
    assert isinstance(caught.value, ValueError)
    assert wire.connections == 0


def test_a_client_that_is_closed(wire: Wire) -> None:
    """It opens no WebSocket either."""
    with SpritesClient("t", base_url=wire.url) as client:
        pass
    with pytest.raises(ConfigurationError, match="closed"):
        client.run("demo", ["x"])
    assert wire.connections == 0


def eager_socket(client: SpritesClient) -> Socket:
    """Open a socket that asks often whether the other side is there."""
    call = operations.start_session("demo", cmd=["x"])
    return open_socket(client._transport, call, ping_interval=0.02)


def test_silence_is_no_end(wire: Wire, client: SpritesClient) -> None:
    """A command may be silent for as long as it likes while pings are answered (J8)."""

    def script(peer: Peer) -> None:
        for _ in range(20):  # it is given up after two without an answer
            peer.wait_for_ping()
        peer.send(ERR + b"still here")
        peer.receive_all()

    wire.then(websocket(script))
    socket = eager_socket(client)
    assert socket.receive(10) == ERR + b"still here"
    socket.close()


def test_a_server_that_is_gone_is_noticed(wire: Wire, client: SpritesClient) -> None:
    """No answer to any ping is an end, though the connection looks open."""
    done = threading.Event()

    def script(peer: Peer) -> None:
        wait_for(done)

    wire.then(websocket(script))
    socket = eager_socket(client)
    assert socket.receive(10) is None
    assert socket.ending == "there was no sign of life for 0.02 s"
    done.set()
