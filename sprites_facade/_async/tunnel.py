"""One local connection, and the WebSocket that carries it to a port of a sprite."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sprites_facade._core.errors import APIConnectionError, SpritesError
from sprites_facade._duplex import AsyncCondition, Deadline, ExpiredError, async_pause
from sprites_facade._listening import AsyncLocalConnection, AsyncWorkers

if TYPE_CHECKING:
    from sprites_facade._async.sockets import AsyncSocket

# The codes of a WebSocket that was closed because the connection inside has ended.
_ORDERLY = frozenset((1000, 1005))
# How long a program may take to close its end, once it was told that nothing more will come.
_PARTING = 2.0


class AsyncTunnel:
    """Carries bytes in both directions, each as fast as the other side takes them.

    The wire cannot tell that one side has sent all. So when the local side has, the answer is
    still awaited, until the other side ends it, or says nothing for `linger` seconds.
    """

    def __init__(
        self, local: AsyncLocalConnection, workers: AsyncWorkers, linger: float | None
    ) -> None:
        self._local = local
        self._workers = workers
        self._linger = linger
        self._socket: AsyncSocket | None = None
        self._changed = AsyncCondition()
        self._received = 0
        self._delivering = False
        self._sending = False
        self._ended = False
        self._leaving = False

    @property
    def connecting(self) -> bool:
        """Whether the way is not open yet, which nothing but the server's answer ends."""
        return self._socket is None

    async def run(
        self,
        connect: Callable[[], Awaitable[AsyncSocket]],
        report: Callable[[SpritesError], Awaitable[None]],
    ) -> None:
        """Carry until one side has ended, and close both.

        Args:
            connect: Opens the way.
            report: Told why it could not be opened, or broke, before the local side sees it.
        """
        reset = False
        try:
            if not self._leaving:
                self._socket = await connect()
                reset = True
            if self._socket is not None and not self._leaving:
                await self._carry(self._socket)
                reset = self._leaving
        except SpritesError as exc:
            await report(exc)
        finally:
            await self._part(reset=reset)

    async def aclose(self) -> None:
        """Break off; who carries here ends soon."""
        self._leaving = True
        if self._socket is not None:
            await self._socket.aclose()
        self._local.hang_up(reset=True)
        if self._delivering:
            self._local.drop()
        async with self._changed:
            self._changed.notify_all()

    async def _carry(self, socket: AsyncSocket) -> None:
        self._sending = True
        self._workers.start(self._upward, socket)
        try:
            while (message := await socket.receive()) is not None:
                # Text has no meaning once the tunnel is open.
                if isinstance(message, bytes) and not await self._deliver(message):
                    return
        finally:
            async with self._changed:
                self._ended = True
                self._changed.notify_all()
        # The other side also answers our own closing with its code.
        if not self._leaving and (socket.closed or socket.code not in _ORDERLY):
            raise APIConnectionError(
                f"GET {socket.path}: the connection was cut: {socket.ending}",
                method="GET",
                path=socket.path,
            )

    async def _deliver(self, data: bytes) -> bool:
        """Hand data to the local side, and tell whether it is still there."""
        self._received += 1
        self._delivering = True
        try:
            await self._local.send(data)
        except OSError:
            self._leaving = True
        finally:
            self._delivering = False
        return not self._leaving

    async def _upward(self, socket: AsyncSocket) -> None:
        """Send what the local side says, and after its end wait for the answer's."""
        try:
            while data := await self._local.receive():
                if not self._ended:
                    await self._send(socket, data)
            await self._await_answer(socket)
        except OSError:  # a reset: nobody is there to hear an answer
            self._leaving = True
            await socket.aclose()
        finally:
            async with self._changed:
                self._sending = False
                self._changed.notify_all()

    async def _send(self, socket: AsyncSocket, data: bytes) -> None:
        try:
            await socket.send(data)
        except APIConnectionError:
            return  # who receives learns how it ended

    async def _await_answer(self, socket: AsyncSocket) -> None:
        heard = -1
        async with self._changed:
            while not self._ended and heard != self._received:
                heard = self._received
                try:
                    await self._pause_until_ended(self._linger)
                except ExpiredError:
                    continue
            ended = self._ended
        if not ended:
            self._leaving = True
            await socket.aclose()

    async def _pause_until_ended(self, seconds: float | None) -> None:
        deadline = Deadline(seconds)
        while not self._ended:
            await async_pause(self._changed, deadline.left())

    async def _part(self, *, reset: bool) -> None:
        """Close both sides; the local one learns whether what it got is all."""
        if self._socket is not None:
            await self._socket.aclose()
        if not reset:
            self._local.end()
            await self._until_silent(patiently=True)
        self._local.hang_up(reset=reset)
        await self._until_silent(patiently=False)
        await self._local.aclose()

    async def _until_silent(self, *, patiently: bool) -> None:
        """Wait until nothing is read from the local side any more."""
        deadline = Deadline(_PARTING)
        try:
            async with self._changed:
                while self._sending and not (patiently and self._leaving):
                    await async_pause(self._changed, deadline.left())
        except ExpiredError:
            return
