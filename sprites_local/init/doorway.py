"""The sprite's side of its way out, made in the network of the calling thread.

A sprite has a loopback interface and nothing else. Its doorway makes all foreign addresses local,
and has a listener for the TCP connections to them and a socket for name lookups. Both are in the
sprite's network and held by the server alone. How connections come to the listener is decided by
who makes the doorway: `sprites_local.egress.steering`, or `sprites_local.init.nftables`.
Standard library only.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from typing import Final

from sprites_local import netlink

# Of the range for hosts whose IPv4 goes through a translator (RFC 7335); used by nobody else.
OWN: Final = IPv4Address("192.0.0.2")
"""The address of every sprite, from which it connects."""
LISTENER: Final = ("192.0.0.1", 1)
"""Where the listener is bound: nobody else asks for that port, and nobody is let through to it."""
RESOLVER: Final = ("127.0.0.53", 53)
_PRIORITY: Final = 100
_BACKLOG: Final = 128
_IP_TRANSPARENT: Final = 19


def make_sockets() -> tuple[socket.socket, socket.socket]:
    """Make the listener and the resolver's socket; nothing leads to the first one yet."""
    netlink.add_address(OWN)
    netlink.refuse_all_but_tcp(_PRIORITY)
    listener = _listen()
    resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        resolver.bind(RESOLVER)
        resolver.setblocking(False)  # noqa: FBT003 - the standard library's signature
    except BaseException:
        listener.close()
        resolver.close()
        raise
    return listener, resolver


def lead_out() -> None:
    """Let connections begin; those that an earlier doorway had are cut."""
    netlink.cut_connections(OWN)
    netlink.add_default_route(OWN)


def wall_up() -> None:
    """Take away the way to a doorway, which a sprite may bring along with a restore."""
    netlink.remove_default_route(OWN)
    netlink.cut_connections(OWN)


def _listen() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Without this the kernel would not send answers from addresses that are none of its own.
        listener.setsockopt(socket.IPPROTO_IP, _IP_TRANSPARENT, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(LISTENER)
        listener.listen(_BACKLOG)
        listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    except BaseException:
        listener.close()
        raise
    return listener
