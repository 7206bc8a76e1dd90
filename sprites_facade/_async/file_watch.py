"""Watching files: changes as they happen."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sprites_facade._core.commands import HOME, seconds
from sprites_facade._core.errors import APITimeoutError, StreamFormatError, StreamTruncatedError
from sprites_facade._core.file_errors import failure
from sprites_facade._core.file_values import FileEvent
from sprites_facade._core.files import is_private
from sprites_facade._core.phrases import code_in
from sprites_facade._core.reading import UnexpectedShapeError
from sprites_facade._core.text import clip, redact
from sprites_facade._duplex import Deadline, ExpiredError

if TYPE_CHECKING:
    from sprites_facade._async.sockets import AsyncSocket

# A cold sprite wakes slowly.
_INTRODUCTION = 60.0


class AsyncFileWatch:
    """Changes of files, as an iterator; it goes on until it is closed."""

    def __init__(self, socket: AsyncSocket) -> None:
        self._socket = socket
        self._closed = False
        self.paths: tuple[str, ...] = ()
        """What is watched, as the server confirmed it."""

    async def subscribe(self, paths: Iterable[str], *, recursive: bool) -> None:
        """Ask for changes and wait until the server confirms it."""
        wanted = tuple(paths)
        request = {"type": "subscribe", "paths": wanted, "recursive": recursive, "workingDir": HOME}
        await self._socket.send(json.dumps(request))
        deadline = Deadline(_INTRODUCTION)
        try:
            while (message := await self._message(deadline)).get("type") != "subscribed":
                pass
        except ExpiredError:
            text = f"GET {self._socket.path}: the server did not confirm the watch"
            raise APITimeoutError(text, method="GET", path=self._socket.path) from None
        found = message.get("paths")
        self.paths = tuple(found) if isinstance(found, list) else wanted

    async def next(self, timeout: float | None = None) -> FileEvent | None:
        """Return the next change; None if the watch was closed.

        The temporary files of this package's own uploads, from anywhere, are passed over.

        Args:
            timeout: How many seconds to wait for one; None waits without a bound.

        Raises:
            APITimeoutError: If there is none in time; a later one is not lost.
            StreamTruncatedError: If the server ended the watch.
            FileSystemError: If the server cannot watch any more.
        """
        deadline = Deadline(seconds(timeout, "timeout"))
        while not self._closed:
            try:
                message = await self._message(deadline)
            except ExpiredError:
                path = self._socket.path
                text = f"GET {path}: no change within {timeout} s; the watch is still open"
                raise APITimeoutError(text, method="GET", path=path) from None
            if message.get("type") == "event":
                event = self._event(message)
                # Of an upload that is put together, and then takes its own name.
                if not is_private(posixpath.basename(event.path)):
                    return event
        return None

    async def aclose(self) -> None:
        """End the watch."""
        self._closed = True
        await self._socket.aclose()

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

    async def __anext__(self) -> FileEvent:
        """Return the next change."""
        event = await self.next()
        if event is None:
            raise StopAsyncIteration
        return event

    async def _message(self, deadline: Deadline) -> dict[str, Any]:
        """Return the next message; an empty one after the watch was closed."""
        raw = await self._socket.receive(deadline.left())
        if raw is None:
            return await self._ended()
        try:
            message = json.loads(raw)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            await self.aclose()
            raise StreamFormatError("the server sent something else than a JSON object")
        if message.get("type") == "error":
            await self.aclose()
            raise _failure(message)
        return message

    async def _ended(self) -> dict[str, Any]:
        if self._closed:
            return {}
        await self.aclose()
        raise StreamTruncatedError(f"nothing is watched any more: {self._socket.ending}")

    def _event(self, message: dict[str, Any]) -> FileEvent:
        try:
            return FileEvent.from_message(message)
        except UnexpectedShapeError as exc:
            raise StreamFormatError(f"the server sent a strange event: {exc}") from None


def _failure(message: dict[str, Any]) -> Exception:
    said = message.get("message")
    text = clip(redact(said), 300) if isinstance(said, str) else "the server cannot watch"
    path = message.get("path")
    return failure(code_in(text) or "EIO", text, path if isinstance(path, str) else "")
