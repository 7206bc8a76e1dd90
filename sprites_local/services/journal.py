"""What became of a service, kept for a while for those who follow it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from attrs import frozen

from sprites_local.changes import Changes
from sprites_local.services.output import Printed

LIMIT: Final = 1 << 20
"""Characters of output that are kept."""

_EVENT_COST: Final = 64


@frozen
class Event:
    """A line of a stream."""

    moment: int
    """Unix milliseconds."""
    type: str
    data: str | None = None
    exit_code: int | None = None
    about_stream: bool = False
    """Whether it is a word to the one who follows, and nothing that became of the service."""

    @property
    def is_output(self) -> bool:
        """Whether the service itself said it."""
        return self.type in {"stdout", "stderr"}

    def view(self) -> dict[str, Any]:
        """Show the event as the wire has it."""
        view: dict[str, Any] = {"type": self.type, "timestamp": self.moment}
        if self.data is not None:
            view["data"] = self.data
        if self.exit_code is not None:
            view["exit_code"] = self.exit_code
        return view


class Journal:
    """The latest events of one service, numbered.

    Followers come with the number up to which they know: nothing is kept per follower, and one
    that reads too slowly misses events instead of stopping the service.
    """

    def __init__(self, past: Iterable[Printed] = ()) -> None:
        self._events: deque[Event] = deque()
        self._size = 0
        self._changes = Changes()
        self.end = 0
        """The number of the next event."""
        for one in past:
            self.add(Event(one.moment, one.stream, one.text))
        self.began = self.end
        """The number of the first event that is not of the past."""

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._changes.closed

    def add(self, event: Event) -> None:
        """Add an event and wake the followers."""
        self._events.append(event)
        self._size += _cost(event)
        self.end += 1
        while self._size > LIMIT and len(self._events) > 1:
            self._size -= _cost(self._events.popleft())
        self._changes.notify()

    def close(self) -> None:
        """Let the followers go."""
        self._changes.close()

    def next_change(self) -> asyncio.Event:
        """Return what is set when there is more; to be asked for before looking."""
        return self._changes.next()

    def since(self, number: int) -> tuple[list[Event], int]:
        """Return the events from a number on, and how many before them are not kept any more."""
        first = self.end - len(self._events)
        skip = max(number - first, 0)
        return [event for at, event in enumerate(self._events) if at >= skip], max(
            first - number, 0
        )

    def output(self) -> list[Printed]:
        """Return the output that is kept."""
        return [
            Printed(event.moment, event.type, event.data or "")
            for event in self._events
            if event.is_output
        ]


def _cost(event: Event) -> int:
    return len(event.data or "") + _EVENT_COST
