"""The event streams of operations: told as the work proceeds, to a client or to nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sprites_local import times
from sprites_local.http import encode_json


class Events:
    """Events of one operation, from the task that does the work to the answer that tells it.

    The two ends do not know each other: nothing happens to the work when the client hangs up.
    The number of events is small, so the queue needs no bound.
    """

    def __init__(self) -> None:
        self._queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def tell(self, **event: Any) -> None:
        """Add an event."""
        self._queue.put_nowait(event)

    def end(self) -> None:
        """End the stream."""
        self._queue.put_nowait(None)

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the events, a line of JSON each, as they come."""
        while (event := await self._queue.get()) is not None:
            yield encode_json(event) + b"\n"


class Progress(Events):
    """The events of a checkpoint or a restore; the last is `complete` or `error`."""

    def info(self, text: str) -> None:
        """Tell what is being done."""
        self.tell(type="info", data=text, time=times.nanoseconds())

    def complete(self, text: str) -> None:
        """Tell the success and end the stream."""
        self.tell(type="complete", data=text, time=times.nanoseconds())
        self.end()

    def error(self, text: str) -> None:
        """Tell the failure and end the stream."""
        self.tell(type="error", error=text, time=times.nanoseconds())
        self.end()
