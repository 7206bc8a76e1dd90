"""The sockets at which a sprite's network meets the server.

A sprite has a loopback interface and nothing else. Its door makes TCP connections to all other
addresses end at a listener, and name lookups at a socket; both are in the sprite's network and
held by the server alone. Everything here works on the network of the calling thread. It is done
from outside, to a network that exists, and any number of times: after a boot, after a restore and
when a sprite is taken over from another server.
"""

from __future__ import annotations

import os
import socket
from ipaddress import IPv4Address
from typing import Final

from attrs import frozen

from sprites_local import linux
from sprites_local.egress import netlink, steering
from sprites_local.init.launch import raise_loopback

# Of the range for hosts whose IPv4 goes through a translator (RFC 7335); used by nobody else.
OWN: Final = IPv4Address("192.0.0.2")
"""The address of every sprite, from which it connects."""
LISTENER: Final = ("192.0.0.1", 1)
"""Where the listener is bound: nobody else asks for that port, and nobody is let through to it."""
RESOLVER: Final = ("127.0.0.53", 53)
_PRIORITY: Final = 100
_BACKLOG: Final = 128
_IP_TRANSPARENT: Final = 19
_PROBED: Final = ("198.51.100.1", 9)
_PATIENCE: Final = 5.0


@frozen(eq=False)
class Door:
    """An open door."""

    listener: socket.socket
    resolver: socket.socket
    steering: int

    def close(self) -> None:
        """Shut it: from here on nothing leads out."""
        os.close(self.steering)
        self.listener.close()
        self.resolver.close()


def open_door() -> Door:
    """Open the door of this thread's network; what was connected through an earlier one is cut."""
    netlink.add_address(OWN)
    netlink.refuse_all_but_tcp(_PRIORITY)
    listener = _listen()
    try:
        resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            resolver.bind(RESOLVER)
            resolver.setblocking(False)  # noqa: FBT003 - the standard library's signature
            link = steering.steer(listener, OWN)
        except BaseException:
            resolver.close()
            raise
    except BaseException:
        listener.close()
        raise
    door = Door(listener, resolver, link)
    try:
        netlink.cut_connections(OWN)
        # Last: from here on connections are begun.
        netlink.add_default_route(OWN)
    except BaseException:
        door.close()
        raise
    return door


def wall_up() -> None:
    """Take away the way to a door, which a sprite may bring along with a restore."""
    netlink.remove_default_route(OWN)
    netlink.cut_connections(OWN)


def probe() -> None:
    """Try it in a network of the calling thread's own, which must not be used any more after.

    Raises:
        OSError: If it does not work.
    """
    linux.unshare(linux.CLONE_NEWNET)
    raise_loopback()
    door = open_door()
    try:
        door.listener.settimeout(_PATIENCE)
        with socket.create_connection(_PROBED, _PATIENCE), door.listener.accept()[0] as accepted:
            if accepted.getsockname() != _PROBED:
                raise OSError("connections arrive without the address that was meant")
    finally:
        door.close()


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
