# Written by scripts/unasync.py from tests/_async/test_commands_faults.py. Do not edit.
"""What a command's end is taken from when things go wrong."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from sprites_facade import (
    APIConnectionError,
    CommandTimeoutError,
    Sprite,
    SpritesClient,
    StreamFormatError,
)
from sprites_facade._core import operations
from sprites_facade._sync.sockets import Socket, open_socket
from tests.wire import Exchange, Handler, Wire, streams, wait_for
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
    started = time.monotonic()
    assert (sprite.run(["x"])).returncode == 0
    assert time.monotonic() - started < 3
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


@pytest.mark.parametrize("warm", [False, True])
def test_no_bound_on_answers_is_one_on_commands(
    wire: Wire, client: SpritesClient, monkeypatch: pytest.MonkeyPatch, warm: bool
) -> None:
    """J8: a command that is silent for longer than any answer may take goes on."""
    config = attrs.evolve(client._transport.config, timeout=0.1, stream_timeout=0.1)
    monkeypatch.setattr(client._transport, "config", config)

    def script(peer: Peer) -> None:
        start = peer.start() if warm else None
        assert peer.receive() == EOF
        time.sleep(0.5)  # the silence, not a wait for something
        peer.send(OUT + b"done")
        peer.exit(0)
        if start is not None:
            peer.tell(start, "op.complete", exitCode=0)
        peer.receive_all()

    wire.control = warm
    wire.then(*[command()] * warm, websocket(script))
    if warm:
        client.run("demo", ["x"])
    assert (client.run("demo", ["sleep"])).stdout == "done"


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
