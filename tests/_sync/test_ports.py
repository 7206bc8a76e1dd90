# Written by scripts/unasync.py from tests/_async/test_ports.py. Do not edit.
"""The watch of ports: what is open already, each change, and the truth about its end."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from sprites_facade import (
    APITimeoutError,
    NotFoundError,
    PortEvent,
    Sprite,
    SpritesClient,
    StreamFormatError,
    StreamTruncatedError,
)
from tests.wire import Wire, replies, wait_for
from tests.ws_wire import Peer, websocket

pytestmark = pytest.mark.anyio

HTTP: dict[str, Any] = {"type": "port_opened", "port": 8080, "address": "0.0.0.0", "pid": 7}
DB: dict[str, Any] = {"type": "port_opened", "port": 5432, "address": "127.0.0.1", "pid": 8}


def opened(port: int, address: str = "127.0.0.1", **fields: Any) -> PortEvent:
    return PortEvent(type="port_opened", port=port, address=address, **fields)


def test_what_is_open_comes_first(wire: Wire, sprite: Sprite) -> None:
    """Whoever waits for a port does not miss one that is open already."""
    seen = threading.Event()

    def script(peer: Peer) -> None:
        peer.text(type="port_list", ports=[HTTP, DB])
        wait_for(seen)
        peer.text(type="port_closed", port=8080, address="0.0.0.0", pid=7)
        peer.text(type="port_opened", port=3000, address="http://demo.sprites.app:3000", extra=1)
        assert peer.receive() is None

    wire.then(websocket(script))
    with sprite.watch_ports() as watch:
        assert [event.port for event in watch.ports] == [8080, 5432]
        assert watch.next() == opened(8080, "0.0.0.0", pid=7)
        assert watch.next() == opened(5432, pid=8)
        seen.set()
        changes = [watch.next(), watch.next()]
        assert changes == [
            PortEvent(type="port_closed", port=8080, address="0.0.0.0", pid=7),
            opened(3000, "http://demo.sprites.app:3000", extra={"extra": 1}),
        ]
        assert [event.port for event in watch.ports] == [5432, 3000]
    assert watch.next() is None
    assert wire.lines == ["GET /v1/sprites/demo/ports/watch"]


@pytest.mark.parametrize("ports", [None, []])
def test_nothing_is_open(wire: Wire, sprite: Sprite, ports: Any) -> None:
    """P11: null is an empty list, and a wait with a bound loses nothing."""
    seen = threading.Event()

    def script(peer: Peer) -> None:
        peer.text(type="port_list", ports=ports)
        wait_for(seen)
        peer.text(type="heartbeat")
        peer.text(**DB)
        assert peer.receive() is None

    wire.then(websocket(script))
    with sprite.watch_ports() as watch:
        assert watch.ports == ()
        with pytest.raises(APITimeoutError, match="still open"):
            watch.next(timeout=0.01)
        seen.set()
        for event in watch:
            assert event == opened(5432, pid=8)
            watch.close()


def test_a_second_list_tells_what_was_missed(wire: Wire, sprite: Sprite) -> None:
    def script(peer: Peer) -> None:
        peer.text(type="port_list", ports=[HTTP])
        peer.text(type="port_list", ports=[DB])
        assert peer.receive() is None

    wire.then(websocket(script))
    with sprite.watch_ports() as watch:
        events = [watch.next() for _ in range(3)]
    assert [(event.type, event.port) for event in events if event] == [
        ("port_opened", 8080),
        ("port_closed", 8080),
        ("port_opened", 5432),
    ]


def test_a_closed_port_without_an_address(wire: Wire, sprite: Sprite) -> None:
    def script(peer: Peer) -> None:
        peer.text(type="port_list", ports=[HTTP, {**HTTP, "address": "::"}, DB])
        peer.text(type="port_closed", port=8080)
        assert peer.receive() is None

    wire.then(websocket(script))
    with sprite.watch_ports() as watch:
        for _ in range(4):
            watch.next()
        assert [event.port for event in watch.ports] == [5432]


def close(code: int) -> Callable[[Peer], None]:
    return lambda peer: peer.close(code, "bye")


@pytest.mark.parametrize(
    ("end", "why"),
    [(close(1000), "code 1000: bye"), (close(1001), "code 1001"), (Peer.cut, "broke")],
    ids=["1000", "1001", "cut"],
)
def test_the_server_ends_the_watch(
    wire: Wire, sprite: Sprite, end: Callable[[Peer], None], why: str
) -> None:
    """A watch has no end of its own: whoever counts on it must learn that it is over."""

    def script(peer: Peer) -> None:
        peer.text(type="port_list", ports=[DB])
        end(peer)

    wire.then(websocket(script))
    watch = sprite.watch_ports()
    assert watch.next() == opened(5432, pid=8)
    for _ in range(2):
        with pytest.raises(StreamTruncatedError, match=why):
            watch.next()


@pytest.mark.parametrize(
    "message",
    ["no JSON", "[]", "7", '{"type": "port_opened"}', '{"type": "port_list", "ports": 1}', b"\xff"],
)
def test_what_is_no_message(wire: Wire, sprite: Sprite, message: str | bytes) -> None:
    """What came before is delivered, and then a typed error is raised for good."""

    def script(peer: Peer) -> None:
        peer.text(type="port_list", ports=[DB])
        peer.send(message)
        assert peer.receive() is None

    wire.then(websocket(script))
    watch = sprite.watch_ports()
    assert watch.next() == opened(5432, pid=8)
    for _ in range(2):
        with pytest.raises(StreamFormatError, match="cannot be read"):
            watch.next()


def test_a_watch_that_does_not_begin(wire: Wire, sprite: Sprite) -> None:
    """Refusals are typed, and an end before the list is one."""
    wire.then(replies(404, {"error": "sprite not found"}), websocket(lambda peer: peer.close(1011)))
    with pytest.raises(NotFoundError, match="sprite 'demo'"):
        sprite.watch_ports()
    with pytest.raises(StreamTruncatedError, match="1011"):
        with sprite.watch_ports():
            pass


def test_the_client_does_the_same(wire: Wire, client: SpritesClient) -> None:
    """With the sprite's name first; and it closes what is open when it is closed."""
    hung_up = threading.Event()

    def script(peer: Peer) -> None:
        peer.text(type="port_list", ports=[DB])
        assert peer.receive() is None
        hung_up.set()

    wire.then(websocket(script))
    watch = client.watch_ports("demo")
    assert repr(watch).endswith("of sprite 'demo', open>")
    client.close()
    assert hung_up.wait(10)
    assert watch.next() == opened(5432, pid=8)
    with pytest.raises(StreamTruncatedError):
        watch.next()
