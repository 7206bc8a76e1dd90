"""The content of a file while it is read; a dropped connection is taken up again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sprites_facade._core import operations
from sprites_facade._core.calls import Call, given
from sprites_facade._core.commands import HOME
from sprites_facade._core.errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    FileSystemError,
)
from sprites_facade._core.file_errors import changed
from sprites_facade._core.file_values import read_span
from sprites_facade._core.files import builtin_errors
from sprites_facade._core.models import FileEntry

if TYPE_CHECKING:
    from sprites_facade._async.body import AsyncBody
    from sprites_facade._async.transport import AsyncTransport

_NO_RANGE = 416


class AsyncContent:
    """Hands out a file piece by piece, from any place on.

    Args:
        transport: The way to the server.
        sprite: The sprite's name.
        path: The file.
        entry: What is known of it.
        look: Looks again, to tell whether the file is still the same after a drop.
    """

    def __init__(
        self,
        transport: AsyncTransport,
        sprite: str,
        path: PurePosixPath,
        entry: FileEntry,
        look: Callable[[], Awaitable[FileEntry]],
    ) -> None:
        self.path = path
        self.entry = entry
        self.offset = 0
        """Where the next piece begins."""
        self._transport = transport
        self._once = transport.view(max_retries=0)
        self._sprite = sprite
        self._look = look
        self._body: AsyncBody | None = None
        self._skip = 0
        self._total: int | None = None
        self._dropped = False

    @property
    def size(self) -> int | None:
        """How long the file is, as far as that is known."""
        return self.entry.size if self._total is None else self._total

    async def piece(self) -> bytes | None:
        """Return the next piece; None at the end, when all that was announced has come.

        Raises:
            FileSystemError: With the code ESTALE if the file has changed meanwhile.
        """
        return await self._transport.repeat(self._call(), self._step)

    async def seek(self, offset: int) -> None:
        """Go on elsewhere."""
        if offset != self.offset:
            await self.aclose()
            self.offset = offset

    async def aclose(self) -> None:
        """Close the connection."""
        body, self._body = self._body, None
        if body is not None:
            await body.aclose()

    async def _step(self) -> bytes | None:
        body = self._body or await self._open()
        while body is not None:
            try:
                piece = await body.piece()
            except APIConnectionError:
                self._dropped = True
                await self.aclose()
                raise
            if piece is None:
                await self._check_end()
                return None
            piece, self._skip = piece[self._skip :], max(0, self._skip - len(piece))
            if piece:
                self.offset += len(piece)
                return piece
        return None

    async def _open(self) -> AsyncBody | None:
        """Ask for the rest of the file; None if there is no rest."""
        if self._dropped:
            await self._check_same()
        if self._total is not None and self.offset >= self._total:
            return None
        call = self._call()
        try:
            with builtin_errors(self.path):
                body = await self._once.open(call)
        except (FileSystemError, APIStatusError) as exc:
            if exc.status == _NO_RANGE and self.offset:
                return None
            raise
        self._body = body
        await self._take_up(call, body)
        return body

    async def _take_up(self, call: Call[Any], body: AsyncBody) -> None:
        """Compare an answer with what was asked for, and with earlier answers."""
        span = read_span(body.status, body.headers, self.offset)
        if span is None:
            await self.aclose()
            raise APIResponseError(
                f"{call.method} {call.path} answered with another part of the file",
                status=body.status,
                body=None,
                method=call.method,
                path=call.path,
            )
        if self._total is not None and span.total not in {None, self._total}:
            await self.aclose()
            raise changed(self.path)
        self._skip = span.skip
        self._total = self._total if span.total is None else span.total

    async def _check_same(self) -> None:
        now, before = await self._look(), self.entry
        if (now.size, now.modified_at) != (before.size, before.modified_at):
            raise changed(self.path)
        self._dropped = False

    async def _check_end(self) -> None:
        """Raise if less came than was announced; a file of size 0 may be one of the kernel's."""
        await self.aclose()
        expected = self.size
        if expected and self.offset < expected:
            raise changed(self.path)
        if self._total is None:
            self._total = self.offset

    def _call(self) -> Call[None]:
        call = operations.read_file(
            self._sprite,
            path=str(self.path),
            working_dir=HOME,
            range_=given(f"bytes={self.offset}-" if self.offset else None),
        )
        return call.about(f"file {str(self.path)!r}")
