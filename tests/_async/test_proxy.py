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
    AsyncProxy,
    AsyncSprite,
    AsyncSpritesClient,
    ConfigurationError,
    NotFoundError,
    SpritesError,
)
from sprites_facade._blocking import async_blocking
from tests._async.conftest import TOKEN
from tests._async.tunnels import connected, echo, tunnel
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

    async def first(self) -> SpritesError:
        assert await async_blocking(self.reported.wait, PATIENCE)
        return self.found[0]


async def test_bytes_go_both_ways(wire: Wire, sprite: AsyncSprite) -> None:
    """Each connection has a WebSocket of its own, with the token."""
    wire.then(tunnel(echo), tunnel(echo))
    async with sprite.proxy(5432) as proxy:
        assert proxy.port > 0
        async with connected(proxy.port) as one, connected(proxy.port) as other:
            await one.send(b"first")
            await other.send(b"second")
            assert await one.receive() == b"first"
            assert await other.receive() == b"second"
            await one.send(bytes(range(256)))
            assert await one.receive() == bytes(range(256))
        assert repr(proxy).endswith(f"from 127.0.0.1:{proxy.port} to localhost:5432, open>")
    assert wire.lines == ["GET /v1/sprites/demo/proxy"] * 2
    assert wire.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert proxy.errors == ()


async def test_it_listens_on_this_machine_only(wire: Wire, sprite: AsyncSprite) -> None:
    """And on the port that was asked for; one that is taken is an OSError."""
    async with sprite.proxy(5432) as proxy:
        assert proxy.host == "127.0.0.1"
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.2", proxy.port), timeout=PATIENCE)
        with pytest.raises(OSError):
            await sprite.proxy(5432, local_port=proxy.port)
        port = proxy.port
    async with sprite.proxy(5432, local_port=port) as proxy:
        assert proxy.port == port
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    assert wire.requests == []


async def test_the_far_side_says_first(wire: Wire, sprite: AsyncSprite) -> None:
    """Servers of mail and databases greet; text has no meaning there."""

    def script(peer: Peer) -> None:
        peer.send("text")
        peer.send(b"220 hello")
        peer.receive_all()

    wire.then(tunnel(script))
    async with sprite.proxy(5432) as proxy, connected(proxy.port) as local:
        assert await local.receive() == b"220 hello"


async def test_the_far_side_ends_in_order(wire: Wire, sprite: AsyncSprite) -> None:
    """Everything arrives, then the end, which is no error."""

    def script(peer: Peer) -> None:
        for _ in range(20):
            peer.send(b"x" * 100_000)
        peer.close(1000)

    wire.then(tunnel(script))
    async with sprite.proxy(5432) as proxy:
        async with connected(proxy.port) as local:
            assert len(await local.rest()) == 2_000_000
        assert proxy.errors == ()


@pytest.mark.parametrize("linger", [60, None])
async def test_an_answer_comes_after_the_question_has_ended(
    wire: Wire, sprite: AsyncSprite, linger: float | None
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
    async with sprite.proxy(5432, linger=linger) as proxy:
        async with connected(proxy.port) as local:
            await local.send(b"question")
            local.has_sent_all()
            ended.set()
            assert await local.rest() == b"a long answer"
        assert proxy.errors == ()


async def test_an_answer_that_never_comes(wire: Wire, sprite: AsyncSprite) -> None:
    """The live platform does not tell that the other side closed; such connections end too."""
    hung_up = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(b"begun")
        assert peer.receive() is None
        hung_up.set()

    wire.then(tunnel(script))
    async with sprite.proxy(5432, linger=0.05) as proxy:
        async with connected(proxy.port) as local:
            assert await local.receive() == b"begun"
            local.has_sent_all()
            with pytest.raises(ConnectionResetError):
                await local.receive()
        assert await async_blocking(hung_up.wait, PATIENCE)
        assert proxy.errors == ()


async def test_a_local_program_that_is_gone(wire: Wire, sprite: AsyncSprite) -> None:
    """Nobody is there to hear more, so the far side is let go."""
    gone, hung_up = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        peer.send(b"unread")
        wait_for(gone)
        peer.send(b"x" * 1000)
        assert peer.receive() is None
        hung_up.set()

    wire.then(tunnel(script))
    async with sprite.proxy(5432) as proxy:
        async with connected(proxy.port) as local:
            await async_blocking(local.socket.recv, 1, socket.MSG_PEEK)
        # Closed with something unread, which resets the connection.
        gone.set()
        assert await async_blocking(hung_up.wait, PATIENCE)
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
async def test_a_target_that_is_not_reached(
    wire: Wire, sprite: AsyncSprite, caplog: pytest.LogCaptureFixture, script: Script, why: str
) -> None:
    """The local connection is closed, and the reason is told in three places."""
    caplog.set_level(logging.DEBUG)
    errors = Errors()
    wire.then(websocket(script))
    async with sprite.proxy(5432, on_error=errors) as proxy:
        async with connected(proxy.port) as local:
            assert await local.receive() == b""
        error = await errors.first()
        assert isinstance(error, APIConnectionError)
        assert why in str(error)
        assert "localhost:5432" in str(error)
        assert proxy.errors == (error,)
    assert str(error) in caplog.text
    assert TOKEN not in caplog.text


async def test_a_handshake_that_is_refused(wire: Wire, sprite: AsyncSprite) -> None:
    """The next connection has its own luck."""
    errors = Errors()
    wire.then(replies(404, {"error": "sprite not found"}), tunnel(echo))
    async with sprite.proxy(5432, on_error=errors) as proxy:
        async with connected(proxy.port) as local:
            assert await local.rest() == b""
        error = await errors.first()
        assert isinstance(error, NotFoundError)
        assert "sprite 'demo'" in str(error)
        async with connected(proxy.port) as local:
            await local.send(b"again")
            assert await local.receive() == b"again"


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (lambda peer: peer.close(1001, "read failed"), "1001: read failed"),
        (Peer.cut, "broke"),
        (Peer.drop, "broke"),
    ],
    ids=["1001", "cut", "drop"],
)
async def test_a_break_does_not_look_like_the_end(
    wire: Wire, sprite: AsyncSprite, end: Callable[[Peer], Any], why: str
) -> None:
    """What came before arrives; then the local program sees a reset, not an orderly end."""
    read = threading.Event()
    errors = Errors()

    def script(peer: Peer) -> None:
        peer.send(b"half of ")
        wait_for(read)
        end(peer)

    wire.then(tunnel(script))
    async with sprite.proxy(5432, on_error=errors) as proxy, connected(proxy.port) as local:
        assert await local.receive() == b"half of "
        read.set()
        with pytest.raises(ConnectionResetError):
            await local.receive()
        assert why in str(await errors.first())


async def test_a_function_that_fails_harms_nobody(
    wire: Wire, sprite: AsyncSprite, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the proxy goes on."""
    called = threading.Event()

    def fail(error: SpritesError) -> None:
        called.set()
        raise LookupError("mine")

    wire.then(websocket(refuse), tunnel(echo))
    async with sprite.proxy(5432, on_error=fail) as proxy:
        async with connected(proxy.port) as local:
            assert await local.receive() == b""
        assert await async_blocking(called.wait, PATIENCE)
        async with connected(proxy.port) as local:
            await local.send(b"again")
            assert await local.receive() == b"again"
    assert "LookupError: mine" in caplog.text


async def test_the_function_may_close_the_proxy(wire: Wire, sprite: AsyncSprite) -> None:
    """One failure is enough for some; nobody waits for who reports it."""
    read, closed = threading.Event(), threading.Event()
    opened: list[AsyncProxy] = []

    async def stop(error: SpritesError) -> None:
        await opened[0].aclose()
        closed.set()

    def script(peer: Peer) -> None:
        peer.send(b"half of ")
        wait_for(read)
        peer.close(1001)

    wire.then(tunnel(script))
    async with sprite.proxy(5432, on_error=stop) as proxy:
        opened.append(proxy)
        async with connected(proxy.port) as local:
            assert await local.receive() == b"half of "
            read.set()
            with pytest.raises(ConnectionResetError):
                await local.receive()
        # Less than what is waited for by who closes a proxy.
        assert await async_blocking(closed.wait, 4)
    assert len(proxy.errors) == 1


async def test_the_client_does_the_same(wire: Wire, client: AsyncSpritesClient) -> None:
    """With the sprite's name first, and another host."""

    def script(peer: Peer) -> None:
        assert json.loads(peer.receive() or "") == {"host": "db.internal", "port": 1}
        peer.text(status="connected")
        echo(peer)

    wire.then(websocket(script))
    async with client.proxy("demo", 1, remote_host="db.internal") as proxy:
        assert isinstance(proxy, AsyncProxy)
        async with connected(proxy.port) as local:
            await local.send(b"x")
            assert await local.receive() == b"x"


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
async def test_proxies_that_cannot_be(sprite: AsyncSprite, options: dict[str, Any]) -> None:
    """All are ValueErrors, before anything listens."""
    with pytest.raises(ValueError) as caught:
        sprite.proxy(**{"remote_port": 5432, **options})
    assert isinstance(caught.value, ConfigurationError)


async def test_a_closed_client_makes_no_proxy(client: AsyncSpritesClient) -> None:
    sprite = client.sprite("demo")
    await client.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await sprite.proxy(5432)
