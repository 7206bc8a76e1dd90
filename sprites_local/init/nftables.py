"""Sending a network's outgoing TCP connections to one socket, by rules of the kernel's nf_tables.

For who may change the network but nothing else of the machine, as the launcher of a sprite without
root: `sprites_local.egress.steering` needs rights of the machine. What it does is the same. Nothing
is translated (`tproxy`), so whoever accepts sees the address that was meant as the socket's own
name. The rules are the network's and end with it; where nobody listens, connections wait.

Everything here is for the network of the calling thread. Standard library only.
"""

from __future__ import annotations

import errno
import socket
import struct
from ipaddress import IPv4Address
from typing import Final

from sprites_local import netlink
from sprites_local.netlink import attribute

_NETFILTER: Final = 12
_NF_TABLES: Final = 10
_NEW_TABLE, _NEW_CHAIN, _NEW_RULE = (_NF_TABLES << 8 | number for number in (0, 3, 6))
_BATCH_BEGIN, _BATCH_END = 0x10, 0x11
_NESTED: Final = 0x8000
_IPV4: Final = 2
_HEADER: Final = struct.Struct(">BBH")

_NAME: Final = b"sprite\0"
_BEFORE_ROUTING, _EARLY = 0, -150
_DROP, _ACCEPT = 0, 1
# Registers: the one that holds what is to be done, and two for values.
_VERDICT, _FIRST, _SECOND = 0, 1, 2
_NETWORK_HEADER, _DESTINATION = 1, 16
_TRANSPORT: Final = 16
_EQUAL: Final = 0
_LOOPBACK: Final = b"\x7f"


def divert(listener: tuple[str, int], own: IPv4Address) -> None:
    """Send TCP connections to the transparent socket that listens at `listener`.

    Those to `own` and to loopback addresses stay as they are. It may be repeated.

    Raises:
        OSError: If the kernel has no nf_tables, or lacks the part that this needs.
    """
    address, port = IPv4Address(listener[0]).packed, struct.pack(">H", listener[1])
    to_listener = [
        *(_put(_FIRST, address), _put(_SECOND, port)),
        _expression("tproxy", (1, _number(_IPV4)), (2, _number(_FIRST)), (3, _number(_SECOND))),
    ]
    rules = [
        [_destination(1), _equals(_LOOPBACK), _decide(_ACCEPT)],
        [_destination(4), _equals(own.packed), _decide(_ACCEPT)],
        [_transport(), _equals(bytes([socket.IPPROTO_TCP])), *to_listener, _decide(_ACCEPT)],
    ]
    # All or nothing, so a table that is there is complete.
    messages = [
        _message(_BATCH_BEGIN, b"", subsystem=_NF_TABLES),
        _message(_NEW_TABLE, attribute(1, _NAME), netlink.EXCLUSIVE),
        _message(_NEW_CHAIN, _chain()),
        *(_message(_NEW_RULE, _rule(parts), netlink.APPEND) for parts in rules[:-1]),
        # One answer is enough: a refusal of any message comes before it, in its place.
        _message(_NEW_RULE, _rule(rules[-1]), netlink.APPEND | netlink.ACKNOWLEDGE),
        _message(_BATCH_END, b"", subsystem=_NF_TABLES),
    ]
    with netlink.open_socket(_NETFILTER) as sock:
        try:
            for _ in netlink.answers(sock, b"".join(messages)):
                pass
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise


def _chain() -> bytes:
    """Write: a chain for what arrives, which drops what none of its rules lets pass."""
    hook = _nested(4, (1, _number(_BEFORE_ROUTING)), (2, struct.pack(">i", _EARLY)))
    names = attribute(1, _NAME) + attribute(3, _NAME)
    return names + hook + attribute(5, _number(_DROP)) + attribute(7, b"filter\0")


def _rule(expressions: list[bytes]) -> bytes:
    names = attribute(1, _NAME) + attribute(2, _NAME)
    return names + attribute(4 | _NESTED, b"".join(expressions))


def _destination(size: int) -> bytes:
    """Write: load so many bytes of the address that is meant."""
    place = ((2, _number(_NETWORK_HEADER)), (3, _number(_DESTINATION)), (4, _number(size)))
    return _expression("payload", (1, _number(_FIRST)), *place)


def _transport() -> bytes:
    """Write: load the protocol."""
    return _expression("meta", (1, _number(_FIRST)), (2, _number(_TRANSPORT)))


def _equals(value: bytes) -> bytes:
    """Write: go on with the next rule unless this was loaded."""
    wanted = (3 | _NESTED, attribute(1, value))
    return _expression("cmp", (1, _number(_FIRST)), (2, _number(_EQUAL)), wanted)


def _put(register: int, value: bytes) -> bytes:
    return _expression("immediate", (1, _number(register)), (2 | _NESTED, attribute(1, value)))


def _decide(verdict: int) -> bytes:
    decision = _nested(2, (1, _number(verdict)))
    return _expression("immediate", (1, _number(_VERDICT)), (2 | _NESTED, decision))


def _expression(name: str, *attributes: tuple[int, bytes]) -> bytes:
    return _nested(1, (1, name.encode() + b"\0"), (2 | _NESTED, _all(*attributes)))


def _nested(kind: int, *attributes: tuple[int, bytes]) -> bytes:
    return attribute(kind | _NESTED, _all(*attributes))


def _all(*attributes: tuple[int, bytes]) -> bytes:
    return b"".join(attribute(kind, data) for kind, data in attributes)


def _number(value: int) -> bytes:
    return struct.pack(">I", value)


def _message(kind: int, body: bytes, flags: int = 0, *, subsystem: int = 0) -> bytes:
    header = _HEADER.pack(_IPV4 if body else 0, 0, subsystem)
    return netlink.message(kind, header + body, flags | (netlink.CREATE if body else 0))
