"""Commands over connections that stay open for the next one.

A connection is used again only after the command before it ended with a stated exit status, the
server said that nothing more comes of it, and nothing else happened: no timeout, no signal, no
failure. Whatever is in doubt is closed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sprites_facade._async.lanes import AsyncIdle, AsyncLanes
from sprites_facade._core.calls import Call
from sprites_facade._core.control_protocol import ControlProtocol, encode_arguments
from sprites_facade._core.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    CommandError,
)
from sprites_facade._core.exec_options import DEFAULT_MAX_FRAME
from sprites_facade._duplex import Deadline, ExpiredError

if TYPE_CHECKING:
    from sprites_facade._async.sockets import AsyncSocket
    from sprites_facade._async.transport import AsyncTransport

logger = logging.getLogger("sprites")

# The sprite has just run a command, so it is awake.
_OPENING = 2.0
_SETTLING = 1.0
# How long a connection may have been idle without being asked whether anybody is there.
_FRESH = 1.0
# Answers that are about the moment or the caller, and say nothing about the server's abilities.
_PASSING = frozenset((401, 403, 429))


class AsyncLane:
    """A control socket, lent to one command.

    Args:
        lanes: Where it goes back to.
        life: The sprite's present life.
        socket: The connection.
        protocol: What the command's messages mean.
    """

    def __init__(
        self, lanes: AsyncLanes, life: object, socket: AsyncSocket, protocol: ControlProtocol
    ) -> None:
        self.protocol = protocol
        self.closed = False
        self.path = socket.path
        self.capabilities = socket.capabilities
        self._lanes = lanes
        self._life = life
        self._socket = socket

    @property
    def ending(self) -> str:
        """How the connection ended, once it did."""
        return self._socket.ending

    async def send(self, message: str | bytes, timeout: float | None = None) -> None:
        """Send a message; see `AsyncSocket.send`."""
        await self._socket.send(message, timeout)

    async def receive(self, timeout: float | None = None) -> str | bytes | None:
        """Return the next message; see `AsyncSocket.receive`."""
        return await self._socket.receive(timeout)

    async def release(self) -> None:
        """Give it back after a command that ended well."""
        if not self.closed:
            self.closed = True
            if not self._lanes.keep(self.path, self._life, self._socket, self.protocol):
                await self._socket.aclose()

    async def aclose(self) -> None:
        """Close the connection, which nobody is to use again."""
        if not self.closed:
            self.closed = True
            await self._socket.aclose()


async def async_start(
    transport: AsyncTransport, opening: Call[None], params: Mapping[str, Any], left: float | None
) -> AsyncLane | None:
    """Start a command over a warm connection, if there can be one.

    Args:
        transport: Whose connections to use.
        opening: The handshake that opens another one.
        params: The command, as in the query of a connection for it alone.
        left: How many seconds the caller has.
    """
    transport.check_open()
    life = transport.lanes.life(opening.path)
    if life is None or (arguments := encode_arguments(params)) is None:
        return None
    found = await _idle(transport.lanes, opening.path) or await _open(transport, opening, left)
    if found is None:
        return None
    socket, number = found
    lane = AsyncLane(transport.lanes, life, socket, ControlProtocol(number))
    try:
        await lane.send(lane.protocol.start(arguments))
    except BaseException:
        await lane.aclose()
        raise
    return lane


async def _idle(lanes: AsyncLanes, path: str) -> tuple[AsyncSocket, int] | None:
    """Return a connection that waits, and the number of its next command."""
    while (idle := lanes.take(path)) is not None:
        ready = False
        try:
            ready = await _is_ready(idle)
        finally:
            if not ready:
                await idle.socket.aclose()
        if ready:
            return idle.socket, idle.last.number + 1
    return None


async def _is_ready(idle: AsyncIdle) -> bool:
    """Tell whether the last command is over beyond doubt, and the server still there."""
    if not idle.socket.usable or idle.is_old():
        return False
    deadline = Deadline(_SETTLING)
    try:
        while not idle.last.over:
            message = await idle.socket.receive(deadline.left())
            if message is None:
                return False
            idle.last.settle(message)
    except (ExpiredError, CommandError):
        return False
    return not idle.is_old(_FRESH) or await idle.socket.answers(_SETTLING)


async def _open(
    transport: AsyncTransport, opening: Call[None], left: float | None
) -> tuple[AsyncSocket, int] | None:
    """Open a connection; None where that is not possible, now or at all."""
    from sprites_facade._async.sockets import (  # noqa: PLC0415 - it loads a library that many programs do without
        async_open_socket,
    )

    patience = _OPENING if left is None else min(_OPENING, left / 2)
    once = transport.view(max_retries=0)
    try:
        socket = await async_open_socket(
            once, opening, timeout=patience, max_frame=DEFAULT_MAX_FRAME
        )
    except APITimeoutError:
        transport.lanes.timed_out(opening.path)
    except APIConnectionError:
        logger.debug("no warm connection: the handshake failed")
    except APIStatusError as exc:
        if exc.status < 500 and exc.status not in _PASSING:
            transport.lanes.refused(opening.path)
    else:
        return socket, 1
    return None
