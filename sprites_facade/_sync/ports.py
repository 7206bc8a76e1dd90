# Written by scripts/unasync.py from sprites_facade/_async/ports.py. Do not edit.
"""Watching ports: who begins and ceases to listen inside a sprite."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sprites_facade._core import operations
from sprites_facade._core.commands import seconds
from sprites_facade._core.errors import (
    APITimeoutError,
    StreamError,
    StreamFormatError,
    StreamTruncatedError,
)
from sprites_facade._core.ports import OpenPorts, PortEvent
from sprites_facade._duplex import Deadline, ExpiredError
from sprites_facade._sync.base import SpriteBase

if TYPE_CHECKING:
    from sprites_facade._sync.sockets import Socket

# A cold sprite wakes slowly.
_INTRODUCTION = 60.0
_MAX_FRAME = 8 * 1024 * 1024


class PortWatch:
    """The ports that are open, and each change: an iterator that goes on until it is closed.

    First come the ports that were open already, as `port_opened`. A port that is missing is no
    proof that nobody listens.
    """

    def __init__(self, socket: Socket, what: str) -> None:
        self._socket = socket
        self._what = what
        self._known = OpenPorts()
        self._ready: deque[PortEvent] = deque()
        self._closed = False
        self._fault: StreamError | None = None

    def __repr__(self) -> str:
        state = "closed" if self._closed or self._fault else "open"
        return f"<{type(self).__name__} of {self._what}, {state}>"

    @property
    def ports(self) -> tuple[PortEvent, ...]:
        """The ports that are open, as far as the server has told."""
        return self._known.ports

    def __enter__(self) -> Self:
        """Return the watch itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        """Return the watch itself."""
        return self

    def __next__(self) -> PortEvent:
        """Return the next event."""
        event = self.next()
        if event is None:
            raise StopIteration
        return event

    def next(self, timeout: float | None = None) -> PortEvent | None:
        """Return the next event, or None after `close()`.

        Args:
            timeout: How many seconds to wait for one; None waits without a bound. After a timeout
                the watch is still usable, and nothing is lost.

        Raises:
            APITimeoutError: If there was no event in time.
            StreamTruncatedError: If the server ended the watch, or the connection broke.
            StreamFormatError: If the server sent what cannot be read.
        """
        deadline = Deadline(seconds(timeout, "timeout"))
        try:
            while not self._ready and not self._closed:
                self._take_in(deadline)
        except ExpiredError:
            raise APITimeoutError(
                f"the ports of {self._what}: no change within {timeout} s; the watch is still open"
            ) from None
        return None if self._closed else self._ready.popleft()

    def close(self) -> None:
        """End the watch."""
        self._closed = True
        self._socket.close()

    def _begin(self) -> None:
        """Wait for the list of the ports that are open already.

        Raises:
            APITimeoutError: If it does not come.
        """
        deadline = Deadline(_INTRODUCTION)
        try:
            while not (self._known.listed or self._ready or self._closed):
                self._take_in(deadline)
        except ExpiredError:
            raise APITimeoutError(
                f"the ports of {self._what}: the server did not list them",
                method="GET",
                path=self._socket.path,
            ) from None

    def _take_in(self, deadline: Deadline) -> None:
        if self._fault is not None:
            raise self._fault
        message = self._socket.receive(deadline.left())
        if message is None:
            self._break_off(
                StreamTruncatedError(
                    f"the ports of {self._what} are not watched any more: {self._socket.ending}"
                )
            )
            return
        try:
            self._ready.extend(self._known.receive(message))
        except StreamFormatError as fault:
            self._break_off(fault)

    def _break_off(self, fault: StreamError) -> None:
        if not self._closed:
            self._fault = fault
            self._socket.close()
            raise fault


class SpritePorts(SpriteBase):
    """Follow who listens."""

    def watch_ports(self) -> PortWatch:
        """Follow who begins and ceases to listen inside the sprite, until you close the watch.

        The list of the ports that are open already is waited for.

        Raises:
            APIStatusError: If the server refuses.
            APITimeoutError: If the list does not come.
        """
        return self._watch_ports()

    def _watch_ports(self) -> PortWatch:
        call = operations.watch_ports(self._name).about(self._self)
        from sprites_facade._sync.sockets import (  # noqa: PLC0415 - it loads a library that many programs do without
            open_socket,
        )

        socket = open_socket(self._transport, call, max_frame=_MAX_FRAME)
        watch = PortWatch(socket, self._self)
        try:
            watch._begin()
        except BaseException:
            watch.close()
            raise
        return watch
