"""Settings of a network, made by asking the kernel; for the network of the calling thread.

Linux only, IPv4 only, standard library only: launchers of sprites use it too.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Final

_ROUTE, _SOCK_DIAG = 0, 4
_NEW_ADDRESS, _NEW_ROUTE, _DELETE_ROUTE, _GET_ROUTE, _NEW_RULE = 20, 24, 25, 26, 32
_SOCK_BY_FAMILY, _SOCK_DESTROY = 20, 21
_ERROR, _DONE = 2, 3
_REQUEST, _DUMP = 0x1, 0x300
ACKNOWLEDGE, EXCLUSIVE, CREATE, APPEND = 0x4, 0x200, 0x400, 0x800
_HEADER: Final = struct.Struct("=IHHII")
_ADDRESS: Final = struct.Struct("=BBBBI")
_ROUTE_OR_RULE: Final = struct.Struct("=BBBBBBBBI")
_DIAG_QUESTION: Final = struct.Struct("=BBBxI48s")
# Of an answer: family, then what names the socket: ports, source, destination, and more.
_DIAG_ANSWER: Final = struct.Struct("=B3x48s")
_LOOPBACK: Final = 1
"""The index of `lo` in every network."""
_SCOPE_HOST, _TABLE_MAIN, _PROTOCOL_STATIC = 254, 254, 4
_UNREACHABLE: Final = 7
_INVERTED: Final = 2
_MAPPED: Final = bytes(10) + b"\xff\xff"
_ANYTHING: Final = bytes(48)
# Connected in some way; not those that listen, begin, or are gone.
_CONNECTED: Final = sum(1 << state for state in (1, 3, 4, 5, 8, 9, 11))
_LARGEST: Final = 1 << 16
_PATIENCE: Final = 5.0

UNICAST, LOCAL = 1, 2


def add_address(address: IPv4Address) -> None:
    """Give the loopback interface another address."""
    body = _ADDRESS.pack(socket.AF_INET, 32, 0, 0, _LOOPBACK)
    body += attribute(1, address.packed) + attribute(2, address.packed)
    _change(_NEW_ADDRESS, body, CREATE | EXCLUSIVE, errno.EEXIST)


def add_default_route(source: IPv4Address) -> None:
    """Make every address that is not known better one of this network itself."""
    _change(_NEW_ROUTE, _default_route(source), CREATE | EXCLUSIVE, errno.EEXIST)


def remove_default_route(source: IPv4Address) -> None:
    """Undo `add_default_route`, also if it was not done."""
    _change(_DELETE_ROUTE, _default_route(source), 0, errno.ESRCH)


def refuse_all_but_tcp(priority: int) -> None:
    """Let everything but TCP know no way out."""
    body = _ROUTE_OR_RULE.pack(socket.AF_INET, 0, 0, 0, 0, 0, 0, _UNREACHABLE, _INVERTED)
    body += attribute(6, struct.pack("=I", priority)) + attribute(22, b"\x06")
    _change(_NEW_RULE, body, CREATE | EXCLUSIVE, errno.EEXIST)


def route_kind(address: IPv4Address) -> int | None:
    """Say what this network does with packets to an address: `UNICAST`, `LOCAL`, another number.

    None if it knows no way there.
    """
    body = _ROUTE_OR_RULE.pack(socket.AF_INET, 32, 0, 0, 0, 0, 0, 0, 0)
    with open_socket(_ROUTE) as sock:
        try:
            answers = list(_ask(sock, _GET_ROUTE, body + attribute(1, address.packed), 0))
        except OSError as error:
            if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EINVAL):
                return None
            raise
    return answers[0][7] if answers else None


def cut_connections(source: IPv4Address) -> None:
    """End all connections from an address to other ones, as if they had failed.

    Where the kernel cannot do that, they fail when they are used the next time.
    """
    try:
        _cut_connections(source)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EOPNOTSUPP):
            raise


def _cut_connections(source: IPv4Address) -> None:
    for family in (socket.AF_INET, socket.AF_INET6):
        question = (family, socket.IPPROTO_TCP, 0)
        with open_socket(_SOCK_DIAG) as sock:
            asked = _DIAG_QUESTION.pack(*question, _CONNECTED, _ANYTHING)
            found = list(_ask(sock, _SOCK_BY_FAMILY, asked, _DUMP))
        for answer in found:
            _, connection = _DIAG_ANSWER.unpack_from(answer)
            if _leads_out(family, connection, source):
                asked = _DIAG_QUESTION.pack(*question, _CONNECTED, connection)
                _change(_SOCK_DESTROY, asked, 0, errno.ENOENT, protocol=_SOCK_DIAG)


def _leads_out(family: int, connection: bytes, source: IPv4Address) -> bool:
    near, far = connection[4:20], connection[20:36]
    if family == socket.AF_INET6:
        if not near.startswith(_MAPPED) or not far.startswith(_MAPPED):
            return False
        near, far = near[12:], far[12:]
    return near[:4] == source.packed != far[:4] and not IPv4Address(far[:4]).is_loopback


def _default_route(source: IPv4Address) -> bytes:
    # In the main table, because that is the one that CRIU keeps.
    kind = (_TABLE_MAIN, _PROTOCOL_STATIC, _SCOPE_HOST, LOCAL)
    body = _ROUTE_OR_RULE.pack(socket.AF_INET, 0, 0, 0, *kind, 0)
    return body + attribute(4, struct.pack("=I", _LOOPBACK)) + attribute(7, source.packed)


def attribute(kind: int, data: bytes) -> bytes:
    """Write one attribute of a message."""
    length = 4 + len(data)
    return struct.pack("=HH", length, kind) + data + bytes(-length % 4)


def message(kind: int, body: bytes, flags: int = 0) -> bytes:
    """Write one message of a request."""
    return _HEADER.pack(_HEADER.size + len(body), kind, flags | _REQUEST, 1, 0) + body


def open_socket(protocol: int) -> socket.socket:
    """Open a connection to a part of the kernel."""
    return socket.socket(getattr(socket, "AF_NETLINK", 16), socket.SOCK_RAW, protocol)


def _change(kind: int, body: bytes, flags: int, harmless: int, *, protocol: int = _ROUTE) -> None:
    with open_socket(protocol) as sock:
        try:
            for _ in _ask(sock, kind, body, flags | ACKNOWLEDGE):
                pass
        except OSError as error:
            if error.errno != harmless:
                raise


def _ask(sock: socket.socket, kind: int, body: bytes, flags: int) -> Iterator[bytes]:
    """Send one request and yield the bodies of its answers."""
    yield from answers(sock, message(kind, body, flags), many=flags & _DUMP == _DUMP)


def answers(sock: socket.socket, request: bytes, *, many: bool = False) -> Iterator[bytes]:
    """Send a request of one or more messages and yield the bodies of what is answered.

    Raises:
        OSError: With the number that the kernel gave, if it refuses.
    """
    sock.settimeout(_PATIENCE)
    sock.sendall(request)
    while True:
        data = sock.recv(_LARGEST)
        while len(data) >= _HEADER.size:
            size, kind, *_ = _HEADER.unpack_from(data)
            body, data = data[_HEADER.size : size], data[(size + 3) & ~3 :]
            if kind == _DONE:
                return
            if kind == _ERROR:
                _raise(body)
                return
            yield body
            if not many:
                return


def _raise(body: bytes) -> None:
    number = -int.from_bytes(body[:4], sys.byteorder, signed=True)
    if number:
        raise OSError(number, os.strerror(number))
