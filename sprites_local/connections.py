"""Connections that do not wait for ever for a request, and enough of them."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_PATIENCE: Final = 30.0
"""Seconds within which the head of a request must be complete, once a connection has begun it."""
_OPEN_FILES: Final = 65536
_FEWEST_FILES: Final = 96
_TO_SOMEBODY: Final = {"websocket.accept", "websocket.send"}


class Connection(H11Protocol):
    """A connection whose requests come in time.

    Anybody on this machine can connect, without a token. Who then says nothing, or a letter now and
    then, would keep a descriptor of the server for good.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._impatience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take data; what is no whole head yet must become one in time."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE or not self.conn.trailing_data[0]:
            self._patient()
        elif self._impatience is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._patient()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._impatience = self.loop.call_later(HEAD_PATIENCE, self.transport.close)

    def _patient(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None


class SocketConnection(WebSocketsSansIOProtocol):
    """A connection that lets nobody fill the log.

    Uvicorn takes a handshake that was answered with a status for one that was not answered at all,
    and logs an error; that needs no token. And between a reset and its notice asyncio logs a line
    for each message that is sent.
    """

    async def send(self, message: Any) -> None:
        """Pass on a message, and take note that a refusal is an answer too.

        Raises:
            ClientDisconnected: If nobody is there any more.
        """
        if message["type"] in _TO_SOMEBODY and self.transport.is_closing():
            self.handshake_complete = True  # as far as it will ever be
            raise ClientDisconnected
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True


class TooFewFilesError(Exception):
    """This process must not have open what it needs; the text says how much that is."""


def allow_many() -> None:
    """Let this process have many files open: each command and each connection needs some.

    Raises:
        TooFewFilesError: If it may not even have as many as one sprite needs. Tiers would be
            passed over for that, in favour of one that isolates nothing.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FEWEST_FILES:
        raise TooFewFilesError(
            f"this process may have {hard} files open, and needs {_FEWEST_FILES} at least;"
            " raise the limit (ulimit -n)"
        )
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a limit of its own besides
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
