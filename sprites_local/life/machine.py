"""When an unused sprite goes to rest: decisions only, no processes, no clock.

Times are seconds of one clock, which the caller reads.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import define, frozen

DEFAULT_COLD_AFTER: Final = 600.0


class Phase(Enum):
    """What became of a sprite's processes."""

    COLD = "cold"
    """There are none."""
    RUNNING = "running"
    PAUSING = "pausing"
    WARM = "warm"
    """They stand still."""


class Step(Enum):
    """What is to be done with a sprite that nobody uses."""

    PAUSE = "pause"
    STOP = "stop"


@frozen
class Limits:
    """How many seconds pass before a step; None is never."""

    idle: float | None = None
    """From the last use of a running sprite until it is paused."""
    cold: float | None = DEFAULT_COLD_AFTER
    """From the pause until its processes are ended."""


@frozen
class Due:
    """A step, and when it is to be taken unless the sprite is used before."""

    step: Step
    at: float


@define
class Life:
    """One sprite."""

    limits: Limits
    phase: Phase = Phase.COLD
    holds: int = 0
    """How many use it now."""
    since: float = 0.0
    """When it was used last, or came into its phase."""

    @property
    def over(self) -> bool:
        """Whether there is nothing to remember."""
        return self.phase is Phase.COLD and self.holds == 0

    @property
    def rests(self) -> bool:
        """Whether its processes must be let run before anything else."""
        return self.phase in {Phase.PAUSING, Phase.WARM}

    def booted(self, now: float) -> None:
        """Take note that it was booted, or runs on after a pause."""
        self.phase, self.since = Phase.RUNNING, now

    def stopped(self) -> None:
        """Take note that its processes are gone."""
        self.phase = Phase.COLD

    def pausing(self) -> None:
        """Take note that it is about to be paused; from now on it rests."""
        self.phase = Phase.PAUSING

    def paused(self, now: float) -> None:
        """Take note that its processes stand still."""
        self.phase, self.since = Phase.WARM, now

    def hold(self) -> None:
        """Begin a use."""
        self.holds += 1

    def release(self, now: float) -> None:
        """End a use."""
        self.holds -= 1
        self.since = now

    def next(self) -> Due | None:
        """Tell what is to be done when, as things are now."""
        if self.holds:
            return None
        if self.phase is Phase.RUNNING and self.limits.idle is not None:
            return Due(Step.PAUSE, self.since + self.limits.idle)
        if self.phase is Phase.WARM and self.limits.cold is not None:
            return Due(Step.STOP, self.since + self.limits.cold)
        return None

    def step(self, now: float) -> Step | None:
        """Tell what is to be done at this moment."""
        due = self.next()
        return due.step if due is not None and due.at <= now else None
