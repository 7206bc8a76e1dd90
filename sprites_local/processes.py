"""The processes below one: finding them, and stopping them for a moment.

Standard library only: programs that run without site-packages use this too.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

_LINUX: Final = sys.platform.startswith("linux")
_TIMEOUT: Final = 2.0
_POLL: Final = 0.001
_MOST: Final = 500
_DATE: Final = "%a %b %d %H:%M:%S %Y"
_STOPPED, _TRACED, _GONE = "T", "t", frozenset("ZX")


class Task(NamedTuple):
    """A process, as the kernel describes it."""

    pid: int
    parent: int
    started: int
    """Tells a process from a later one of the same number."""
    state: str


def everything(proc: int | None = None) -> list[Task]:
    """Return all processes of the machine; Linux only.

    `proc` is a descriptor of /proc, for who has another root by now.
    """
    return [*_tasks(proc)]


def descendants(top: int, proc: int | None = None) -> list[Task]:
    """Return the living descendants of a process, parents first; Linux only."""
    return below({top}, everything(proc))


def below(tops: Collection[int], tasks: Collection[Task]) -> list[Task]:
    """Return those of some processes that are alive and descend from others, parents first."""
    children: dict[int, list[Task]] = {}
    for task in tasks:
        children.setdefault(task.parent, []).append(task)
    found: list[Task] = []
    pending = [*tops]
    while pending:
        next_ones = children.get(pending.pop(0), [])
        found += next_ones
        pending += [task.pid for task in next_ones]
    return [task for task in found if is_alive(task)]


def identity(pid: int) -> str:
    """Return what tells a process from others of its number, before and after it; "" if gone."""
    if _LINUX:
        task = _task(pid)
        return "" if task is None else identity_of(task)
    return next((str(one.started) for one in listed() if one.pid == pid), "")


def identity_of(task: Task) -> str:
    """Return the same of a process that was found."""
    return f"{_boot_id()}/{task.started}"


def is_alive(task: Task) -> bool:
    """Tell whether a process was more than an exit code when it was found."""
    return task.state not in _GONE


def kill(task: Task) -> None:
    """Kill a process, if it is still the one that was found; Linux only."""
    with suppress(ProcessLookupError, PermissionError):
        pidfd = os.pidfd_open(task.pid)
        try:
            now = _task(task.pid)
            if now is not None and now.started == task.started:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        finally:
            os.close(pidfd)


class Listed(NamedTuple):
    """A process, as the program `ps` describes it."""

    pid: int
    parent: int
    group: int
    started: int
    """Unix seconds; the second before or after may be told at another time."""


def listed() -> list[Listed]:
    """Return the living processes of the machine, where there is no /proc."""
    import subprocess  # noqa: PLC0415 - not needed on Linux, where sprites start faster without

    done = subprocess.run(
        ["ps", "-axo", "pid=,ppid=,pgid=,stat=,lstart="],  # noqa: S607 - a program of the system
        capture_output=True,
        text=True,
        errors="replace",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        check=False,
    )
    found = []
    for line in done.stdout.splitlines():
        pid, parent, group, state, *date = line.split()
        if state[0] not in _GONE:
            began = int(time.mktime(time.strptime(" ".join(date), _DATE)))
            found.append(Listed(int(pid), int(parent), int(group), began))
    return found


@functools.cache
def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@contextmanager
def paused(top: int, proc: int | None = None) -> Iterator[bool]:
    """Stop what descends from process `top`; yield whether everything stands still.

    Parents are stopped before their children and continued after them, so none of them sees a
    child that is stopped; what was stopped before stays so. A tree that a debugger holds on to
    is left alone, since its debugger would notice, and so is one of very many processes. On
    systems other than Linux nothing is stopped. `proc` is as for `everything`.
    """
    stopped: list[tuple[Task, int]] = []
    try:
        yield sys.platform == "linux" and _stop_all(top, proc, stopped)
    finally:
        for _, pidfd in reversed(stopped):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGCONT)
            os.close(pidfd)


def _stop_all(top: int, proc: int | None, stopped: list[tuple[Task, int]]) -> bool:
    """Stop one after the other until a look finds nothing else; False when that does not end."""
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        tasks = descendants(top, proc)
        if len(tasks) > _MOST or any(task.state == _TRACED for task in tasks):
            return False
        running = [task for task in tasks if task.state != _STOPPED]
        if not running:
            return True
        mine = {(task.pid, task.started) for task, _ in stopped}
        for task in running:
            if (task.pid, task.started) not in mine:
                _stop(task, proc, stopped)
        time.sleep(_POLL)
    return False


def _stop(task: Task, proc: int | None, stopped: list[tuple[Task, int]]) -> None:
    with suppress(ProcessLookupError):
        pidfd = os.pidfd_open(task.pid)
        now = _task(task.pid, proc)
        if now is None or now.started != task.started:  # the number has a new owner
            os.close(pidfd)
            return
        stopped.append((task, pidfd))
        signal.pidfd_send_signal(pidfd, signal.SIGSTOP)


def _tasks(proc: int | None) -> Iterator[Task]:
    with os.scandir("/proc" if proc is None else proc) as entries:
        for entry in entries:
            if entry.name.isdigit():
                task = _task(int(entry.name), proc)
                if task is not None:
                    yield task


def _task(pid: int, proc: int | None = None) -> Task | None:
    path = f"/proc/{pid}/stat" if proc is None else f"{pid}/stat"
    try:
        with open(path, errors="replace", opener=partial(os.open, dir_fd=proc)) as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name is in parentheses and may hold anything, also parentheses.
    fields = text.rpartition(")")[2].split()
    return Task(pid, int(fields[1]), int(fields[19]), fields[0])
