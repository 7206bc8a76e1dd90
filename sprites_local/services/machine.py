"""Which service runs when: decisions only, no processes, no clock.

Each input returns the actions that follow from it. The inputs are what clients ask for, what
became of earlier actions, and the boot and the end of the sprite. An action names the attempt
(`run`) that it belongs to, so that news of an attempt that is over changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sprites_local.services.actions import Action, Retry, Spawn, Tell, Terminate
from sprites_local.services.definitions import start_order
from sprites_local.services.unit import LIVE, PATIENCE, UNBORN, Phase, Unit

FIRST_DELAY: Final = 0.5
"""Seconds before a service that crashed is started again; doubled by each crash."""
LONGEST_DELAY: Final = 60.0
HEALTHY: Final = 10.0
"""A service that ran this many seconds begins anew with the first delay."""

_NOT_STARTED: Final = 127
_KILLED: Final = 137
_SECOND: Final = 1_000_000_000


class Machine:
    """The services of one booted sprite."""

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self._closing = False

    def define(self, name: str, needs: Iterable[str]) -> None:
        """Add a service, stopped, or change what one needs."""
        unit = self.units.setdefault(name, Unit(name))
        unit.needs = tuple(needs)

    def forget(self, name: str) -> None:
        """Remove a service without a process."""
        self.units.pop(name, None)

    def boot(self, without: Collection[str] = ()) -> list[Action]:
        """Start everything but what is to stay stopped, what is needed first."""
        for unit in self.units.values():
            if unit.name not in without:
                self._want(unit)
        return self._settle()

    def processes(self) -> dict[str, int | None]:
        """Name what runs with its process's number, and what was stopped with None."""
        settled = {Phase.RUNNING, Phase.STOPPED, Phase.STOPPING}
        return {
            unit.name: unit.pid if unit.phase is Phase.RUNNING else None
            for unit in self.units.values()
            if unit.phase in settled and (unit.phase is Phase.RUNNING or not unit.wanted)
        }

    def stopped(self) -> frozenset[str]:
        """Name what is to stay stopped."""
        return frozenset(unit.name for unit in self.units.values() if not unit.wanted)

    def start(self, name: str) -> list[Action]:
        """Start a service, and what it needs."""
        for found in self._with_needs(name):
            self._want(found)
        return self._settle()

    def restart(self, name: str, patience: float = PATIENCE) -> list[Action]:
        """Stop a service if it runs, and start it."""
        unit = self.units[name]
        actions: list[Action] = []
        if unit.phase is Phase.RUNNING:
            unit.restarts = unit.failures = 0
            actions = self._terminate(unit, patience)
        return actions + self.start(name)

    def refusal_to_stop(self, name: str) -> str | None:
        """Say why a service cannot be stopped now, if so."""
        if self.units[name].phase is Phase.STOPPED:
            return f"service {name} is not running"
        users = sorted(self._running_dependents(name))
        return f"service {name} is needed by {', '.join(users)}" if users else None

    def stop(self, name: str, patience: float = PATIENCE) -> list[Action]:
        """Stop a service until it is started, or the sprite is booted, again."""
        unit = self.units[name]
        unit.wanted = False
        unit.patience = patience
        if unit.phase in LIVE:
            return self._terminate(unit, patience)
        if unit.phase in UNBORN:
            return self._cancel(unit)
        if unit.phase in {Phase.WAITING, Phase.FAILED}:
            self._clear(unit)
            return [Tell(name, "stopping"), Tell(name, "stopped", exit_code=unit.exit_code)]
        return []

    def awaits(self, spawn: Spawn) -> bool:
        """Tell whether a process is still to be started."""
        unit = self._current(spawn.name, spawn.run)
        return unit is not None and unit.phase is Phase.SPAWNING

    def abandoned(self, name: str, run: int) -> list[Action]:
        """Take note that a process was not started, because it was not awaited any more."""
        unit = self._current(name, run)
        if unit is None or unit.phase is not Phase.CANCELLING:
            return []
        return self._stopped(unit)

    def spawned(self, name: str, run: int, pid: int, now: int) -> list[Action]:
        """Take note that a process was started, at `now` in nanoseconds."""
        unit = self._current(name, run)
        if unit is None or unit.phase not in UNBORN:
            return []
        cancelled = unit.phase is Phase.CANCELLING
        unit.phase = Phase.STOPPING if cancelled else Phase.RUNNING
        unit.pid, unit.started_ns = pid, now
        if cancelled:
            return [Terminate(name, run, unit.patience)]
        return [Tell(name, "started"), *self._settle()]

    def spawn_failed(self, name: str, run: int, text: str, now: int) -> list[Action]:
        """Take note that a process could not be started."""
        unit = self._current(name, run)
        if unit is None or unit.phase not in UNBORN:
            return []
        unit.exit_code = _NOT_STARTED
        if unit.phase is Phase.CANCELLING:
            return self._stopped(unit)
        told: list[Action] = [
            Tell(name, "error", data=text),
            Tell(name, "exit", exit_code=_NOT_STARTED),
        ]
        return told + self._crashed(unit, text, now)

    def exited(self, name: str, run: int, code: int, now: int) -> list[Action]:
        """Take note of the end of a process, asked for or not."""
        unit = self._current(name, run)
        if unit is None or unit.phase not in LIVE:
            return []
        unit.exit_code = code
        if unit.phase is Phase.STOPPING:
            return self._stopped(unit)
        if unit.started_ns is not None and now - unit.started_ns >= HEALTHY * _SECOND:
            unit.failures = 0
        told: list[Action] = [Tell(name, "exit", exit_code=code)]
        if not unit.wanted:
            return told + self._stopped(unit)
        return told + self._crashed(unit, f"exited with code {code}", now)

    def retry(self, name: str, run: int) -> list[Action]:
        """Start a service again whose time has come."""
        unit = self._current(name, run)
        if unit is None or unit.phase is not Phase.FAILED:
            return []
        unit.restarts += 1
        unit.next_restart_ns = None
        unit.phase = Phase.WAITING
        return self._settle()

    def shut_down(self) -> list[Action]:
        """Stop everything, what is needed last; nothing starts any more."""
        self._closing = True
        told: list[Action] = []
        for unit in self.units.values():
            unit.wanted = False
            if unit.phase in {Phase.WAITING, Phase.FAILED}:
                self._clear(unit)
            elif unit.phase is Phase.SPAWNING:
                told += self._cancel(unit)
        return told + self._settle()

    def gone(self) -> list[Action]:
        """Take note that all processes ended with the sprite."""
        told: list[Action] = [
            Tell(unit.name, "stopped", exit_code=_KILLED if unit.active else unit.exit_code)
            for unit in self.units.values()
            if unit.phase is not Phase.STOPPED
        ]
        for unit in self.units.values():
            unit.wanted = False
            self._clear(unit)
        return told

    def _current(self, name: str, run: int) -> Unit | None:
        unit = self.units.get(name)
        return unit if unit is not None and unit.run == run else None

    def _want(self, unit: Unit) -> None:
        if self._closing:
            return
        unit.wanted = True
        if unit.phase in {Phase.STOPPED, Phase.FAILED}:
            self._clear(unit)
            unit.phase = Phase.WAITING
            unit.restarts = unit.failures = 0

    def _with_needs(self, name: str) -> list[Unit]:
        needs: dict[str, tuple[str, ...]] = {}
        pending = [name]
        while pending:
            found = pending.pop()
            needs[found] = self.units[found].needs
            pending += [need for need in needs[found] if need not in needs]
        return [self.units[found] for found in start_order(needs)]

    def _running_dependents(self, name: str) -> list[str]:
        return [unit.name for unit in self.units.values() if unit.active and name in unit.needs]

    def _has_live_dependents(self, name: str) -> bool:
        """Tell whether a process runs that needs this one; one still to be started will not be."""
        return any(unit.phase in LIVE and name in unit.needs for unit in self.units.values())

    def _settle(self) -> list[Action]:
        """Start what can be started now; at the end, stop what nothing running needs."""
        if self._closing:
            return [
                action
                for unit in self.units.values()
                if unit.phase is Phase.RUNNING and not self._has_live_dependents(unit.name)
                for action in self._terminate(unit, PATIENCE)
            ]
        ready = [
            unit
            for unit in self.units.values()
            if unit.phase is Phase.WAITING
            and all(self.units[need].phase is Phase.RUNNING for need in unit.needs)
        ]
        for unit in ready:
            unit.phase = Phase.SPAWNING
            unit.run += 1
        return [Spawn(unit.name, unit.run) for unit in ready]

    def _terminate(self, unit: Unit, patience: float) -> list[Action]:
        unit.phase = Phase.STOPPING
        return [Tell(unit.name, "stopping"), Terminate(unit.name, unit.run, patience)]

    def _cancel(self, unit: Unit) -> list[Action]:
        unit.phase = Phase.CANCELLING
        return [Tell(unit.name, "stopping")]

    def _stopped(self, unit: Unit) -> list[Action]:
        """End an attempt that was to end, and begin another if one is wanted."""
        self._clear(unit)
        if unit.wanted:
            unit.phase = Phase.WAITING
        return [Tell(unit.name, "stopped", exit_code=unit.exit_code), *self._settle()]

    def _crashed(self, unit: Unit, text: str, now: int) -> list[Action]:
        delay = min(FIRST_DELAY * 2.0 ** min(unit.failures, 30), LONGEST_DELAY)
        self._clear(unit)
        unit.failures += 1
        unit.phase, unit.error = Phase.FAILED, text
        unit.next_restart_ns = now + int(delay * _SECOND)
        return [Retry(unit.name, unit.run, delay), *self._settle()]

    def _clear(self, unit: Unit) -> None:
        unit.phase = Phase.STOPPED
        unit.pid = unit.started_ns = unit.next_restart_ns = unit.error = None
