"""A service, and where it is in its life."""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import define

PATIENCE: Final = 10.0
"""Seconds between TERM and KILL."""


class Phase(Enum):
    """Where a service is in its life."""

    STOPPED = "stopped"
    WAITING = "waiting"
    """To be started as soon as everything it needs runs."""
    SPAWNING = "spawning"
    CANCELLING = "cancelling"
    """Stopped while its process was being started, which may be there or not."""
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"
    """Ended by itself; started again after a while."""


_STATUS: Final = {
    Phase.WAITING: "starting",
    Phase.SPAWNING: "starting",
    Phase.CANCELLING: "stopping",
}
LIVE: Final = frozenset({Phase.RUNNING, Phase.STOPPING})
"""There is a process."""
UNBORN: Final = frozenset({Phase.SPAWNING, Phase.CANCELLING})
"""A process is being started."""


@define
class Unit:
    """A service, and where it is in its life."""

    name: str
    needs: tuple[str, ...] = ()
    phase: Phase = Phase.STOPPED
    wanted: bool = False
    """Whether it is to run once it does not; one that is stopping then starts again."""
    run: int = 0
    pid: int | None = None
    started_ns: int | None = None
    exit_code: int = 0
    error: str | None = None
    restarts: int = 0
    failures: int = 0
    """Crashes in a row."""
    next_restart_ns: int | None = None
    patience: float = PATIENCE

    @property
    def status(self) -> str:
        """The phase in the wire's word."""
        return _STATUS.get(self.phase, self.phase.value)

    @property
    def active(self) -> bool:
        """Whether there is a process, or one is being started."""
        return self.phase in LIVE | UNBORN
