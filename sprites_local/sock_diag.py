"""Asking the kernel for TCP sockets.

The tables in /proc hold every socket, and reading them walks through all of the kernel's buckets,
which takes 7 ms on a machine that has none. A question about those that listen only is answered in
microseconds, one about connections in 2 ms. Linux only.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias, cast

_Answer: TypeAlias = tuple[int, bytes, bytes, int, int]

_SOCK_DIAG: Final = 4
_BY_FAMILY: Final = 20
_DUMP: Final = 0x301
_ERROR, _DONE = 2, 3
_TIME_WAIT, _LISTENING = 1 << 6, 1 << 10
_CONNECTIONS: Final = 0xFFE & ~(_LISTENING | _TIME_WAIT)
_HEADER: Final = struct.Struct("=IHHII")
_QUESTION: Final = struct.Struct("=BBBxI48x")
# Of an answer: the family; the local port; the local address; bytes to be sent; the inode.
_ANSWER: Final = struct.Struct("=B3x2s2x16s36xI4xI")
_WITH_IPV6: Final = Path("/proc/net/if_inet6")
_LARGEST: Final = 1 << 16
_PATIENCE: Final = 5.0


def make_socket(family: int) -> socket.socket:
    """Make a TCP socket, or one to ask questions with for the family AF_NETLINK."""
    if family == getattr(socket, "AF_NETLINK", None):
        return socket.socket(family, socket.SOCK_RAW, _SOCK_DIAG)
    return socket.socket(family, socket.SOCK_STREAM)


def listening(sock: socket.socket) -> Iterator[tuple[int, tuple[str, int]]]:
    """Yield the listening sockets of the network that `sock` is of: inode, address and port.

    Raises:
        OSError: If this kernel does not answer such questions.
    """
    for family, port, address, _, inode in _ask(sock, _LISTENING):
        length = 4 if family == socket.AF_INET else 16
        yield inode, (socket.inet_ntop(family, address[:length]), int.from_bytes(port, "big"))


def unsent(sock: socket.socket) -> Iterator[tuple[int, int]]:
    """Yield the connections of that network whose peers have not taken all yet: inode and bytes.

    The inode is 0 where the program has closed its end, and the kernel alone sends the rest.

    Raises:
        OSError: If this kernel does not answer such questions.
    """
    for _, _, _, size, inode in _ask(sock, _CONNECTIONS):
        if size:
            yield inode, size


def _ask(sock: socket.socket, states: int) -> Iterator[_Answer]:
    sock.settimeout(_PATIENCE)
    for family in _families():
        question = _QUESTION.pack(family, socket.IPPROTO_TCP, 0, states)
        size = _HEADER.size + len(question)
        sock.sendall(_HEADER.pack(size, _BY_FAMILY, _DUMP, 1, 0) + question)
        yield from _answers(sock)


@cache
def _families() -> list[int]:
    return [socket.AF_INET, *([socket.AF_INET6] if _WITH_IPV6.exists() else [])]


def _answers(sock: socket.socket) -> Iterator[_Answer]:
    while True:
        data = sock.recv(_LARGEST)
        while len(data) >= _HEADER.size:
            size, kind, *_ = _HEADER.unpack_from(data)
            body = data[_HEADER.size : size]
            if kind == _DONE:
                return
            if kind == _ERROR:
                number = -int.from_bytes(body[:4], sys.byteorder, signed=True)
                raise OSError(number, os.strerror(number))
            yield _read(body)
            data = data[(size + 3) & ~3 :]


def _read(body: bytes) -> _Answer:
    if len(body) < _ANSWER.size:
        raise OSError(errno.EPROTO, os.strerror(errno.EPROTO))
    return cast("_Answer", _ANSWER.unpack_from(body))
