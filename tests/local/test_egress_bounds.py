"""The bounds of the way out, and what it does when something fails; real sockets, no sprite."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from sprites_local.egress import PUBLIC, Reach, dns, door, lookups
from sprites_local.egress.gateway import Gateways
from sprites_local.egress.lookups import Found, Lookups
from sprites_local.egress.relay import relay

pytestmark = pytest.mark.anyio

Slow = tuple[list[str], threading.Event, threading.Event]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The sprite's end of a connection, and ours, over TCP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    for sock in (near, far):
        sock.setblocking(False)
    with near, far:
        yield near, far


@pytest.fixture
def outside() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


async def read(sock: socket.socket) -> bytes:
    async with asyncio.timeout(10):
        return await asyncio.get_running_loop().sock_recv(sock, 100)


async def begin(
    inside: socket.socket, outside: socket.socket, **options: float
) -> tuple[asyncio.Task[None], socket.socket]:
    """Relay a connection from inside, and accept it outside."""
    relaying = asyncio.create_task(relay(inside, outside.getsockname(), **options))
    far, _ = await asyncio.get_running_loop().sock_accept(outside)
    return relaying, far


async def test_each_direction_ends_by_itself(
    pair: tuple[socket.socket, socket.socket], outside: socket.socket
) -> None:
    near, inside = pair
    relaying, far = await begin(inside, outside)
    with far:
        near.sendall(b"question")
        near.shutdown(socket.SHUT_WR)
        assert (await read(far), await read(far)) == (b"question", b"")
        far.sendall(b"answer")
    assert (await read(near), await read(near)) == (b"answer", b"")
    await relaying
    assert inside.fileno() == -1


async def test_who_breaks_off_breaks_the_other_side(
    pair: tuple[socket.socket, socket.socket], outside: socket.socket
) -> None:
    """Half of something never looks like all of it."""
    near, inside = pair
    relaying, far = await begin(inside, outside)
    far.sendall(b"half")
    assert await read(near) == b"half"
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    far.close()

    with pytest.raises(ConnectionResetError):
        await read(near)
    await relaying


async def test_silence_is_bounded(
    pair: tuple[socket.socket, socket.socket], outside: socket.socket
) -> None:
    near, inside = pair
    relaying, far = await begin(inside, outside, idle=0.05)
    with far:
        for sock in (near, far):
            with pytest.raises(ConnectionResetError):
                await read(sock)
    await relaying


async def test_what_cannot_be_reached_is_a_reset(
    pair: tuple[socket.socket, socket.socket], outside: socket.socket
) -> None:
    near, inside = pair
    target = outside.getsockname()
    outside.close()

    await relay(inside, target)

    with pytest.raises(ConnectionResetError):
        await read(near)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    """Names that nobody answers for until told to."""
    asked: list[str] = []
    release, modest_asked = threading.Event(), threading.Event()

    def resolve(name: str) -> Found:
        asked.append(name)
        if name == "modest":
            modest_asked.set()
        release.wait(10)
        return Found(dns.NO_SUCH_NAME)

    monkeypatch.setattr(lookups, "resolve", resolve)
    yield asked, release, modest_asked
    release.set()


async def test_lookups_of_one_sprite_are_bounded_and_equal_ones_are_one(
    slow: Slow,
) -> None:
    asked, release, _ = slow
    own = Lookups(asyncio.Semaphore(lookups.MOST_AT_ONCE))
    names = [f"n{number}" for number in range(lookups.MOST_WAITING)]
    waiting = [asyncio.ensure_future(own.find(name)) for name in names * 2]
    await asyncio.sleep(0)

    too_many = await own.find("one.more")
    assert too_many == Found(dns.SERVER_FAILURE)
    assert len(asked) <= lookups.MOST_OF_ONE
    release.set()
    assert await asyncio.gather(*waiting) == [Found(dns.NO_SUCH_NAME)] * len(waiting)
    assert sorted(asked) == sorted(names)


async def test_one_sprite_does_not_take_all_lookups(
    slow: Slow,
) -> None:
    asked, release, modest_asked = slow
    everybody = asyncio.Semaphore(lookups.MOST_AT_ONCE)
    greedy, modest = Lookups(everybody), Lookups(everybody)
    waiting = [asyncio.ensure_future(greedy.find(f"n{number}")) for number in range(30)]
    last = asyncio.ensure_future(modest.find("modest"))
    assert await asyncio.to_thread(modest_asked.wait, 10)
    assert len(asked) <= lookups.MOST_OF_ONE + 1
    release.set()
    await asyncio.gather(last, *waiting)


async def test_a_lookup_that_takes_too_long_is_a_failure(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PATIENCE", 0.01)
    found = await Lookups(asyncio.Semaphore(1)).find("slow")

    assert found == Found(dns.SERVER_FAILURE)
    slow[1].set()


class Walled:
    """A sprite's network that notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def open_door(self) -> door.Door:
        self.done.append("opened")
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    async def wall_up(self) -> None:
        self.done.append("walled up")

    async def make_socket(self, family: socket.AddressFamily) -> socket.socket:
        return socket.socket(family)


async def test_a_kernel_that_cannot_do_it_gives_no_way_out_and_a_reason() -> None:
    gateways, network = Gateways(PUBLIC), Walled()
    await gateways.explore(partial(door.probe_in, network), "magic")
    await gateways.attach("s", network)

    assert gateways.hints[0].endswith("steered by magic: Operation not permitted.")
    assert network.done == ["opened", "walled up"]


async def test_turned_off_is_off() -> None:
    gateways, network = Gateways(Reach(public=False)), Walled()
    await gateways.explore(partial(door.probe_in, network), "magic")
    await gateways.attach("s", network)

    assert (gateways.reason, gateways.hints) == ("turned off", ())
    assert network.done == ["walled up"]


async def test_a_sprite_whose_door_cannot_be_opened_is_still_a_sprite(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gateways, network = Gateways(PUBLIC), Walled()

    await gateways.attach("s", network)

    assert network.done == ["opened"]
    assert "has no way out" in caplog.text
