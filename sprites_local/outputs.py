"""What a command puts out, and the views that clients have of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from attrs import frozen

REPLAY_LIMIT = 256 << 10
"""How many bytes of the latest output a client that attaches is given."""

_QUEUE_LENGTH = 16


@frozen
class Output:
    """Bytes that a command wrote: to stream 1 (also a terminal) or 2."""

    stream: int
    data: bytes


@frozen
class Exit:
    """The end of a command."""

    code: int


class Recorder(Protocol):
    """Keeps a session's latest output where a next server finds it."""

    def add(self, output: Output) -> None:
        """Note a piece of output."""

    def close(self) -> None:
        """Forget it all: the session has ended."""


class Subscriber:
    """One client's view of a session: what it missed, then what comes.

    The queue is short: a client that does not read makes the command wait, as a pipe would.
    """

    def __init__(self, missed: tuple[Output, ...]) -> None:
        self._missed = missed
        self._queue: asyncio.Queue[Output | Exit] = asyncio.Queue(_QUEUE_LENGTH)
        self._closed = False

    async def deliver(self, event: Output | Exit) -> None:
        """Hand over an event, waiting while the queue is full."""
        if not self._closed:
            await self._queue.put(event)

    def finish(self, code: int) -> None:
        """Tell a client who came after the end how it ended."""
        self._queue.put_nowait(Exit(code))

    def close(self) -> None:
        """Take nothing more, and let go whoever waits to deliver."""
        self._closed = True
        while not self._queue.empty():
            self._queue.get_nowait()

    async def events(self) -> AsyncIterator[Output | Exit]:
        """Yield what was missed and what comes, up to the exit."""
        for output in self._missed:
            yield output
        while True:
            event = await self._queue.get()
            yield event
            if isinstance(event, Exit):
                return
