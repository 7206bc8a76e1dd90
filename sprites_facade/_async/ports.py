"""Watching ports: who begins and ceases to listen inside a sprite."""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sprites_facade._async.base import AsyncSpriteBase
from sprites_facade._concurrency import AsyncOpening
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

if TYPE_CHECKING:
    from sprites_facade._async.sockets import AsyncSocket

# A cold sprite wakes slowly.
_INTRODUCTION = 60.0
_MAX_FRAME = 8 * 1024 * 1024


class AsyncPortWatch:
    """The ports that are open, and each change: an iterator that goes on until it is closed.

    First come the ports that were open already, as `port_opened`. A port that is missing is no
    proof that nobody listens.
    """

    def __init__(self, socket: AsyncSocket, what: str) -> None:
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

    async def __aenter__(self) -> Self:
        """Return the watch itself."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        """Return the watch itself."""
        return self

    async def __anext__(self) -> PortEvent:
        """Return the next event."""
        event = await self.next()
        if event is None:
            raise StopAsyncIteration
        return event

    async def next(self, timeout: float | None = None) -> PortEvent | None:
        """Return the next event, or None after `aclose()`.

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
                await self._take_in(deadline)
        except ExpiredError:
            raise APITimeoutError(
                f"the ports of {self._what}: no change within {timeout} s; the watch is still open"
            ) from None
        return None if self._closed else self._ready.popleft()

    async def aclose(self) -> None:
        """End the watch."""
        self._closed = True
        await self._socket.aclose()

    async def _begin(self) -> None:
        """Wait for the list of the ports that are open already.

        Raises:
            APITimeoutError: If it does not come.
        """
        deadline = Deadline(_INTRODUCTION)
        try:
            while not (self._known.listed or self._ready or self._closed):
                await self._take_in(deadline)
        except ExpiredError:
            raise APITimeoutError(
                f"the ports of {self._what}: the server did not list them",
                method="GET",
                path=self._socket.path,
            ) from None

    async def _take_in(self, deadline: Deadline) -> None:
        if self._fault is not None:
            raise self._fault
        message = await self._socket.receive(deadline.left())
        if message is None:
            await self._break_off(
                StreamTruncatedError(
                    f"the ports of {self._what} are not watched any more: {self._socket.ending}"
                )
            )
            return
        try:
            self._ready.extend(self._known.receive(message))
        except StreamFormatError as fault:
            await self._break_off(fault)

    async def _break_off(self, fault: StreamError) -> None:
        if not self._closed:
            self._fault = fault
            await self._socket.aclose()
            raise fault


class AsyncSpritePorts(AsyncSpriteBase):
    """Follow who listens."""

    def watch_ports(self) -> AsyncOpening[AsyncPortWatch]:
        """Follow who begins and ceases to listen inside the sprite, until you close the watch.

        The list of the ports that are open already is waited for.

        Raises:
            APIStatusError: If the server refuses.
            APITimeoutError: If the list does not come.
        """
        return AsyncOpening(self._watch_ports())

    async def _watch_ports(self) -> AsyncPortWatch:
        call = operations.watch_ports(self._name).about(self._self)
        from sprites_facade._async.sockets import (  # noqa: PLC0415 - it loads a library that many programs do without
            async_open_socket,
        )

        socket = await async_open_socket(self._transport, call, max_frame=_MAX_FRAME)
        watch = AsyncPortWatch(socket, self._self)
        try:
            await watch._begin()
        except BaseException:
            await watch.aclose()
            raise
        return watch
