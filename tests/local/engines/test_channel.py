"""Messages over a local socket, as asyncio sees them."""

import asyncio
import os
import socket
from collections.abc import Iterator

import pytest

from sprites_local.engines.common.channel import Caller
from sprites_local.init import frames

pytestmark = pytest.mark.anyio

TIMEOUT = 10


class Peer:
    """The other side, which blocks."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.connection = frames.Connection(sock)

    async def receive(self) -> dict[str, object]:
        found = await asyncio.wait_for(asyncio.to_thread(self.connection.receive), TIMEOUT)
        assert found is not None
        return found[0]


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Peer]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, Peer(theirs)


def caller(sock: socket.socket) -> Caller:
    return Caller(sock, on_event=lambda _: None, on_close=lambda: None, max_size=1 << 16)


async def test_what_has_no_hurry_goes_with_the_next_message(
    ends: tuple[socket.socket, Peer],
) -> None:
    ours, peer = ends
    channel = caller(ours)
    channel.tell({"op": "forget"}, hurry=False)
    peer.sock.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.sock.recv(1, socket.MSG_PEEK)
    channel.tell({"op": "kill"})
    peer.sock.setblocking(True)
    assert [await peer.receive(), await peer.receive()] == [
        {"op": "forget", "seq": 0},
        {"op": "kill", "seq": 0},
    ]
    channel.close()


async def test_what_has_no_hurry_goes_alone_if_nothing_else_does(
    ends: tuple[socket.socket, Peer],
) -> None:
    ours, peer = ends
    channel = caller(ours)
    for number in range(3):
        channel.tell({"number": number}, hurry=False)
    assert [(await peer.receive())["number"] for _ in range(3)] == [0, 1, 2]
    channel.tell({"number": 3}, hurry=False)
    assert (await peer.receive())["number"] == 3
    channel.close()


async def test_what_has_no_hurry_goes_before_a_farewell(ends: tuple[socket.socket, Peer]) -> None:
    ours, peer = ends
    channel = caller(ours)
    channel.tell({"op": "forget"}, hurry=False)
    pausing = asyncio.ensure_future(channel.pause(TIMEOUT))
    assert [(await peer.receive())["op"], (await peer.receive())["op"]] == ["forget", "bye"]
    channel.tell({"op": "later"}, hurry=False)
    peer.sock.close()
    await pausing
    again, other = socket.socketpair()
    with other:
        resuming = asyncio.ensure_future(channel.resume(again, {"op": "list"}, TIMEOUT))
        peer = Peer(other)
        asked = await peer.receive()
        peer.connection.send({"seq": asked["seq"]})
        await resuming
        assert (await peer.receive())["op"] == "later"
        channel.close()


async def test_a_descriptor_stays_with_its_message(ends: tuple[socket.socket, Peer]) -> None:
    ours, peer = ends
    channel = caller(ours)
    channel.tell({"op": "forget"}, hurry=False)
    reading, writing = os.pipe()
    channel._channel.send({"op": "take"}, writing)
    assert peer.connection.receive() == ({"op": "forget", "seq": 0}, [])
    found = peer.connection.receive()
    assert found is not None
    message, descriptors = found
    assert message == {"op": "take"}
    os.write(descriptors[0], b"here")
    assert os.read(reading, 4) == b"here"
    frames.close_all([reading, writing, *descriptors])
    channel.close()
