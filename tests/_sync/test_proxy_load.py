# Written by scripts/unasync.py from tests/_async/test_proxy_load.py. Do not edit.
"""Proxies under load: many connections, much data, slow sides, and being closed meanwhile."""

import hashlib
import socket
import threading
import tracemalloc

import pytest

from sprites_facade import Sprite, SpritesClient
from sprites_facade._blocking import blocking
from sprites_facade._duplex import Background
from tests._sync.tunnels import PIECE, Local, connected, echo, flood, is_stuck, tunnel
from tests.wire import PATIENCE, Exchange, Wire, wait_for
from tests.ws_wire import Peer

pytestmark = pytest.mark.anyio

# More than the system's buffers of all connections on the way.
MUCH = 32 * 1024 * 1024
BUFFERS = 8 * 1024 * 1024


def test_a_slow_reader_holds_the_far_side_back(wire: Wire, sprite: Sprite) -> None:
    """Nothing is piled up for a program that does not read, and nothing of it is lost."""
    stuck = threading.Event()

    def script(peer: Peer) -> None:
        for _ in range(MUCH // len(PIECE)):
            if not stuck.is_set() and is_stuck(peer.exchange.connection):
                stuck.set()
            peer.send(PIECE)
        peer.close(1000)

    wire.then(tunnel(script))
    tracemalloc.start()
    try:
        with sprite.proxy(5432) as proxy, connected(proxy.port) as local:
            assert blocking(stuck.wait, PATIENCE)
            assert tracemalloc.get_traced_memory()[1] < BUFFERS
            total = 0
            while piece := local.receive(1 << 20):
                total += len(piece)
    finally:
        tracemalloc.stop()
    assert total == MUCH


def test_a_slow_far_side_holds_the_writer_back(wire: Wire, sprite: Sprite) -> None:
    """Nothing is piled up for a sprite that does not read, and nothing of it is lost."""
    stuck, got = threading.Event(), threading.Event()

    def script(peer: Peer) -> None:
        wait_for(stuck)
        total = 0
        while total < MUCH:
            message = peer.receive()
            assert isinstance(message, bytes)
            peer.messages.clear()
            total += len(message)
        got.set()
        peer.close(1000)

    wire.then(tunnel(script))
    tracemalloc.start()
    try:
        with sprite.proxy(5432) as proxy, connected(proxy.port) as local:
            writer = threading.Thread(target=flood, args=(local, stuck, MUCH))
            writer.start()
            assert blocking(stuck.wait, PATIENCE)
            assert tracemalloc.get_traced_memory()[1] < BUFFERS
            assert local.rest() == b""
            writer.join(PATIENCE)
    finally:
        tracemalloc.stop()
    assert got.is_set()


def test_many_connections_at_once(wire: Wire, sprite: Sprite) -> None:
    """None sees what belongs to another."""
    wire.always(tunnel(echo))
    with sprite.proxy(5432) as proxy:
        locals_ = [Local(proxy.port) for _ in range(25)]
        try:
            for number, local in enumerate(locals_):
                local.send(b"%d;" % number * 1000)
            for number, local in enumerate(locals_):
                expected = b"%d;" % number * 1000
                got = b""
                while len(got) < len(expected):
                    got += local.receive()
                assert got == expected
        finally:
            for local in locals_:
                local.socket.close()
        assert proxy.errors == ()


def test_both_directions_at_once(wire: Wire, sprite: Sprite) -> None:
    """Two sides that both write do not wait for each other for ever, and no byte changes."""
    wire.then(tunnel(echo))
    data = bytes(range(256)) * 4096 * 8
    with sprite.proxy(5432) as proxy, connected(proxy.port) as local:
        Background(local.send, data)
        seen, left = hashlib.sha256(), len(data)
        while left:
            piece = local.receive(1 << 18)
            seen.update(piece)
            left -= len(piece)
    assert seen.digest() == hashlib.sha256(data).digest()


def test_closing_breaks_off_what_is_open(wire: Wire, sprite: Sprite) -> None:
    """An idle one, one whose program does not read, and one whose sprite does not."""
    stuck = [threading.Event() for _ in range(2)]
    gone = [threading.Event() for _ in range(2)]
    closed = threading.Event()

    def idle(peer: Peer) -> None:
        peer.send(b"x")
        assert peer.receive_all() == []
        gone[0].set()

    def talk(peer: Peer) -> None:
        try:
            while True:
                if not stuck[0].is_set() and is_stuck(peer.exchange.connection):
                    stuck[0].set()
                peer.send(PIECE)
        finally:
            gone[1].set()

    def deaf(peer: Peer) -> None:
        wait_for(closed)

    wire.then(tunnel(idle), tunnel(talk), tunnel(deaf))
    with sprite.proxy(5432) as proxy, connected(proxy.port) as first:
        assert first.receive() == b"x"
        with connected(proxy.port) as second:
            assert blocking(stuck[0].wait, PATIENCE)
            with connected(proxy.port) as third:
                writer = threading.Thread(target=flood, args=(third, stuck[1], MUCH))
                writer.start()
                assert blocking(stuck[1].wait, PATIENCE)
                proxy.close()
                closed.set()
                writer.join(PATIENCE)
            for event in gone:
                assert blocking(event.wait, PATIENCE)
            for local in (first, second):
                with pytest.raises(ConnectionResetError):
                    local.rest()
        assert proxy.errors == ()
    assert not writer.is_alive()


def test_closing_does_not_wait_for_a_handshake(wire: Wire, sprite: Sprite) -> None:
    """A server that never answers keeps nobody."""
    asked = threading.Event()

    def silent(exchange: Exchange) -> None:
        asked.set()
        exchange.hung_up()

    wire.then(silent)
    with sprite.proxy(5432) as proxy, connected(proxy.port):
        assert blocking(asked.wait, PATIENCE)
    assert proxy.errors == ()
    proxy.close()


def test_closing_the_client_closes_its_proxies(wire: Wire, client: SpritesClient) -> None:
    """And what goes through them."""
    wire.then(tunnel(echo))
    proxy = client.proxy("demo", 5432)
    with connected(proxy.port) as local:
        local.send(b"x")
        assert local.receive() == b"x"
        client.close()
        with pytest.raises(ConnectionResetError):
            local.receive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE)
    assert "closed" in repr(proxy)
