# Written by scripts/unasync.py from tests/_async/test_proxy.py. Do not edit.
"""Proxies: bytes in both directions, ends and failures, and nothing left behind."""

import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sprites_facade import (
    APIConnectionError,
    ConfigurationError,
    NotFoundError,
    Proxy,
    Sprite,
    SpritesClient,
    SpritesError,
)
from sprites_facade._blocking import blocking
from tests._sync.conftest import TOKEN
from tests._sync.tunnels import connected, echo, tunnel
from tests.wire import PATIENCE, Wire, replies, wait_for
from tests.ws_wire import Peer, Script, websocket

pytestmark = pytest.mark.anyio


class Errors:
    """What is reported to the function."""

    def __init__(self) -> None:
        self.found: list[SpritesError] = []
        self.reported = threading.Event()

    def __call__(self, error: SpritesError) -> None:
        self.found.append(error)
        self.reported.set()

    def first(self) -> SpritesError:
        assert blocking(self.reported.wait, PATIENCE)
        return self.found[0]


def test_bytes_go_both_ways(wire: Wire, sprite: Sprite) -> None:
    """Each connection has a WebSocket of its own, with the token."""
    wire.then(tunnel(echo), tunnel(echo))
    with sprite.proxy(5432) as proxy:
        assert proxy.port > 0
        with connected(proxy.port) as one, connected(proxy.port) as other:
            one.send(b"first")
            other.send(b"second")
            assert one.receive() == b"first"
            assert other.receive() == b"second"
            one.send(bytes(range(256)))
            assert one.receive() == bytes(range(256))
        assert repr(proxy).endswith(f"from 127.0.0.1:{proxy.port} to localhost:5432, open>")
    assert wire.lines == ["GET /v1/sprites/demo/proxy"] * 2
    assert wire.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert proxy.errors == ()


def test_it_listens_on_this_machine_only(wire: Wire, sprite: Sprite) -> None:
    """And on the port that was asked for; one that is taken is an OSError."""
    with sprite.proxy(5432) as proxy:
        assert proxy.host == "127.0.0.1"
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", proxy.port), timeout=PATIENCE)
        with pytest.raises(OSError):
            sprite.proxy(5432, local_port=proxy.port)
        port = proxy.port
    with sprite.proxy(5432, local_port=port) as proxy:
        assert proxy.port == port
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    assert wire.requests == []


def test_the_far_side_says_first(wire: Wire, sprite: Sprite) -> None:
    """Servers of mail and databases greet; text has no meaning there."""

    def script(peer: Peer) -> None:
        peer.send("text")
        peer.send(b"220 hello")
        peer.receive_all()

    wire.then(tunnel(script))
    with sprite.proxy(5432) as proxy, connected(proxy.port) as local:
        assert local.receive() == b"220 hello"


def test_the_far_side_ends_in_order(wire: Wire, sprite: Sprite) -> None:
    """Everything arrives, then the end, which is no error."""

    def script(peer: Peer) -> None:
        for _ in range(20):
            peer.send(b"x" * 100_000)
        peer.close(1000)

    wire.then(tunnel(script))
    with sprite.proxy(5432) as proxy:
        with connected(proxy.port) as local:
            assert len(local.rest()) == 2_000_000
        assert proxy.errors == ()


@pytest.mark.parametrize("linger", [60, None])
def test_an_answer_comes_after_the_question_has_ended(
    wire: Wire, sprite: Sprite, linger: float | None
) -> None:
    """The wire has no half-closed connections; a local end must not cut the answer short."""
    ended = threading.Event()

    def script(peer: Peer) -> None:
        assert peer.receive() == b"question"
        wait_for(ended)
        peer.send(b"a long ")
        peer.send(b"answer")
        peer.close(1000)

    wire.then(tunnel(script))
    with sprite.proxy(5432, linger=linger) as proxy:
        with connected(proxy.port) as local:
            local.send(b"question")
            local.has_sent_all()
            ended.set()
            assert local.rest() == b"a long answer"
        assert proxy.errors == ()


def test_an_answer_that_never_comes(wire: Wire, sprite: Sprite) -> None:
    """The live platform does not tell that the other side closed; such connections end too."""
    hung_up = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(b"begun")
        assert peer.receive() is None
        hung_up.set()

    wire.then(tunnel(script))
    with sprite.proxy(5432, linger=0.05) as proxy:
        with connected(proxy.port) as local:
            assert local.receive() == b"begun"
            local.has_sent_all()
            with pytest.raises(ConnectionResetError):
                local.receive()
        assert blocking(hung_up.wait, PATIENCE)
        assert proxy.errors == ()


def test_a_local_program_that_is_gone(wire: Wire, sprite: Sprite) -> None:
    """Nobody is there to hear more, so the far side is let go."""
    gone, hung_up = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.send(b"unread")
        wait_for(gone)
        peer.send(b"x" * 1000)
        assert peer.receive() is None
        hung_up.set()

    wire.then(tunnel(script))
    with sprite.proxy(5432) as proxy:
        with connected(proxy.port) as local:
            blocking(local.socket.recv, 1, socket.MSG_PEEK)
        # Closed with something unread, which resets the connection.
        gone.set()
        assert blocking(hung_up.wait, PATIENCE)
        assert proxy.errors == ()


def refuse(peer: Peer) -> None:
    peer.receive()
    peer.close(1011, "Failed to connect to target: connection refused")


def say(message: str | bytes) -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        peer.receive()
        peer.send(message)
        peer.receive_all()

    return script


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (refuse, "1011: Failed to connect to target: connection refused"),
        (say('{"status": "failed", "error": "no such host"}'), "no such host"),
        (say("[]"), "did not say that it is connected"),
        (say(b"bytes"), "did not say that it is connected"),
        (lambda peer: peer.cut(), "broke"),
    ],
    ids=["refused", "failed", "strange", "bytes", "cut"],
)
def test_a_target_that_is_not_reached(
    wire: Wire, sprite: Sprite, caplog: pytest.LogCaptureFixture, script: Script, why: str
) -> None:
    """The local connection is closed, and the reason is told in three places."""
    caplog.set_level(logging.DEBUG)
    errors = Errors()
    wire.then(websocket(script))
    with sprite.proxy(5432, on_error=errors) as proxy:
        with connected(proxy.port) as local:
            assert local.receive() == b""
        error = errors.first()
        assert isinstance(error, APIConnectionError)
        assert why in str(error)
        assert "localhost:5432" in str(error)
        assert proxy.errors == (error,)
    assert str(error) in caplog.text
    assert TOKEN not in caplog.text


def test_a_handshake_that_is_refused(wire: Wire, sprite: Sprite) -> None:
    """The next connection has its own luck."""
    errors = Errors()
    wire.then(replies(404, {"error": "sprite not found"}), tunnel(echo))
    with sprite.proxy(5432, on_error=errors) as proxy:
        with connected(proxy.port) as local:
            assert local.rest() == b""
        error = errors.first()
        assert isinstance(error, NotFoundError)
        assert "sprite 'demo'" in str(error)
        with connected(proxy.port) as local:
            local.send(b"again")
            assert local.receive() == b"again"


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (lambda peer: peer.close(1001, "read failed"), "1001: read failed"),
        (Peer.cut, "broke"),
        (Peer.drop, "broke"),
    ],
    ids=["1001", "cut", "drop"],
)
def test_a_break_does_not_look_like_the_end(
    wire: Wire, sprite: Sprite, end: Callable[[Peer], Any], why: str
) -> None:
    """What came before arrives; then the local program sees a reset, not an orderly end."""
    read = threading.Event()
    errors = Errors()

    def script(peer: Peer) -> None:
        peer.send(b"half of ")
        wait_for(read)
        end(peer)

    wire.then(tunnel(script))
    with sprite.proxy(5432, on_error=errors) as proxy, connected(proxy.port) as local:
        assert local.receive() == b"half of "
        read.set()
        with pytest.raises(ConnectionResetError):
            local.receive()
        assert why in str(errors.first())


def test_a_function_that_fails_harms_nobody(
    wire: Wire, sprite: Sprite, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the proxy goes on."""
    called = threading.Event()

    def fail(error: SpritesError) -> None:
        called.set()
        raise LookupError("mine")

    wire.then(websocket(refuse), tunnel(echo))
    with sprite.proxy(5432, on_error=fail) as proxy:
        with connected(proxy.port) as local:
            assert local.receive() == b""
        assert blocking(called.wait, PATIENCE)
        with connected(proxy.port) as local:
            local.send(b"again")
            assert local.receive() == b"again"
    assert "LookupError: mine" in caplog.text


def test_the_function_may_close_the_proxy(wire: Wire, sprite: Sprite) -> None:
    """One failure is enough for some; nobody waits for who reports it."""
    read, closed = threading.Event(), threading.Event()
    opened: list[Proxy] = []

    def stop(error: SpritesError) -> None:
        opened[0].close()
        closed.set()

    def script(peer: Peer) -> None:
        peer.send(b"half of ")
        wait_for(read)
        peer.close(1001)

    wire.then(tunnel(script))
    with sprite.proxy(5432, on_error=stop) as proxy:
        opened.append(proxy)
        with connected(proxy.port) as local:
            assert local.receive() == b"half of "
            read.set()
            with pytest.raises(ConnectionResetError):
                local.receive()
        # Less than what is waited for by who closes a proxy.
        assert blocking(closed.wait, 4)
    assert len(proxy.errors) == 1


def test_the_client_does_the_same(wire: Wire, client: SpritesClient) -> None:
    """With the sprite's name first, and another host."""

    def script(peer: Peer) -> None:
        assert json.loads(peer.receive() or "") == {"host": "db.internal", "port": 1}
        peer.text(status="connected")
        echo(peer)

    wire.then(websocket(script))
    with client.proxy("demo", 1, remote_host="db.internal") as proxy:
        assert isinstance(proxy, Proxy)
        with connected(proxy.port) as local:
            local.send(b"x")
            assert local.receive() == b"x"


@pytest.mark.parametrize(
    "options",
    [
        {"remote_port": 0},
        {"remote_port": 65536},
        {"remote_port": "5432"},
        {"remote_port": True},
        {"local_port": -1},
        {"local_port": 65536},
        {"remote_host": ""},
        {"remote_host": "a:b/c"},
        {"remote_host": None},
        {"linger": -1},
    ],
)
def test_proxies_that_cannot_be(sprite: Sprite, options: dict[str, Any]) -> None:
    """All are ValueErrors, before anything listens."""
    with pytest.raises(ValueError) as caught:
        sprite.proxy(**{"remote_port": 5432, **options})
    assert isinstance(caught.value, ConfigurationError)


def test_a_closed_client_makes_no_proxy(client: SpritesClient) -> None:
    sprite = client.sprite("demo")
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        sprite.proxy(5432)
