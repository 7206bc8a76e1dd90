"""The life of one control socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from attrs import frozen
from starlette.websockets import WebSocket

from sprites_local.control import commands, envelope, tunnels
from sprites_local.control.file_operations import FileOperations
from sprites_local.control.operation import Operation, OperationError
from sprites_local.engines.base import Engine, EngineError
from sprites_local.execution import Executor
from sprites_local.ports import PortWatches
from sprites_local.session import SessionRegistry
from sprites_local.sockets import send_json
from sprites_local.state.records import SpriteRecord

_SILENCE = 20.0
_FAREWELL = 10.0


@frozen
class Operations:
    """What operations are made of."""

    engine: Engine
    executor: Executor
    sessions: SessionRegistry
    ports: PortWatches
    files: FileOperations

    async def run(self, operation: Operation) -> None:
        """Carry out an operation, and tell its client how it ended."""
        try:
            await self._dispatch(operation)
        except (OperationError, EngineError, envelope.BadStartError) as error:
            await operation.fail(str(error))

    async def _dispatch(self, operation: Operation) -> None:
        name = operation.start.operation
        if name == "exec":
            await commands.run(operation, self.executor, self.sessions, self.ports)
        elif name == "proxy":
            async with self.executor.in_use(operation.sprite):
                await tunnels.run(operation, self.engine)
        elif self.files.knows(name):
            await self.files.run(operation)
        else:
            raise OperationError(f"unknown operation: {name}")


class ControlConnection:
    """Reads a client's messages and runs one operation at a time."""

    def __init__(self, socket: WebSocket, sprite: SpriteRecord, operations: Operations) -> None:
        self._socket = socket
        self._sprite = sprite
        self._operations = operations
        self._operation: Operation | None = None
        self._task: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Serve until the client is gone."""
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                start = envelope.read(message.get("text") or "")
                if start is not None:
                    await self._begin(start)
                elif self._operation is not None:
                    await self._hand_over(message)
            if self._operation is not None:
                await self._hand_over(None)
                await asyncio.wait({self._running()}, timeout=_FAREWELL)
        finally:
            await self._cancel()

    async def _receive(self) -> Mapping[str, Any]:
        """Wait for a message; meanwhile operations come to their end."""
        receiving = asyncio.ensure_future(self._socket.receive())
        try:
            while not receiving.done():
                await self._wait(receiving)
            return receiving.result()
        finally:
            receiving.cancel()

    async def _begin(self, start: envelope.Start) -> None:
        if self._operation is not None and not self._operation.over:
            text = "another operation is in progress on this socket"
            await self._socket.send_text(start.error(text))
            return
        while self._operation is not None:  # its end was told; the rest is a moment
            await self._wait()
        name, sprite_id = self._sprite.name, self._sprite.id
        self._operation = Operation(self._socket, name, sprite_id, start)
        self._task = asyncio.ensure_future(self._operations.run(self._operation))

    async def _hand_over(self, message: Mapping[str, Any] | None) -> None:
        """Give a message to the operation, waiting as long as it has enough of them."""
        operation = self._operation
        if operation is None or operation.over:
            return
        putting = asyncio.ensure_future(operation.inbox.put(message))
        try:
            while not putting.done() and self._operation is operation:
                await self._wait(putting)
        finally:
            putting.cancel()

    async def _wait(self, *more: asyncio.Future[Any]) -> None:
        """Wait for the operation's end or for something else, with signs of life meanwhile."""
        waiting = {*more, *([self._task] if self._task is not None else [])}
        done, _ = await asyncio.wait(waiting, timeout=_SILENCE, return_when=asyncio.FIRST_COMPLETED)
        if self._task is not None and self._task.done():
            task, self._task, self._operation = self._task, None, None
            task.result()
        if not done and not (self._operation is not None and self._operation.raw):
            await send_json(self._socket, {"type": "keepalive"})

    def _running(self) -> asyncio.Future[None]:
        return self._task or asyncio.ensure_future(asyncio.sleep(0))

    async def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
