"""Tasks: holds by name that a sprite puts on itself, each for an hour at most."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from attrs import define, field, frozen

from sprites_local import times
from sprites_local.errors import ApiError
from sprites_local.life.keeper import Keeper

LONGEST: Final = 3600.0
MOST: Final = 100
"""How many tasks a sprite may have at a time."""

_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


@frozen
class Task:
    """A live task."""

    name: str
    started_at: datetime
    expires_at: datetime
    timer: asyncio.TimerHandle = field(eq=False, repr=False)


def view(task: Task) -> dict[str, Any]:
    """Show a task."""
    return {
        "name": task.name,
        "started_at": _stamp(task.started_at),
        "expires_at": _stamp(task.expires_at),
    }


def parse_name(value: object) -> str:
    """Read a task's name.

    Raises:
        ApiError: If it is none.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ApiError(400, "a task's name has 1 to 64 lower-case letters, digits and dashes")
    return value


def parse_expire(value: object) -> float:
    """Read how long a task lives: seconds, or a duration.

    Raises:
        ApiError: If it is none, or out of bounds.
    """
    seconds = 0.0
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = float(value) if abs(value) <= LONGEST else 0.0
    elif isinstance(value, str):
        try:
            seconds = times.parse_duration(value)
        except ValueError:
            seconds = 0.0
    if not 0 < seconds <= LONGEST:
        raise ApiError(400, "expire must be seconds or a duration, more than 0 and at most 1h")
    return seconds


@define(eq=False)
class Tasks:
    """The tasks of one sprite, in its present life; it is held while there is one."""

    _keeper: Keeper
    _sprite_id: str
    _live: dict[str, Task] = field(factory=dict)

    def listing(self) -> list[Task]:
        """List the tasks, oldest first."""
        return sorted(self._live.values(), key=lambda task: task.started_at)

    def get(self, name: str) -> Task:
        """Find a task.

        Raises:
            ApiError: If there is none.
        """
        task = self._live.get(name)
        if task is None:
            raise ApiError(404, "task not found")
        return task

    def add(self, name: str, seconds: float) -> Task:
        """Begin a task.

        Raises:
            ApiError: If there is one of that name.
        """
        if name in self._live:
            raise ApiError(409, "task already exists")
        return self.put(name, seconds)

    def put(self, name: str, seconds: float) -> Task:
        """Begin a task, or let one live longer or shorter, from now on."""
        old = self._live.get(name)
        if old is None and len(self._live) >= MOST:
            raise ApiError(429, f"a sprite has at most {MOST} tasks")
        now = datetime.now(UTC)
        timer = asyncio.get_running_loop().call_later(seconds, self._end, name)
        started = now if old is None else old.started_at
        task = Task(name, started, now + timedelta(seconds=seconds), timer)
        # The new hold first: between the two nobody would hold the sprite.
        self._keeper.begin(self._sprite_id)
        if old is not None:
            self._end(name)
        self._live[name] = task
        return task

    def remove(self, name: str) -> None:
        """End a task.

        Raises:
            ApiError: If there is none.
        """
        self.get(name)
        self._end(name)

    def close(self) -> None:
        """End all tasks: the life of the sprite in which they began is over."""
        for name in tuple(self._live):
            self._end(name)

    def _end(self, name: str) -> None:
        self._live.pop(name).timer.cancel()
        self._keeper.end(self._sprite_id)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
