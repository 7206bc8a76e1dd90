"""Finding ports: the kernel's own answer, and what /proc tells where there is none."""

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Callable, Collection
from typing import Any

import pytest

from sprites_local import listeners, sock_diag
from sprites_local.engines.base import Listener
from sprites_local.engines.common import network

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells"),
]


async def at_once(call: Callable[..., Any], *args: Any) -> Any:
    return call(*args)


async def refused(family: socket.AddressFamily) -> socket.socket:
    raise OSError(errno.EPROTONOSUPPORT, os.strerror(errno.EPROTONOSUPPORT), family)


async def find(
    make_socket: listeners.MakeSocket, known: Collection[Listener] = ()
) -> list[Listener]:
    asker = listeners.Asker(make_socket)
    try:
        return await listeners.find(os.getpid(), known, asker=asker, in_thread=at_once, shared=True)
    finally:
        asker.close()


async def listening(make_socket: listeners.MakeSocket) -> set[tuple[int, str, int]]:
    return {(one.port, one.address, one.pid) for one in await find(make_socket)}


@pytest.mark.parametrize("make_socket", [network.make_here, refused])
async def test_both_ways_find_the_same(make_socket: listeners.MakeSocket) -> None:
    """IPv4 and IPv6, what listens and not what is connected, with its process."""
    with (
        socket.create_server(("127.0.0.1", 0)) as four,
        socket.create_server(("::1", 0), family=socket.AF_INET6) as six,
        socket.create_connection(four.getsockname()),
    ):
        ours = {(one.getsockname()[1], one.getsockname()[0], os.getpid()) for one in (four, six)}
        assert await listening(make_socket) >= ours
    assert not ours & await listening(make_socket)


async def test_without_anything_new_nobody_is_asked_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (found,) = [one for one in await find(network.make_here) if one.port == port]
        assert (found.address, found.pid) == ("127.0.0.1", os.getpid())
        marked = Listener(found.port, found.address, 1, found.inode)
        assert marked in await find(network.make_here, [marked])


async def test_nobody_looks_for_who_holds_what_is_left_out() -> None:
    """Looking takes milliseconds, and this is asked for each command."""

    async def never(call: Callable[..., Any], *args: Any) -> Any:
        raise AssertionError(call, args)

    asker = listeners.Asker(network.make_here)
    with contextlib.closing(asker), socket.create_server(("127.0.0.1", 0)) as listener:
        others = await find(network.make_here)
        ours = listener.getsockname()[:2]
        known = [one for one in others if (one.address, one.port) != ours]
        table = set((await asker.listening()).values())
        foreign = table - {(one.address, one.port) for one in known}
        found = await listeners.find(
            os.getpid(), known, asker=asker, in_thread=never, shared=True, besides=foreign
        )
    assert ours not in [(one.address, one.port) for one in found]


async def test_more_than_one_message_is_read() -> None:
    """The kernel answers in as many messages as it takes."""
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(300)]
    try:
        with sock_diag.make_socket(socket.AF_NETLINK) as asking:
            ports = {address[1] for _, address in sock_diag.listening(asking)}
        assert {server.getsockname()[1] for server in servers} <= ports
    finally:
        for server in servers:
            server.close()


async def test_a_refusal_is_an_error() -> None:
    """An answer that is an error is not taken for an empty one."""
    with sock_diag.make_socket(socket.AF_INET) as not_asking, pytest.raises(OSError):
        list(sock_diag.listening(not_asking))
    ours, kernel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    error = (-errno.ENOENT).to_bytes(4, sys.byteorder, signed=True)
    with ours, kernel:
        kernel.send(sock_diag._HEADER.pack(20, 2, 0, 1, 0) + error)
        with pytest.raises(FileNotFoundError):
            list(sock_diag.listening(ours))
        kernel.recv(1000)
        kernel.send(sock_diag._HEADER.pack(20, 20, 0, 1, 0) + bytes(4))
        with pytest.raises(OSError, match=os.strerror(errno.EPROTO)):
            list(sock_diag.listening(ours))
