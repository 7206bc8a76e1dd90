"""The processes below one: finding them, and stopping them for a moment.

Standard library only: programs that run without site-packages use this too.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

_TIMEOUT: Final = 2.0
_POLL: Final = 0.001
_MOST: Final = 500
_STOPPED, _TRACED, _GONE = "T", "t", frozenset("ZX")


class Task(NamedTuple):
    """A process, as the kernel describes it."""

    pid: int
    parent: int
    started: int
    """Tells a process from a later one of the same number."""
    state: str


def descendants(top: int) -> list[Task]:
    """Return the living descendants of a process, parents first; Linux only."""
    children: dict[int, list[Task]] = {}
    for task in _tasks():
        children.setdefault(task.parent, []).append(task)
    found: list[Task] = []
    pending = [top]
    while pending:
        below = children.get(pending.pop(0), [])
        found += below
        pending += [task.pid for task in below]
    return [task for task in found if task.state not in _GONE]


@contextmanager
def paused(top: int) -> Iterator[bool]:
    """Stop what descends from process `top`; yield whether everything stands still.

    Parents are stopped before their children and continued after them, so none of them sees a
    child that is stopped; what was stopped before stays so. A tree that a debugger holds on to
    is left alone, since its debugger would notice, and so is one of very many processes. On
    systems other than Linux nothing is stopped.
    """
    stopped: list[tuple[Task, int]] = []
    try:
        yield sys.platform == "linux" and _stop_all(top, stopped)
    finally:
        for _, pidfd in reversed(stopped):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGCONT)
            os.close(pidfd)


def _stop_all(top: int, stopped: list[tuple[Task, int]]) -> bool:
    """Stop one after the other until a look finds nothing else; False when that does not end."""
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        tasks = descendants(top)
        if len(tasks) > _MOST or any(task.state == _TRACED for task in tasks):
            return False
        running = [task for task in tasks if task.state != _STOPPED]
        if not running:
            return True
        mine = {(task.pid, task.started) for task, _ in stopped}
        for task in running:
            if (task.pid, task.started) not in mine:
                _stop(task, stopped)
        time.sleep(_POLL)
    return False


def _stop(task: Task, stopped: list[tuple[Task, int]]) -> None:
    with suppress(ProcessLookupError):
        pidfd = os.pidfd_open(task.pid)
        now = _task(task.pid)
        if now is None or now.started != task.started:  # the number has a new owner
            os.close(pidfd)
            return
        stopped.append((task, pidfd))
        signal.pidfd_send_signal(pidfd, signal.SIGSTOP)


def _tasks() -> Iterator[Task]:
    with os.scandir("/proc") as entries:
        for entry in entries:
            if entry.name.isdigit():
                task = _task(int(entry.name))
                if task is not None:
                    yield task


def _task(pid: int) -> Task | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name is in parentheses and may hold anything, also parentheses.
    fields = text.rpartition(")")[2].split()
    return Task(pid, int(fields[1]), int(fields[19]), fields[0])
