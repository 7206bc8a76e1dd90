"""Asking the kernel for listening TCP sockets.

The tables in /proc hold every connection, and reading them walks through all of the kernel's
buckets, which takes milliseconds on a machine that has none. The question asked here is about
those that listen only, and is answered in microseconds. Linux only.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Final

_SOCK_DIAG: Final = 4
_BY_FAMILY: Final = 20
_DUMP: Final = 0x301
_ERROR, _DONE = 2, 3
_LISTENING: Final = 1 << 10
_HEADER: Final = struct.Struct("=IHHII")
_QUESTION: Final = struct.Struct("=BBBxI48x")
# Of an answer: the family; the local port; the local address; the inode.
_ANSWER: Final = struct.Struct("=B3x2s2x16s44xI")
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
    sock.settimeout(_PATIENCE)
    for family in (socket.AF_INET, socket.AF_INET6):
        question = _QUESTION.pack(family, socket.IPPROTO_TCP, 0, _LISTENING)
        size = _HEADER.size + len(question)
        sock.sendall(_HEADER.pack(size, _BY_FAMILY, _DUMP, 1, 0) + question)
        yield from _answers(sock)


def _answers(sock: socket.socket) -> Iterator[tuple[int, tuple[str, int]]]:
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


def _read(body: bytes) -> tuple[int, tuple[str, int]]:
    if len(body) < _ANSWER.size:
        raise OSError(errno.EPROTO, os.strerror(errno.EPROTO))
    family, port, address, inode = _ANSWER.unpack_from(body)
    length = 4 if family == socket.AF_INET else 16
    return inode, (socket.inet_ntop(family, address[:length]), int.from_bytes(port, "big"))
