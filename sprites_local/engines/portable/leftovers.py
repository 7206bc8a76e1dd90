"""What remains of a sprite when its supervisor was killed, and how it is found and ended.

Three things tell that a process is the sprite's: the supervisor's note of what it started, by
number and time; the variable that every command has, where the system shows environments
(Linux); descent from such a process. Elsewhere than on Linux, members of a noted command's process
group are found as well.

A process that cleared its environment and whose parents have ended is found by none of them, and
stays.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen

from sprites_local import processes
from sprites_local.engines.portable.mapping import MARK
from sprites_local.init import started

log = logging.getLogger(__name__)

_TIMEOUT: Final = 10.0
_POLL: Final = 0.005
_UNSURE: Final = 1
"""Seconds by which two looks at the same process may differ."""


@frozen
class Leftovers:
    """Of one sprite."""

    live: Path
    """Its directory."""
    notes: Path
    """What its supervisor wrote down."""

    def end(self) -> None:
        """Kill everything that is found, until nothing is; blocks."""
        noted = started.read(self.notes)
        deadline = time.monotonic() + _TIMEOUT
        while self._kill(noted):
            if time.monotonic() > deadline:
                log.error("Processes of a sprite at %s cannot be ended", self.live)
                return
            time.sleep(_POLL)
        self.notes.unlink(missing_ok=True)

    def _kill(self, noted: dict[int, str]) -> bool:
        """Kill what is found now; tell whether there was anything."""
        return self._kill_on_linux(noted) if sys.platform == "linux" else _kill_elsewhere(noted)

    def _kill_on_linux(self, noted: dict[int, str]) -> bool:
        everything = processes.everything()
        spared = _ancestors(os.getpid(), everything)
        mark = f"{MARK}={self.live}".encode()
        tops = [
            task.pid
            for task in everything
            if noted.get(task.pid) == processes.identity_of(task) or mark in _environment(task.pid)
        ]
        top_tasks = [task for task in everything if task.pid in tops and processes.is_alive(task)]
        victims = {*top_tasks, *processes.below(tops, everything)}
        found = [task for task in victims if task.pid not in spared]
        for task in found:
            processes.kill(task)
        return bool(found)


def _kill_elsewhere(noted: dict[int, str]) -> bool:
    everything = processes.listed()
    times = {pid: int(second) for pid, second in noted.items() if second.isdecimal()}
    tops = {
        one.pid
        for one in everything
        if one.pid in times and abs(times[one.pid] - one.started) <= _UNSURE
    }
    victims, size = {*tops}, 0
    while len(victims) > size:
        size = len(victims)
        victims |= {one.pid for one in everything if one.parent in victims or one.group in tops}
    for pid in victims - {os.getpid()}:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return bool(victims)


def _environment(pid: int) -> list[bytes]:
    """Return the variables that a process began with; nothing of one that is not ours."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _ancestors(pid: int, everything: Collection[processes.Task]) -> set[int]:
    """Return a process and those above it, which must not be taken for somebody else's."""
    parents = {task.pid: task.parent for task in everything}
    found: set[int] = set()
    while pid in parents and pid not in found:
        found.add(pid)
        pid = parents[pid]
    return found
