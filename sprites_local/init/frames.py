"""Messages over a local stream socket: a length, a count of descriptors, then JSON.

Descriptors travel with the first byte of their message. Standard library only.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
from typing import Any, Final

HEADER: Final = struct.Struct("!IB")
MAX_DESCRIPTORS: Final = 4
ANCILLARY_SIZE: Final = socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize)


class FrameError(Exception):
    """The peer sent something that is no message, or too large a one."""


def encode(message: dict[str, Any], descriptors: int = 0) -> bytes:
    """Return the bytes of one message."""
    body = json.dumps(message).encode()
    return HEADER.pack(len(body), descriptors) + body


class Decoder:
    """Cuts messages out of received bytes and descriptors; closes what nobody took."""

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._buffer = bytearray()
        self._descriptors: list[int] = []

    def receive(self, sock: socket.socket) -> bool:
        """Take what the socket has; False at the end of the stream."""
        data, ancillary, flags, _ = sock.recvmsg(
            1 << 16, ANCILLARY_SIZE, getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        )
        for level, kind, payload in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers = array.array("i")
                numbers.frombytes(payload[: len(payload) - len(payload) % numbers.itemsize])
                self._descriptors.extend(numbers)
        if flags & socket.MSG_CTRUNC or len(self._descriptors) > 64:
            raise FrameError("too many descriptors")
        self._buffer += data
        return bool(data)

    def next(self) -> tuple[dict[str, Any], list[int]] | None:
        """Return the next complete message with its descriptors, or None."""
        if len(self._buffer) < HEADER.size:
            return None
        size, count = HEADER.unpack_from(self._buffer)
        if size > self._max_size or count > MAX_DESCRIPTORS:
            raise FrameError(f"a message of {size} bytes with {count} descriptors")
        end = HEADER.size + size
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[HEADER.size : end])
        del self._buffer[:end]
        if count > len(self._descriptors):
            raise FrameError("announced descriptors are missing")
        taken, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            close_all(taken)
            raise FrameError("a message is not JSON") from error
        if not isinstance(message, dict):
            close_all(taken)
            raise FrameError("a message is not an object")
        return message, taken

    def close(self) -> None:
        """Close descriptors that belong to no complete message."""
        close_all(self._descriptors)
        self._descriptors = []


def close_all(descriptors: list[int]) -> None:
    """Close descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)


class Connection:
    """The blocking side, for the helper and the file agent."""

    def __init__(self, sock: socket.socket, max_size: int = 1 << 24) -> None:
        self._sock = sock
        self._decoder = Decoder(max_size)

    def send(self, message: dict[str, Any], *descriptors: int) -> None:
        """Send one message."""
        data = encode(message, len(descriptors))
        if descriptors:
            sent = socket.send_fds(self._sock, [data], list(descriptors))
            data = data[sent:]
        self._sock.sendall(data)

    def receive(self) -> tuple[dict[str, Any], list[int]] | None:
        """Wait for the next message; None at the end of the stream."""
        while (message := self._decoder.next()) is None:
            if not self._decoder.receive(self._sock):
                self._decoder.close()
                return None
        return message
