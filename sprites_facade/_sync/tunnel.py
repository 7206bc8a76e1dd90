# Written by scripts/unasync.py from sprites_facade/_async/tunnel.py. Do not edit.
"""One local connection, and the WebSocket that carries it to a port of a sprite."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sprites_facade._core.errors import APIConnectionError, SpritesError
from sprites_facade._duplex import Condition, Deadline, ExpiredError, pause
from sprites_facade._listening import LocalConnection, Workers

if TYPE_CHECKING:
    from sprites_facade._sync.sockets import Socket

# The codes of a WebSocket that was closed because the connection inside has ended.
_ORDERLY = frozenset((1000, 1005))
# How long a program may take to close its end, once it was told that nothing more will come.
_PARTING = 2.0


class Tunnel:
    """Carries bytes in both directions, each as fast as the other side takes them.

    The wire cannot tell that one side has sent all. So when the local side has, the answer is
    still awaited, until the other side ends it, or says nothing for `linger` seconds.
    """

    def __init__(self, local: LocalConnection, workers: Workers, linger: float | None) -> None:
        self._local = local
        self._workers = workers
        self._linger = linger
        self._socket: Socket | None = None
        self._changed = Condition()
        self._received = 0
        self._delivering = False
        self._sending = False
        self._ended = False
        self._leaving = False

    @property
    def connecting(self) -> bool:
        """Whether the way is not open yet, which nothing but the server's answer ends."""
        return self._socket is None

    def run(
        self,
        connect: Callable[[], Socket],
        report: Callable[[SpritesError], None],
    ) -> None:
        """Carry until one side has ended, and close both.

        Args:
            connect: Opens the way.
            report: Told why it could not be opened, or broke, before the local side sees it.
        """
        reset = False
        try:
            if not self._leaving:
                self._socket = connect()
                reset = True
            if self._socket is not None and not self._leaving:
                self._carry(self._socket)
                reset = self._leaving
        except SpritesError as exc:
            report(exc)
        finally:
            self._part(reset=reset)

    def close(self) -> None:
        """Break off; who carries here ends soon."""
        self._leaving = True
        if self._socket is not None:
            self._socket.close()
        self._local.hang_up(reset=True)
        if self._delivering:
            self._local.drop()
        with self._changed:
            self._changed.notify_all()

    def _carry(self, socket: Socket) -> None:
        self._sending = True
        self._workers.start(self._upward, socket)
        try:
            while (message := socket.receive()) is not None:
                # Text has no meaning once the tunnel is open.
                if isinstance(message, bytes) and not self._deliver(message):
                    return
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()
        # The other side also answers our own closing with its code.
        if not self._leaving and (socket.closed or socket.code not in _ORDERLY):
            raise APIConnectionError(
                f"GET {socket.path}: the connection was cut: {socket.ending}",
                method="GET",
                path=socket.path,
            )

    def _deliver(self, data: bytes) -> bool:
        """Hand data to the local side, and tell whether it is still there."""
        self._received += 1
        self._delivering = True
        try:
            self._local.send(data)
        except OSError:
            self._leaving = True
        finally:
            self._delivering = False
        return not self._leaving

    def _upward(self, socket: Socket) -> None:
        """Send what the local side says, and after its end wait for the answer's."""
        try:
            while data := self._local.receive():
                if not self._ended:
                    self._send(socket, data)
            self._await_answer(socket)
        except OSError:  # a reset: nobody is there to hear an answer
            self._leaving = True
            socket.close()
        finally:
            with self._changed:
                self._sending = False
                self._changed.notify_all()

    def _send(self, socket: Socket, data: bytes) -> None:
        try:
            socket.send(data)
        except APIConnectionError:
            return  # who receives learns how it ended

    def _await_answer(self, socket: Socket) -> None:
        heard = -1
        with self._changed:
            while not self._ended and heard != self._received:
                heard = self._received
                try:
                    self._pause_until_ended(self._linger)
                except ExpiredError:
                    continue
            ended = self._ended
        if not ended:
            self._leaving = True
            socket.close()

    def _pause_until_ended(self, seconds: float | None) -> None:
        deadline = Deadline(seconds)
        while not self._ended:
            pause(self._changed, deadline.left())

    def _part(self, *, reset: bool) -> None:
        """Close both sides; the local one learns whether what it got is all."""
        if self._socket is not None:
            self._socket.close()
        if not reset:
            self._local.end()
            self._until_silent(patiently=True)
        self._local.hang_up(reset=reset)
        self._until_silent(patiently=False)
        self._local.close()

    def _until_silent(self, *, patiently: bool) -> None:
        """Wait until nothing is read from the local side any more."""
        deadline = Deadline(_PARTING)
        try:
            with self._changed:
                while self._sending and not (patiently and self._leaving):
                    pause(self._changed, deadline.left())
        except ExpiredError:
            return
