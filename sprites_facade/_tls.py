"""TLS for sockets that one thread reads while others write.

The `ssl` module's sockets are not made for that: OpenSSL must not be entered twice at a time, and
a read that waits inside of it cannot be ended from outside. The WebSocket library does both, which
made handshakes hang. Here OpenSSL works on memory, under a lock, and waiting is done on the socket
below.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from typing import Any

# What one record of TLS holds, so that a short message is not one record and a bit.
_RECORD = 16 * 1024
_ARRIVING = 64 * 1024


class Context:
    """What the WebSocket library asks of an `ssl.SSLContext`, with sockets of ours."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    def wrap_socket(self, inner: Any, *, server_hostname: str) -> TLSSocket:
        """Return a socket with TLS, after the handshake."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.wrap_bio(incoming, outgoing, server_hostname=server_hostname)
        wrapped = TLSSocket(inner, tls, incoming, outgoing)
        try:
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *, server_hostname: str
    ) -> ssl.SSLObject:
        """Return TLS that works on memory."""
        return self._context.wrap_bio(incoming, outgoing, server_hostname=server_hostname)


class TLSSocket:
    """A connected socket with TLS; the socket below may have TLS too, as of a proxy."""

    def __init__(
        self, inner: Any, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
    ) -> None:
        self._inner = inner
        self._tls = tls
        self._incoming = incoming
        self._outgoing = outgoing
        self._lock = threading.Lock()
        """Nobody waits for the other side while holding it."""
        self._sending = threading.Lock()
        """Keeps what is sent in the order in which it was encrypted."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def do_handshake(self) -> None:
        """Agree on keys; the other side proves who it is."""
        done = False
        while not done:
            try:
                self._tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
            finally:  # a refusal is told to the other side
                self._flush()
            if not done:
                self._arrive()

    def recv(self, _size: int) -> bytes:
        """Return what has arrived, waiting for some; nothing at the end.

        Whatever has arrived is returned, even if it is more than what was asked for: who waits for
        the socket below to be readable would not learn of a rest.
        """
        while (data := self._take()) is None:
            self._arrive()
        return data

    def sendall(self, data: bytes) -> None:
        """Send, as fast as the other side takes it."""
        with self._sending, memoryview(data) as view:
            for start in range(0, len(view), _RECORD):
                with self._lock:
                    self._tls.write(view[start : start + _RECORD])
                    encrypted = self._outgoing.read()
                self._inner.sendall(encrypted)

    def close(self) -> None:
        """Close the socket; whoever waits for it gets to know."""
        with suppress(OSError):
            self._inner.shutdown(socket.SHUT_RDWR)
        self._inner.close()

    def _take(self) -> bytes | None:
        """Return all that can be decrypted, nothing at the end, and None if there is none yet."""
        pieces: list[bytes] = []
        ended = False
        with self._lock:
            try:
                while piece := self._tls.read(_ARRIVING):
                    pieces.append(piece)
                ended = True
            except ssl.SSLWantReadError:
                pass
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                ended = True
        self._flush()
        return b"".join(pieces) if pieces or ended else None

    def _arrive(self) -> None:
        data = self._inner.recv(_ARRIVING)
        with self._lock:
            if data:
                self._incoming.write(data)
            else:
                self._incoming.write_eof()

    def _flush(self) -> None:
        """Send what TLS has to say by itself, which is seldom."""
        if self._outgoing.pending:
            with self._sending:
                with self._lock:
                    encrypted = self._outgoing.read()
                self._inner.sendall(encrypted)


def adopt(found: Any) -> Any:
    """Return a socket of ours for one of the WebSocket library with TLS inside of TLS."""
    parts = ("ssl_socket", "ssl_object", "incoming", "outgoing")
    if isinstance(found, TLSSocket) or not all(hasattr(found, part) for part in parts):
        return found
    return TLSSocket(*(getattr(found, part) for part in parts))
