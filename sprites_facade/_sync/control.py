# Written by scripts/unasync.py from sprites_facade/_async/control.py. Do not edit.
"""Commands over connections that stay open for the next one.

A connection is used again only after the command before it ended with a stated exit status, the
server said that nothing more comes of it, and nothing else happened: no timeout, no signal, no
failure. Whatever is in doubt is closed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
from sprites_facade._sync.lanes import Idle, Lanes

if TYPE_CHECKING:
    from sprites_facade._sync.sockets import Socket
    from sprites_facade._sync.transport import Transport

logger = logging.getLogger("sprites")

# The sprite has just run a command, so it is awake.
_OPENING = 2.0
_SETTLING = 1.0
# How long a connection may have been idle without being asked whether anybody is there.
_FRESH = 1.0
# Answers that are about the moment or the caller, and say nothing about the server's abilities.
_PASSING = frozenset((401, 403, 429))


class Lane:
    """A control socket, lent to one command.

    Args:
        lanes: Where it goes back to.
        life: The sprite's present life.
        socket: The connection.
        protocol: What the command's messages mean.
    """

    def __init__(
        self, lanes: Lanes, life: object, socket: Socket, protocol: ControlProtocol
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

    def send(self, message: str | bytes, timeout: float | None = None) -> None:
        """Send a message; see `Socket.send`."""
        self._socket.send(message, timeout)

    def receive(self, timeout: float | None = None) -> str | bytes | None:
        """Return the next message; see `Socket.receive`."""
        return self._socket.receive(timeout)

    def release(self) -> None:
        """Give it back after a command that ended well."""
        if not self.closed:
            self.closed = True
            if not self._lanes.keep(self.path, self._life, self._socket, self.protocol):
                self._socket.close()

    def close(self) -> None:
        """Close the connection, which nobody is to use again."""
        if not self.closed:
            self.closed = True
            self._socket.close()


def start(
    transport: Transport, opening: Call[None], params: Mapping[str, Any], left: float | None
) -> Lane | None:
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
    found = _idle(transport.lanes, opening.path) or _open(transport, opening, left)
    if found is None:
        return None
    socket, number = found
    lane = Lane(transport.lanes, life, socket, ControlProtocol(number))
    try:
        lane.send(lane.protocol.start(arguments))
    except BaseException:
        lane.close()
        raise
    return lane


def _idle(lanes: Lanes, path: str) -> tuple[Socket, int] | None:
    """Return a connection that waits, and the number of its next command."""
    while (idle := lanes.take(path)) is not None:
        ready = False
        try:
            ready = _is_ready(idle)
        finally:
            if not ready:
                idle.socket.close()
        if ready:
            return idle.socket, idle.last.number + 1
    return None


def _is_ready(idle: Idle) -> bool:
    """Tell whether the last command is over beyond doubt, and the server still there."""
    if not idle.socket.usable or idle.is_old():
        return False
    deadline = Deadline(_SETTLING)
    try:
        while not idle.last.over:
            message = idle.socket.receive(deadline.left())
            if message is None:
                return False
            idle.last.settle(message)
    except (ExpiredError, CommandError):
        return False
    return not idle.is_old(_FRESH) or idle.socket.answers(_SETTLING)


def _open(
    transport: Transport, opening: Call[None], left: float | None
) -> tuple[Socket, int] | None:
    """Open a connection; None where that is not possible, now or at all."""
    from sprites_facade._sync.sockets import (  # noqa: PLC0415 - it loads a library that many programs do without
        open_socket,
    )

    patience = _OPENING if left is None else min(_OPENING, left / 2)
    once = transport.view(max_retries=0)
    try:
        socket = open_socket(once, opening, timeout=patience, max_frame=DEFAULT_MAX_FRAME)
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
