"""TCP connections from inside a sprite's network.

A socket belongs for ever to the network namespace of whoever made it, so only its making has to
happen inside; connecting and everything after is the server's own business.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Final

from sprites_local import sock_diag

CONNECT_TIMEOUT: Final = 10.0
MakeSocket = Callable[[socket.AddressFamily], Awaitable[socket.socket]]
_LOOPBACK: Final = ("127.0.0.1", "::1")


async def connect(
    make: MakeSocket, host: str, port: int, *, leads: Callable[[str], bool] = lambda _: True
) -> socket.socket:
    """Connect to the first address of a host that answers.

    Args:
        make: Makes a socket in the network.
        host: An address, or `localhost`.
        port: The port.
        leads: Whether a connection to an address leads anywhere, where the kernel would accept
            it in any case.

    Raises:
        OSError: If none does, with the reason of the first.
    """
    reasons: list[OSError] = []
    for family, address in addresses(host):
        if not leads(address):
            reasons.append(OSError(errno.EHOSTUNREACH, os.strerror(errno.EHOSTUNREACH)))
            continue
        try:
            return await _connect(await make(family), address, port)
        except OSError as error:
            reasons.append(error)
    raise reasons[0]


def addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses of a host: a literal's own, or those that `localhost` always has.

    Other names are not looked up: a sprite has no resolver, and the server's knows other hosts.

    Raises:
        OSError: If it is neither.
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return [(_family(address), address) for address in _LOOPBACK]
    try:
        address = str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        raise OSError(errno.EINVAL, "neither an address nor localhost") from None
    return [(_family(address), address)]


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


async def _connect(sock: socket.socket, address: str, port: int) -> socket.socket:
    try:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except TimeoutError:
        sock.close()
        raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)) from None
    except OSError as error:
        sock.close()
        # The loop's text repeats the address.
        number = error.errno or errno.EIO
        raise OSError(number, os.strerror(number)) from None
    except BaseException:
        sock.close()
        raise
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


async def make_here(family: socket.AddressFamily) -> socket.socket:
    """Make a socket in the server's own network."""
    return sock_diag.make_socket(family)
