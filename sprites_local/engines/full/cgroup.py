"""Control groups: one tree per data directory, one group per sprite.

Freezing and killing need only the unified hierarchy (v2), even without controllers. Limits go to
whichever hierarchy has the controller.

    sprites-<data dir>/<sprite>/main      the sprite's own processes
    sprites-<data dir>/<sprite>/agents    our file agents inside it
    sprites-<data dir>/_operations-<sprite>   CRIU while it writes the sprite down
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from sprites_local.engines.base import EngineError, EngineUnavailableError
from sprites_local.init.helper import OPERATIONS

TIMEOUT: Final = 10.0
LEAST_MEMORY: Final = 64 << 20
"""What a sprite needs at least to boot and run a command."""
_V1_FILES: Final = {"memory": "memory.limit_in_bytes", "pids": "pids.max"}
_V2_FILES: Final = {"memory": "memory.max", "pids": "pids.max"}


@frozen
class Limits:
    """Bounds of one sprite."""

    memory: int
    """Bytes."""
    processes: int

    def values(self) -> dict[str, str]:
        """Return the value for each controller."""
        return {"memory": str(self.memory), "pids": str(self.processes)}


@frozen
class Hierarchies:
    """Where control groups are mounted on this machine."""

    unified: Path | None
    controllers: dict[str, Path]
    """Mount points of the v1 controllers that we use."""


def find_hierarchies() -> Hierarchies:
    """Read the mount table, in which there may be names of any bytes."""
    unified, controllers = None, {}
    for line in os.fsdecode(Path("/proc/self/mounts").read_bytes()).rstrip("\n").split("\n"):
        _, point, kind, options, *_ = line.split(" ")
        if kind == "cgroup2":
            unified = unified or Path(point)
        elif kind == "cgroup":
            for name in _V1_FILES.keys() & set(options.split(",")):
                controllers[name] = Path(point)
    return Hierarchies(unified, controllers)


class Group:
    """One group of the unified hierarchy."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self) -> None:
        """Create it unless it exists."""
        self.path.mkdir(exist_ok=True)

    def freeze(self) -> None:
        """Stop all processes where they are, and wait until they stand still."""
        (self.path / "cgroup.freeze").write_text("1")
        self._wait("frozen", "1")

    def thaw(self) -> None:
        """Let the processes run on."""
        (self.path / "cgroup.freeze").write_text("0")

    def kill(self) -> None:
        """Kill all processes, including those in groups below, and wait until they are gone."""
        if not self.path.exists():
            return
        for group in (self.path, *self._below()):
            with contextlib.suppress(FileNotFoundError):
                (group / "cgroup.freeze").write_text("0")
        (self.path / "cgroup.kill").write_text("1")
        self.wait_empty()

    def wait_empty(self, seconds: float = TIMEOUT) -> None:
        """Wait until no process is left, in groups below neither."""
        self._wait("populated", "0", seconds)

    def remove(self) -> None:
        """Remove it with the groups below; there must be no process left."""
        if not self.path.exists():  # on a read-only file system even that cannot be removed
            return
        for group in (*self._below(), self.path):
            with contextlib.suppress(FileNotFoundError):
                group.rmdir()

    def _below(self) -> list[Path]:
        found = [Path(top) for top, _, _ in os.walk(self.path, topdown=False)]
        return [group for group in found if group != self.path]

    def _wait(self, key: str, value: str, seconds: float = TIMEOUT) -> None:
        deadline = time.monotonic() + seconds
        fd = os.open(self.path / "cgroup.events", os.O_RDONLY | os.O_CLOEXEC)
        try:
            poller = select.poll()
            poller.register(fd, select.POLLPRI)
            while f"{key} {value}\n".encode() not in os.pread(fd, 4096, 0):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise EngineError(
                        f"the sprite's processes did not become {key} {value} in time"
                    )
                poller.poll(left * 1000)
        finally:
            os.close(fd)


class Tree:
    """All groups of one data directory."""

    def __init__(self, name: str, hierarchies: Hierarchies, limits: Limits) -> None:
        if hierarchies.unified is None:
            raise EngineUnavailableError(
                "no cgroup2 file system is mounted; mount one, as by "
                "`mount -t cgroup2 none /sys/fs/cgroup`"
            )
        self._name = name
        self._limits = limits
        self._controllers = hierarchies.controllers
        self.top = Group(hierarchies.unified / name)
        self.limited: frozenset[str] = frozenset()
        self._memory: dict[str, int] = {}

    def open(self) -> None:
        """Create the top groups and find out which limits can be set."""
        self.top.make()
        limited = set()
        with contextlib.suppress(OSError):
            (self.top.path / "cgroup.subtree_control").write_text("+memory +pids")
        enabled = (self.top.path / "cgroup.subtree_control").read_text().split()
        limited.update(_V2_FILES.keys() & set(enabled))
        for controller, point in self._controllers.items():
            with contextlib.suppress(OSError):
                (point / self._name).mkdir(exist_ok=True)
                limited.add(controller)
        self.limited = frozenset(limited)

    def sprite(self, sprite: str) -> Group:
        """Return the group of one sprite, which may not exist."""
        return Group(self.top.path / sprite)

    def operations(self, sprite: str) -> Group:
        """Return the group of what works on a sprite from outside, which may not exist."""
        return Group(self.top.path / f"{OPERATIONS}{sprite}")

    def sprites(self) -> list[str]:
        """Name the sprites that have a group."""
        if not self.top.path.exists():
            return []
        names = (entry.name for entry in self.top.path.iterdir() if entry.is_dir())
        return sorted(name for name in names if not name.startswith(OPERATIONS))

    def operated(self) -> list[str]:
        """Name the sprites that something works on from outside."""
        found = self.top.path.glob(f"{OPERATIONS}*/")
        return sorted(path.name.removeprefix(OPERATIONS) for path in found)

    def make(self, sprite: str) -> None:
        """Create the groups of a sprite with its limits."""
        group = self.sprite(sprite)
        for path in (group.path, group.path / "main", group.path / "agents"):
            path.mkdir(exist_ok=True)
        for controller, value in self._limits_of(sprite).values().items():
            if controller in self.limited:
                file = self._limit_file(sprite, controller)
                file.parent.mkdir(exist_ok=True)
                file.write_text(value)

    def limit_memory(self, sprite: str, limit: int | None) -> None:
        """Bound the memory of one sprite, which may run; None is the bound of all.

        Raises:
            EngineError: If it uses more now; nothing has changed then.
        """
        before = self._memory.pop(sprite, None)
        if limit is not None:
            self._memory[sprite] = min(max(limit, LEAST_MEMORY), self._limits.memory)
        if (
            "memory" not in self.limited
            or not (file := self._limit_file(sprite, "memory")).exists()
        ):
            return
        try:
            file.write_text(self._limits_of(sprite).values()["memory"])
        except OSError as error:
            if before is None:
                self._memory.pop(sprite, None)
            else:
                self._memory[sprite] = before
            raise EngineError("the sprite uses more memory than that now") from error

    def _limits_of(self, sprite: str) -> Limits:
        return evolve(self._limits, memory=self._memory.get(sprite, self._limits.memory))

    def _limit_file(self, sprite: str, controller: str) -> Path:
        if controller in self._controllers:
            return self._controllers[controller] / self._name / sprite / _V1_FILES[controller]
        return self.top.path / sprite / _V2_FILES[controller]

    def join_paths(self, sprite: str, part: str) -> list[str]:
        """Name the files that a process without threads writes itself into, the unified one first.

        Those of v1 are for single threads: the kernel stops all forks of the machine, for 10 ms,
        before it moves a process with however many it has.
        """
        tops = [self._controllers[c] / self._name / sprite for c in self._v1_limited()]
        unified = self.top.path / sprite / part / "cgroup.procs"
        return [str(unified), *(str(top / "tasks") for top in tops)]

    def remove(self, sprite: str) -> None:
        """Kill what is left of a sprite and remove its groups."""
        group = self.sprite(sprite)
        group.kill()
        group.remove()
        for path in self._v1_paths(sprite):
            _remove_empty(path)

    def remove_all(self) -> None:
        """Kill all sprites and remove their groups."""
        for sprite in self.sprites():
            self.remove(sprite)

    def close(self) -> None:
        """Kill everything and remove all groups."""
        self.remove_all()
        self.top.kill()
        self.top.remove()
        for path in self._v1_paths(""):
            for leftover in path.iterdir() if path.exists() else ():
                if leftover.is_dir():
                    _remove_empty(leftover)
            _remove_empty(path)

    def tops(self) -> list[Path]:
        """Name the top group of each hierarchy in use."""
        return [self.top.path, *(path for path in self._v1_paths("."))]

    def _v1_limited(self) -> list[str]:
        return sorted(self.limited & self._controllers.keys())

    def _v1_paths(self, sprite: str) -> Iterator[Path]:
        for controller in self._v1_limited():
            yield self._controllers[controller] / self._name / sprite


def _remove_empty(path: Path) -> None:
    """Remove a v1 group; it stays busy for a moment after its last process died."""
    deadline = time.monotonic() + TIMEOUT
    while path.exists() and time.monotonic() < deadline:
        try:
            path.rmdir()
        except OSError:
            time.sleep(0.001)
