"""The life of one control socket."""

from __future__ import annotations

import asyncio

from attrs import frozen
from starlette.websockets import WebSocket

from sprites_local.control import commands, envelope, tunnels
from sprites_local.control.file_operations import FileOperations
from sprites_local.control.operation import Operation, OperationError
from sprites_local.engines.base import Engine, EngineError
from sprites_local.execution import Executor
from sprites_local.ports import PortWatches
from sprites_local.session import SessionRegistry
from sprites_local.sockets import first_of, send_json
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
        self._failed = asyncio.Event()
        self._failure: BaseException | None = None
        self._heard = 0.0

    async def serve(self) -> None:
        """Serve until the client is gone."""
        try:
            await first_of(self._read(), self._fail(), self._keep_alive())
        finally:
            await self._cancel()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            self._heard = loop.time()
            start = envelope.read(message.get("text") or "")
            if start is not None:
                await self._begin(start)
            elif self._operation is not None:
                await self._operation.hand_over(message)
        if self._operation is not None and self._task is not None:
            await self._operation.hand_over(None)
            await asyncio.wait({self._task}, timeout=_FAREWELL)

    async def _begin(self, start: envelope.Start) -> None:
        if self._operation is not None and not self._operation.over:
            text = "another operation is in progress on this socket"
            await self._socket.send_text(start.error(text))
            return
        if self._task is not None and not self._task.done():  # its end was told; a moment more
            await asyncio.wait({self._task})
        name, sprite_id = self._sprite.name, self._sprite.id
        self._operation = operation = Operation(self._socket, name, sprite_id, start)
        self._task = asyncio.ensure_future(self._run(operation))

    async def _run(self, operation: Operation) -> None:
        try:
            await self._operations.run(operation)
        except Exception as error:  # noqa: BLE001 - `serve` raises it
            self._failure = error
            self._failed.set()
        finally:
            operation.close()

    async def _fail(self) -> None:
        """Raise what an operation failed with that its client cannot be told."""
        await self._failed.wait()
        if self._failure is not None:
            raise self._failure

    async def _keep_alive(self) -> None:
        """Give signs of life while the client says nothing, unless it takes them for output."""
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        while True:
            await asyncio.sleep(max(self._heard + _SILENCE - loop.time(), 0))
            if loop.time() - self._heard >= _SILENCE:
                self._heard = loop.time()
                if self._operation is None or self._operation.over or not self._operation.raw:
                    await send_json(self._socket, {"type": "keepalive"})

    async def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
