# Written by scripts/unasync.py from tests/_async/test_commands_warm.py. Do not edit.
"""Commands over control sockets: quicker where there are some, and never another's output."""

import io
import threading
from typing import Any

import pytest

from sprites_facade import (
    APIConnectionError,
    CommandError,
    CommandTimeoutError,
    Sprite,
    SpritesClient,
)
from sprites_facade._sync import control, lanes
from tests.wire import Exchange, Handler, Wire, replies, silence, streams, wait_for
from tests.ws_wire import EOF, ERR, OUT, Peer, Script, command, websocket

pytestmark = pytest.mark.anyio

EXEC = "GET /v1/sprites/demo/exec"
CONTROL = "GET /v1/sprites/demo/control"
KILLED = '{"type": "signal", "signal": "KILL"}'


@pytest.fixture
def warm(wire: Wire) -> Wire:
    """A server with control sockets; the first command goes its own way."""
    wire.control = True
    wire.then(command(OUT + b"first"))
    return wire


def begin(peer: Peer) -> dict[str, Any]:
    start = peer.start()
    assert peer.receive() == EOF
    peer.introduce()
    return start


def plays(*frames: bytes, code: int = 0, **args: Any) -> Script:
    """Return a script that plays one command."""

    def script(peer: Peer) -> None:
        start = begin(peer)
        for frame in frames:
            peer.send(frame)
        peer.exit(code)
        peer.tell(start, "op.complete", **args)

    return script


def lane(*scripts: Script, gone: threading.Event | None = None) -> Handler:
    """Return a handler that plays these on one control socket, until the client closes it."""

    def script(peer: Peer) -> None:
        for one in scripts:
            one(peer)
        assert peer.receive() is None
        if gone is not None:
            gone.set()

    return websocket(script)


def test_a_connection_is_used_again(warm: Wire, sprite: Sprite) -> None:
    """The second command opens a connection that the others use; each gets what is its own."""
    starts: list[dict[str, Any]] = []

    def script(peer: Peer) -> None:
        start = begin(peer)
        starts.append(start)
        peer.send(OUT + b"%d" % len(starts))
        peer.send(ERR + b"!")
        peer.exit(0)
        peer.tell(start, "op.complete", exitCode=0)

    warm.then(lane(script, script))
    assert (sprite.run(["x"])).stdout == "first"
    done = sprite.run(["ls", "-l"], env={"A": "1"}, replace_env=True, cwd="/opt")
    assert (done.stdout, done.stderr, done.returncode) == ("1", "!", 0)
    assert (sprite.run("echo $HOME")).stdout == "2"
    assert warm.lines == [EXEC, CONTROL]
    assert [start["op"] for start in starts] == ["exec", "exec"]
    words = {"cmd": ["ls", "-l"], "path": "ls", "env": ["A=1"], "dir": "/opt"}
    assert starts[0]["args"] == {**words, "tty": "false", "stdin": "false"}
    assert starts[1]["args"]["cmd"] == ["bash", "-c", "echo $HOME"]


@pytest.mark.parametrize("args", [{}, {"exitCode": 0}, {"exitCode": 3}])
def test_the_exit_frame_counts(warm: Wire, sprite: Sprite, args: dict[str, int]) -> None:
    """Whatever the completion says or leaves out (P15)."""
    warm.then(lane(plays(code=7, **args), plays(OUT + b"next", exitCode=0)))
    sprite.run(["x"])
    assert (sprite.run(["x"])).returncode == 7
    assert (sprite.run(["x"])).stdout == "next"


def test_without_the_frame_only_a_statement_counts(warm: Wire, sprite: Sprite) -> None:
    """No exit status is made up: one that is in no message is an error (P15)."""

    def script(peer: Peer) -> None:
        peer.tell(begin(peer), "op.complete", exitCode=3)
        start = begin(peer)
        peer.text(type="exit", exit_code=5)
        peer.tell(start, "op.complete", exitCode=0)
        peer.tell(begin(peer), "op.complete", exitCode="0")

    warm.then(lane(script))
    sprite.run(["x"])
    assert (sprite.run(["x"])).returncode == 3
    assert (sprite.run(["x"])).returncode == 5
    with pytest.raises(CommandError, match="not its exit status"):
        sprite.run(["x"])


def test_what_timed_out_is_not_used_again(warm: Wire, sprite: Sprite) -> None:
    """The next command has a connection, an output and a status of its own (P16)."""

    def late(peer: Peer) -> None:
        start = begin(peer)
        peer.send(OUT + b"output-of-the-second")
        assert peer.receive() == KILLED
        peer.exit(137)
        peer.tell(start, "op.complete", exitCode=137)

    warm.then(lane(late), lane(plays(OUT + b"third", exitCode=0)))
    sprite.run(["x"])
    with pytest.raises(CommandTimeoutError) as caught:
        sprite.run(["x"], timeout=0.1)
    assert caught.value.stdout == "output-of-the-second"
    done = sprite.run(["x"])
    assert (done.returncode, done.stdout) == (0, "third")
    assert warm.lines == [EXEC, CONTROL, CONTROL]


def test_sinks_get_bytes(warm: Wire, sprite: Sprite) -> None:
    """In this transport as in the other (P17); one that fails ends the connection."""

    class NoSpaceError(Exception):
        pass

    def full(data: str) -> None:
        raise NoSpaceError(data)

    def failing(peer: Peer) -> None:
        begin(peer)
        peer.send(OUT + b"much")
        assert peer.receive() == KILLED
        peer.exit(137)

    warm.then(lane(plays(OUT + b"a\xff", ERR + b"b", exitCode=0), failing))
    out, pieces = io.BytesIO(), list[str]()
    sprite.run(["x"])
    sprite.run(["x"], stdout=out, stderr=pieces.append)
    assert (out.getvalue(), pieces) == (b"a\xff", ["b"])
    with pytest.raises(NoSpaceError, match="much"):
        sprite.run(["x"], stdout=full)


@pytest.mark.parametrize("known", [True, False])
def test_what_the_server_says_is_in_the_error(warm: Wire, sprite: Sprite, known: bool) -> None:
    """The text of a failure reaches the user, and the exit before it is no status (P18)."""

    def script(peer: Peer) -> None:
        start = peer.start()
        assert peer.receive() == EOF
        peer.text(type="error", message="no space left")
        peer.text(type="exit", exit_code=127)
        peer.tell(start, "op.error", **({"error": "no space left"} if known else {}))

    warm.then(lane(script), lane(plays(exitCode=0)))
    sprite.run(["x"])
    with pytest.raises(CommandError, match="no space left"):
        sprite.run(["x"])
    assert (sprite.run(["x"])).returncode == 0


def test_a_broken_connection_is_no_status(warm: Wire, sprite: Sprite) -> None:
    """As everywhere: what was started and not ended is unknown, and is not tried again."""

    def script(peer: Peer) -> None:
        begin(peer)
        peer.close(1001, "the sprite stopped")

    warm.then(websocket(script))
    sprite.run(["x"])
    with pytest.raises(APIConnectionError, match="may be running still"):
        sprite.run(["x"])
    assert warm.lines == [EXEC, CONTROL]


@pytest.mark.parametrize("after", ["late", "error", "other", "silence"])
def test_whatever_is_in_doubt_is_closed(
    warm: Wire, sprite: Sprite, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    """Output after the exit, or no proper completion: no later command sees any of it."""
    monkeypatch.setattr(control, "_SETTLING", 0.2)

    def script(peer: Peer) -> None:
        start = begin(peer)
        peer.exit(0)
        if after == "late":
            peer.send(OUT + b"late")
            peer.tell(start, "op.complete", exitCode=0)
            plays(OUT + b"own", exitCode=0)(peer)
        elif after != "silence":
            other = {**start, "id": "99"} if after == "other" else start
            peer.tell(other, "op.error" if after == "error" else "op.complete")

    warm.then(lane(script), lane(plays(OUT + b"own", exitCode=0)))
    sprite.run(["x"])
    sprite.run(["x"])
    assert (sprite.run(["x"])).stdout == "own"
    assert len(warm.lines) == (2 if after == "late" else 3)


def test_a_connection_that_the_server_closed_is_replaced(
    warm: Wire, sprite: Sprite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether its end was heard or only shows when it is asked."""
    monkeypatch.setattr(control, "_FRESH", 0.0)
    closed = threading.Event()

    def closing(peer: Peer) -> None:
        plays(exitCode=0)(peer)
        peer.drop()
        closed.set()

    warm.then(websocket(closing), lane(plays(OUT + b"own", exitCode=0)))
    sprite.run(["x"])
    sprite.run(["x"])
    wait_for(closed)
    assert (sprite.run(["x"])).stdout == "own"


def test_one_that_was_idle_for_long_is_asked_first(
    warm: Wire, sprite: Sprite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that answers is used, one that does not is replaced."""
    monkeypatch.setattr(control, "_FRESH", 0.0)
    monkeypatch.setattr(control, "_SETTLING", 0.2)
    done = threading.Event()

    def script(peer: Peer) -> None:
        plays(exitCode=0)(peer)
        peer.wait_for_ping()
        plays(OUT + b"again", exitCode=0)(peer)
        wait_for(done)

    warm.then(websocket(script), lane(plays(OUT + b"other", exitCode=0)))
    sprite.run(["x"])
    sprite.run(["x"])
    assert (sprite.run(["x"])).stdout == "again"
    assert (sprite.run(["x"])).stdout == "other"
    done.set()


def test_what_is_not_used_is_closed(
    warm: Wire, sprite: Sprite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It might keep a sprite from its rest."""
    monkeypatch.setattr(lanes, "LONGEST_IDLE", 0.05)
    gone = threading.Event()
    warm.then(lane(plays(exitCode=0), gone=gone), replies(200, {"sessions": []}))
    warm.always(replies(200, {"sessions": []}))
    sprite.run(["x"])
    sprite.run(["x"])
    while not gone.is_set():
        sprite.list_sessions()
        gone.wait(0.02)


def test_closing_the_client_closes_them(warm: Wire, client: SpritesClient) -> None:
    """As all of its connections."""
    gone = threading.Event()
    warm.then(lane(plays(exitCode=0), gone=gone))
    sprite = client.sprite("demo")
    sprite.run(["x"])
    sprite.run(["x"])
    client.close()
    wait_for(gone)


def test_operations_that_end_processes_end_them(warm: Wire, sprite: Sprite) -> None:
    """After a restore or a deletion another life begins, and the first command finds its way."""
    gone = threading.Event()
    warm.then(
        lane(plays(exitCode=0), gone=gone),
        streams({"type": "complete", "data": ""}),
        command(OUT + b"restored"),
        lane(plays(OUT + b"warm again", exitCode=0)),
    )
    sprite.run(["x"])
    sprite.run(["x"])
    sprite.restore_checkpoint("v1")
    wait_for(gone)
    assert (sprite.run(["x"])).stdout == "restored"
    assert (sprite.run(["x"])).stdout == "warm again"


def test_without_support_everything_works(wire: Wire, sprite: Sprite) -> None:
    """A server is asked once only."""
    wire.control = True
    wire.then(command(), replies(404, b"not found"), command(code=3), command(OUT + b"more"))
    sprite.run(["x"])
    assert (sprite.run(["x"])).returncode == 3
    assert (sprite.run(["x"])).stdout == "more"
    assert wire.lines == [EXEC, CONTROL, EXEC, EXEC]


def _hangs_up(exchange: Exchange) -> None:
    exchange.cut()


@pytest.mark.parametrize(
    ("handler", "tries"), [(silence, 2), (replies(503), 3), (replies(429), 3), (_hangs_up, 3)]
)
def test_a_handshake_that_fails_is_no_failure(
    wire: Wire,
    sprite: Sprite,
    monkeypatch: pytest.MonkeyPatch,
    handler: Handler,
    tries: int,
) -> None:
    """Trouble that passes is tried again; a server that is silent, twice at the most."""
    # Only silence has to run out of its time; a busy machine may be slow to hang up.
    monkeypatch.setattr(control, "_OPENING", 0.1 if handler is silence else 10)
    wire.control = True

    def script(exchange: Exchange) -> None:
        is_control = exchange.request.path.endswith("/control")
        (handler if is_control else command(OUT + b"fine"))(exchange)

    wire.always(script)
    for _ in range(4 + (tries == 2)):
        assert (sprite.run(["x"])).stdout == "fine"
    assert wire.lines.count(CONTROL) == tries


def test_what_is_not_plain_has_its_own_connection(warm: Wire, sprite: Sprite) -> None:
    """Input may be under way when a command ends, and terminals have no frames."""
    warm.always(command(OUT + b"own"))
    sprite.run(["x"])
    assert (sprite.run(["x"], max_frame=1000)).stdout == "own"
    assert (sprite.run(["x"], max_run_after_disconnect=0)).stdout == "own"
    assert (sprite.run(["x", "\udcff"])).stdout == "own"
    with sprite.start(["x"]) as process:
        process.wait()

    def reads(peer: Peer) -> None:
        peer.introduce()
        assert peer.input() == b"input"
        peer.exit(0)
        peer.receive_all()

    warm.then(websocket(reads), command(tty=True))
    sprite.run(["x"], input="input")
    sprite.run(["x"], tty=True)
    assert set(warm.lines) == {EXEC}
