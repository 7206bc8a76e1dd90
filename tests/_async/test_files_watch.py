"""Watching files."""

import json
from datetime import UTC, datetime

import pytest

from sprites_facade import (
    APITimeoutError,
    AsyncFileWatch,
    AsyncSprite,
    FileEvent,
    FileSystemError,
    StreamFormatError,
    StreamTruncatedError,
)
from sprites_facade._core.files import private_name
from tests.wire import Wire, replies
from tests.ws_wire import Peer, websocket

pytestmark = pytest.mark.anyio

CHANGE = {
    "type": "event",
    "path": "/app/a",
    "event": "write",
    "timestamp": "2026-01-31T12:20:24.123456789Z",
    "size": 3,
    "isDir": False,
    "who": "me",
}


def confirm(peer: Peer) -> None:
    raw = peer.receive()
    assert isinstance(raw, str)
    request = json.loads(raw)
    assert request["type"] == "subscribe"
    peer.text(type="subscribed", paths=request["paths"])


async def test_changes_come_as_typed_events(wire: Wire, sprite: AsyncSprite) -> None:
    """What the server adds is kept, what it leaves out is None, and other messages are passed."""
    peers: list[Peer] = []

    def script(peer: Peer) -> None:
        peers.append(peer)
        confirm(peer)
        peer.text(**CHANGE)
        peer.text(type="heartbeat")
        peer.text(type="event", path="/app/b", event="melt")
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.files.watch(["/app", "b"], recursive=True) as watch:
        assert isinstance(watch, AsyncFileWatch)
        assert watch.paths == ("/app", "b")
        first = await anext(watch)
        moment = datetime(2026, 1, 31, 12, 20, 24, 123456, tzinfo=UTC)
        assert first == FileEvent(
            type="write", path="/app/a", time=moment, size=3, is_dir=False, extra={"who": "me"}
        )
        assert await watch.next(timeout=5) == FileEvent(type="melt", path="/app/b")
        with pytest.raises(APITimeoutError, match=r"fs/watch: no change within 0\.01 s"):
            await watch.next(timeout=0.01)
    assert [event async for event in watch] == []
    assert json.loads(peers[0].messages[0]) == {
        "type": "subscribe",
        "paths": ["/app", "b"],
        "recursive": True,
        "workingDir": "/home/sprite",
    }
    assert wire.lines == ["GET /v1/sprites/demo/fs/watch"]


async def test_files_of_our_own_are_passed_over(wire: Wire, sprite: AsyncSprite) -> None:
    """Those of uploads that are put together, here or in another process."""
    name = private_name()
    theirs = ".sprites-notes"

    def script(peer: Peer) -> None:
        confirm(peer)
        for own in (f"/app/{name}.0", f"/app/{name}", f"/{name}.17"):
            peer.text(type="event", path=own, event="create")
        peer.text(type="event", path=f"/app/{theirs}", event="create")
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.files.watch("/app") as watch:
        assert (await watch.next(timeout=5)) == FileEvent(type="create", path=f"/app/{theirs}")


@pytest.mark.parametrize("ending", ["close", "drop", "cut"])
async def test_a_watch_that_the_server_ends_does_not_end_silently(
    wire: Wire, sprite: AsyncSprite, ending: str
) -> None:
    """Whoever waits for a change would believe that there was none."""

    def script(peer: Peer) -> None:
        confirm(peer)
        peer.text(**CHANGE)
        getattr(peer, ending)()

    wire.then(websocket(script))
    async with sprite.files.watch("/app") as watch:
        assert (await anext(watch)).path == "/app/a"
        with pytest.raises(StreamTruncatedError, match="nothing is watched any more"):
            await watch.next()


async def test_what_cannot_be_watched(wire: Wire, sprite: AsyncSprite) -> None:
    """It is an error of the call, and a builtin one."""

    def script(peer: Peer) -> None:
        peer.receive()
        peer.text(type="error", message="no such file or directory", path="/nothing")
        peer.receive_all()

    wire.then(websocket(script))
    with pytest.raises(FileNotFoundError, match="'/nothing'"):
        await sprite.files.watch("/nothing")
    wire.then(replies(404, {"error": "no such path", "code": "ENOENT", "path": "/x"}))
    with pytest.raises(FileNotFoundError):
        await sprite.files.watch("/x")


async def test_a_failure_while_watching(wire: Wire, sprite: AsyncSprite) -> None:
    """After what was delivered before."""

    def script(peer: Peer) -> None:
        confirm(peer)
        peer.text(**CHANGE)
        peer.text(type="error", message="too many changes")
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.files.watch("/app") as watch:
        assert await watch.next() is not None
        with pytest.raises(FileSystemError, match="too many changes"):
            await watch.next()


@pytest.mark.parametrize("message", ["no json", "[]", '{"type":"event","path":3}'])
async def test_what_is_no_event(wire: Wire, sprite: AsyncSprite, message: str) -> None:
    """It is told, not skipped."""

    def script(peer: Peer) -> None:
        confirm(peer)
        peer.send(message)
        peer.receive_all()

    wire.then(websocket(script))
    async with sprite.files.watch("/app") as watch:
        with pytest.raises(StreamFormatError):
            await watch.next()
