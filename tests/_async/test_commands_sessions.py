"""Sessions: list, attach, end."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sprites_facade import (
    APIConnectionError,
    APIResponseError,
    AsyncSprite,
    AsyncSpritesClient,
    ConfigurationError,
    InvalidNameError,
    KillEvent,
    KillResult,
    NotFoundError,
    OperationFailedError,
    Output,
    Session,
    StreamTruncatedError,
)
from tests.wire import Wire, replies, streams
from tests.ws_wire import OUT, STDIN, Peer, websocket

pytestmark = pytest.mark.anyio

LISTED = {
    "id": "1847",
    "command": "/usr/bin/bash -i",
    "workdir": "/home/sprite",
    "created": "2026-01-05T10:30:00Z",
    "bytes_per_second": 12.5,
    "is_active": True,
    "tty": True,
    "news": 1,
}
SESSION = Session(
    id="1847",
    command="/usr/bin/bash -i",
    workdir="/home/sprite",
    created=datetime(2026, 1, 5, 10, 30, tzinfo=UTC),
    bytes_per_second=12.5,
    is_active=True,
    tty=True,
    extra={"news": 1},
)


@pytest.mark.parametrize(
    "answer",
    [
        {"count": 1, "sessions": [LISTED]},
        [LISTED],
        [{**LISTED, "id": 1847}],
        {"sessions": [{**LISTED, "last_activity": None}]},
    ],
)
async def test_list_sessions(wire: Wire, sprite: AsyncSprite, answer: Any) -> None:
    """Servers and documents differ in the shape and in the type of the id."""
    wire.then(replies(200, answer))
    assert await sprite.list_sessions() == [SESSION]
    assert wire.lines == ["GET /v1/sprites/demo/exec"]
    assert "bash" not in repr(SESSION)


@pytest.mark.parametrize("answer", [{"sessions": None}, {"sessions": []}, []])
async def test_no_sessions(wire: Wire, client: AsyncSpritesClient, answer: Any) -> None:
    """Null is an empty list, as Go writes it."""
    wire.then(replies(200, answer))
    assert await client.list_sessions("demo") == []


@pytest.mark.parametrize("answer", [{"count": 0}, "sessions", {"sessions": [{"id": None}]}])
async def test_a_list_that_is_none(wire: Wire, sprite: AsyncSprite, answer: Any) -> None:
    """Nothing is made up of another shape."""
    wire.then(replies(200, answer))
    with pytest.raises(APIResponseError):
        await sprite.list_sessions()


async def test_attach(wire: Wire, sprite: AsyncSprite) -> None:
    """First comes what the server kept, then what is new; the session knows its own mode."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce("1847")
        peer.send(OUT + b"kept")
        taken.append(peer.receive())
        peer.exit(3)
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.attach("1847") as process:
        assert (process.session_id, process.tty, process.args) == ("1847", False, None)
        assert await anext(process) == Output("stdout", "kept")
        assert process.stdin is not None
        await process.stdin.write("x")
        assert await process.wait() == 3
    assert wire.lines == ["GET /v1/sprites/demo/exec/1847"]
    assert taken == [STDIN + b"x"]


async def test_attach_to_a_terminal(wire: Wire, client: AsyncSpritesClient) -> None:
    """Input and output have no frames then."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce("9", tty=True)
        peer.send(b"\x1b[Hscreen")
        taken.append(peer.receive())
        peer.text(type="exit", exit_code=0)
        peer.receive_all()

    wire.then(websocket(script))
    async with client.attach("demo", "9", text=False, size=(100, 30)) as process:
        assert process.tty
        assert (await anext(process)).data == b"\x1b[Hscreen"
        assert process.stdin is not None
        await process.stdin.write(b"q")
        assert await process.wait() == 0
    assert taken == [b"q"]
    assert wire.requests[0].query == {"cols": ["100"], "rows": ["30"]}


async def test_attach_to_nothing(wire: Wire, sprite: AsyncSprite) -> None:
    """The handshake is refused, and some servers end the connection without a word."""
    wire.then(replies(404, "session not found: 5\n", content_type="text/plain"))
    with pytest.raises(NotFoundError, match="session '5' of sprite 'demo'"):
        await sprite.attach("5")
    wire.then(websocket(lambda peer: peer.close()))
    with pytest.raises(APIConnectionError):
        await sprite.attach("5")


@pytest.mark.parametrize("session_id", ["", "..", "a/b", "a%2fb", "a\nb", 5])
async def test_ids_that_lead_elsewhere(wire: Wire, sprite: AsyncSprite, session_id: Any) -> None:
    """They are refused before any request."""
    with pytest.raises(InvalidNameError):
        await sprite.attach(session_id)
    with pytest.raises(InvalidNameError):
        await sprite.kill_session(session_id)
    assert wire.connections == 0


async def test_kill_session(wire: Wire, sprite: AsyncSprite) -> None:
    """The whole stream is read, whichever field the texts are in, and the status is kept."""
    wire.then(
        streams(
            {"type": "signal", "message": "Sent", "signal": "SIGINT", "pid": 1847},
            {"type": "timeout", "data": "Timeout after 1.5s, sending SIGKILL"},
            {"type": "killed", "message": "Killed", "news": 1},
            {"type": "complete", "exit_code": 137},
        )
    )
    assert await sprite.kill_session("1847", "INT", 1.5) == KillResult(
        exit_code=137,
        events=(
            KillEvent(type="signal", message="Sent", signal="SIGINT", pid=1847),
            KillEvent(type="timeout", message="Timeout after 1.5s, sending SIGKILL"),
            KillEvent(type="killed", message="Killed", extra={"news": 1}),
            KillEvent(type="complete", exit_code=137),
        ),
    )
    assert wire.lines == ["POST /v1/sprites/demo/exec/1847/kill"]
    assert wire.requests[0].query == {"signal": ["SIGINT"], "timeout": ["1.5s"]}


async def test_kill_session_asks_for_the_usual(wire: Wire, client: AsyncSpritesClient) -> None:
    """TERM, and the server's own patience; an unknown status stays unknown."""
    wire.then(streams({"type": "exited"}, {"type": "complete"}))
    result = await client.kill_session("demo", "7")
    assert (result.exit_code, result.forced, result.already_exited) == (None, False, False)
    assert wire.requests[0].query == {"signal": ["SIGTERM"]}


async def test_kill_session_that_ended(wire: Wire, sprite: AsyncSprite) -> None:
    """It is ended, as was asked for; one that never was is an error."""
    wire.then(replies(410, "session already exited\n", content_type="text/plain"))
    assert await sprite.kill_session("7") == KillResult(already_exited=True)
    wire.then(replies(404, "session not found\n", content_type="text/plain"))
    with pytest.raises(NotFoundError):
        await sprite.kill_session("7")


async def test_kill_session_without_success(wire: Wire, sprite: AsyncSprite) -> None:
    """What the server reports is raised, and a stream that breaks off proves nothing."""
    wire.then(streams({"type": "error", "message": "not permitted"}))
    with pytest.raises(OperationFailedError, match="not permitted"):
        await sprite.kill_session("7")
    wire.then(streams({"type": "signal"}))
    with pytest.raises(StreamTruncatedError):
        await sprite.kill_session("7")


@pytest.mark.parametrize("signal", ["", "SIG TERM", 0, 999, "9/", None, True])
async def test_no_such_signal(wire: Wire, sprite: AsyncSprite, signal: Any) -> None:
    """It is refused before any request."""
    with pytest.raises(ConfigurationError):
        await sprite.kill_session("7", signal)
    assert wire.connections == 0


async def test_negative_patience(wire: Wire, sprite: AsyncSprite) -> None:
    """It is refused before any request."""
    with pytest.raises(ConfigurationError):
        await sprite.kill_session("7", timeout=-1)
    assert wire.connections == 0
