"""The streams of the services API: a service's events for a while, then `complete`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import Final

from attrs import define

from sprites_local.http import encode_json
from sprites_local.services.journal import Event, Journal
from sprites_local.services.output import Printed
from sprites_local.services.views import log_files_view

_GRACE: Final = 10.0
"""How much longer than it should take a stop is waited for."""


@define
class Window:
    """The time in which a client wants to hear of a service."""

    duration: float
    deadline: float

    @classmethod
    def of(cls, duration: float) -> Window:
        """Open a window now."""
        return cls(duration, asyncio.get_running_loop().time() + duration)

    @property
    def over(self) -> bool:
        """Whether the time has passed."""
        return asyncio.get_running_loop().time() >= self.deadline

    def open_again(self) -> None:
        """Begin anew: the service has just become what it was asked to be."""
        self.deadline = asyncio.get_running_loop().time() + self.duration


async def follow(journal: Journal, number: int, window: Window) -> AsyncIterator[Event]:
    """Yield the events from a number on until the window closes or nothing more will come."""
    while True:
        changed = journal.next_change()
        events, missed = journal.since(number)
        number += missed + len(events)
        if missed:
            text = f"{missed} events were dropped: the client reads too slowly"
            yield Event(_now(), "error", text, about_stream=True)
        for event in events:
            yield event
        if journal.closed or window.over:
            return
        try:
            async with asyncio.timeout_at(window.deadline):
                await changed.wait()
        except TimeoutError:
            return


async def report_start(
    journal: Journal, name: str, number: int, duration: float, *, running: bool
) -> AsyncIterator[bytes]:
    """Tell of a start, and for some time after it, or until the process ended."""
    window = Window.of(duration)
    if running:
        yield _line(Event(_now(), "started"))
    async for event in follow(journal, number, window):
        yield _line(event)
        if event.type == "stopping":
            # What is being replaced may take its time; the window is for its successor.
            window.deadline += _GRACE
        elif event.type in {"started", "stopped"}:
            window.open_again()
        elif event.type == "exit":
            break
    yield _complete(name)


async def report_stop(
    journal: Journal, name: str, number: int, patience: float
) -> AsyncIterator[bytes]:
    """Tell of a stop to its end."""
    async for event in follow(journal, number, Window.of(patience + _GRACE)):
        yield _line(event)
        if event.type == "stopped":
            yield _complete(name)
            return
    yield _line(Event(_now(), "error", "the service has not ended"))


def report_log(
    journal: Journal, name: str, past: Iterable[Printed], duration: float
) -> AsyncIterator[bytes]:
    """Tell what was printed, and what is printed in some time to come."""
    # Taken now, together with the past, and not at the first step: nothing falls in between.
    return _report_log(journal, name, past, journal.end, duration)


async def _report_log(
    journal: Journal, name: str, past: Iterable[Printed], number: int, duration: float
) -> AsyncIterator[bytes]:
    window = Window.of(duration)
    for printed in past:
        yield _line(Event(printed.moment, printed.stream, printed.text))
    if duration > 0:
        async for event in follow(journal, number, window):
            if event.is_output or event.about_stream:
                yield _line(event)
    yield _complete(name)


def _line(event: Event) -> bytes:
    return encode_json(event.view()) + b"\n"


def _complete(name: str) -> bytes:
    event = {"type": "complete", "timestamp": _now(), "log_files": log_files_view(name)}
    return encode_json(event) + b"\n"


def _now() -> int:
    return time.time_ns() // 1_000_000
