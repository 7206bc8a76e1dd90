"""Starts servers, has them work, kills them, and checks the next one."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import define, field

from sprites_local import processes
from tests.local.kills import evidence
from tests.local.kills.wire import TOKEN, Wire
from tests.local.kills.world import Sprite, Worker, counters_of, read_files

_PATIENCE = 60.0
_ALWAYS = {"v0", "Current"}
_IN_THE_MIDST = 0.3
"""Seconds after a step: as long as the longest takes."""


@define
class Running:
    """A server process."""

    process: subprocess.Popen[bytes]
    stop: int
    ready: int

    def wait_ready(self) -> Wire:
        with os.fdopen(self.ready) as file:
            line = file.readline()
        assert line, f"the server ended with {self.process.wait(_PATIENCE)}"
        return Wire(json.loads(line)["url"])

    def helpers(self) -> list[int]:
        pid = self.process.pid
        try:
            text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except FileNotFoundError:
            return []
        return [int(child) for child in text.split()]

    def kill(self, besides: Collection[int]) -> None:
        """Kill it, and other processes with it."""
        self.process.kill()
        for pid in besides:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(_PATIENCE)
        os.close(self.stop)

    def end(self) -> None:
        os.close(self.stop)
        assert self.process.wait(_PATIENCE) == 0


def start(data_dir: Path, *options: str) -> Running:
    """Start a server."""
    ready, ready_end = os.pipe()
    stop_end, stop = os.pipe()
    command = [sys.executable, "-m", "sprites_local", "serve", "--data-dir", str(data_dir)]
    command += ["--ready-fd", str(ready_end), "--stop-fd", str(stop_end), *options]
    process = subprocess.Popen(
        command,
        pass_fds=(ready_end, stop_end),
        env={**os.environ, "SPRITES_LOCAL_TOKEN": TOKEN},
        stdout=subprocess.DEVNULL,
    )
    os.close(ready_end)
    os.close(stop_end)
    return Running(process, stop, ready)


@define
class Kills:
    """A run of kills on one data directory."""

    data_dir: Path
    seed: int
    tier: str = "full"
    workers: int = 3
    sprites: int = 2
    """At most, for each worker."""
    steps: int = 20
    """What is done before a kill, at most, by all workers together."""
    say: Callable[[str], None] = lambda _: None
    counted: Counter[str] = field(factory=Counter)
    _random: random.Random = field(init=False)
    _workers: list[Worker] = field(init=False)
    _bereft: bool = False
    """Whether processes may have ended with their guardians."""

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._workers = [
            Worker(f"w{number}", f"{self.seed}/{number}", self.sprites)
            for number in range(self.workers)
        ]

    def run(self, kills: int) -> None:
        """Kill so many servers, then end one in order and look at what it leaves."""
        for number in range(kills):
            self._round(number)
        with self._started() as server:
            wire = server.wait_ready()
            self._check(server, wire)
            wire.close()
            server.end()
        left = _until_empty(lambda: evidence.traces(self.data_dir))
        assert left == [], left

    @contextmanager
    def _started(self) -> Iterator[Running]:
        """Start a server; after a failed check it has to go as well."""
        mode = self._random.choice(["auto", "auto", "auto", "off"])
        server = start(self.data_dir, "--engine", self.tier, "--process-state", mode)
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.process.terminate()
                server.process.wait(_PATIENCE)

    def _round(self, number: int) -> None:
        with self._started() as server:
            self._work_with(server, number)

    def _work_with(self, server: Running, number: int) -> None:
        helpers = self._random.random() < 0.25
        if number and self._random.random() < 0.15:
            time.sleep(self._random.uniform(0.0, 1.0))  # the moment of the kill
            os.close(server.ready)
            self._kill(server, "killed as they started", helpers=helpers)
            return
        wire = server.wait_ready()
        try:
            self._check(server, wire)
            self._work_and_kill(server, wire, helpers=helpers)
        finally:
            wire.close()
        self.say(f"{number + 1}: {dict(self.counted)}")

    def _work_and_kill(self, server: Running, wire: Wire, *, helpers: bool) -> None:
        failures: list[Exception] = []
        steps = threading.Semaphore(0)

        def work(worker: Worker) -> None:
            try:
                worker.work(wire, steps)
            except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
                failures.append(error)

        threads = [threading.Thread(target=work, args=(one,)) for one in self._workers]
        for thread in threads:
            thread.start()
        for _ in range(self._random.randint(0, self.steps)):
            assert failures or steps.acquire(timeout=_PATIENCE)
        time.sleep(self._random.uniform(0.0, _IN_THE_MIDST))  # the moment of the kill
        self._kill(server, "killed at work", helpers=helpers)
        wire.killed.set()
        for thread in threads:
            thread.join(_PATIENCE)
            assert not thread.is_alive()
        for failure in failures:
            raise failure

    def _kill(self, server: Running, word: str, *, helpers: bool) -> None:
        lower = self.tier != "full"
        found = evidence.guardians(self.data_dir) if lower else server.helpers()
        server.kill(found if helpers else ())
        self.counted[word] += 1
        if helpers:
            self.counted["together with their helper"] += 1
            self._bereft = self._bereft or lower

    def _check(self, server: Running, wire: Wire) -> None:
        """Hold what the server has against what was promised."""
        views = {one["name"]: one for one in self._listed(wire)}
        for worker in self._workers:
            for sprite in list(worker.sprites.values()):
                if sprite.exists is None and sprite.name not in views:
                    del worker.sprites[sprite.name]
                    self.counted["creations undone or deletions completed"] += 1
        ours = [one for worker in self._workers for one in worker.sprites.values()]
        assert {one.name for one in ours} == views.keys()
        for sprite in ours:
            self._check_sprite(wire, sprite)
        self._bereft = False
        if self.tier == "full":
            self._check_machine(server, wire)
        else:
            self._check_guardians(server, wire)
        if ours:
            self._check_a_restore(wire, self._random.choice(ours))

    @staticmethod
    def _listed(wire: Wire) -> list[dict[str, Any]]:
        return list(wire.call("GET", "").json()["sprites"])

    def _check_sprite(self, wire: Wire, sprite: Sprite) -> None:
        """Check a sprite's checkpoints, sessions and files, and settle what was in doubt."""
        sprite.exists = True
        query = {"includeAuto": "true"}
        listed = wire.call("GET", f"/{sprite.name}/checkpoints", params=query).json()
        ids = [one["id"] for one in listed]
        assert len(ids) == len(set(ids))
        assert sprite.automatic is None or sprite.automatic in ids
        manual = {one["id"] for one in listed if not one["is_auto"]} - _ALWAYS
        assert manual >= sprite.checkpoints.keys(), (sprite, manual)
        for checkpoint in manual & sprite.doubtful.keys():
            sprite.checkpoints[checkpoint] = sprite.doubtful[checkpoint]
        more = manual - sprite.checkpoints.keys()
        assert len(more) <= (sprite.pending is not None), (sprite, more)
        for checkpoint in more:
            assert sprite.pending is not None
            sprite.checkpoints[checkpoint] = sprite.pending
            self.counted["checkpoints completed but not told"] += 1
        if sprite.pending is not None and not more:
            self.counted["checkpoints undone"] += 1
        sprite.pending, sprite.doubtful = None, {}
        self._check_sessions(wire, sprite)
        files = read_files(wire, sprite)
        assert files in sprite.files, (sprite, files)
        sprite.files = [files]

    def _check_sessions(self, wire: Wire, sprite: Sprite) -> None:
        """Counters went on counting, and no number is missing in what they printed."""
        running = counters_of(wire, sprite)
        if sprite.ended:
            self.counted["restores cut off"] += 1
            sprite.ended = False
        elif not self._bereft:
            assert set(running) >= sprite.counters.keys(), (sprite, running)
        for session in running:
            least = sprite.counters.get(session, 0)
            shown = wire.read(sprite.name, session, least)
            gaps = [a for a, b in itertools.pairwise(shown) if b != a + 1]
            self.counted["numbers lost by the kill itself"] += len(gaps)
            self.counted["sessions that ran on"] += session in sprite.counters
            sprite.counters[session] = shown[-1]
        sprite.counters = {one: sprite.counters[one] for one in running}

    def _check_machine(self, server: Running, wire: Wire) -> None:
        """Exactly what is needed is there: processes, groups, subvolumes, images, devices."""
        pending, records = evidence.recorded(self.data_dir)
        assert pending == 0
        listed = self._listed(wire)
        assert {one["id"] for one in listed} == records.keys()
        assert evidence.stored(server.process.pid) == records
        for sprite, checkpoints in evidence.images(self.data_dir).items():
            assert checkpoints <= records[sprite], (sprite, checkpoints)
        running = {one["id"] for one in listed if one["status"] == "running"}
        groups = evidence.groups(self.data_dir)
        assert {group.name for group in groups} == running
        for group in groups:
            assert len(evidence.inits(group)) == 1
        assert len(evidence.loop.devices_of(self.data_dir / "engine/pool.img")) == 1
        mine = {server.process.pid, *server.helpers()}
        left = _until_empty(
            lambda: [pid for pid in evidence.processes(self.data_dir) if pid not in mine]
        )
        assert left == [], left

    def _check_guardians(self, server: Running, wire: Wire) -> None:
        """Each sprite that runs has a guardian, and nothing runs but below one."""
        pending, records = evidence.recorded(self.data_dir)
        assert pending == 0
        listed = self._listed(wire)
        assert {one["id"] for one in listed} == records.keys()
        running = [one["id"] for one in listed if one["status"] == "running"]

        def astray() -> list[Any]:
            # In this order: they start others all the time.
            here = {*evidence.processes(self.data_dir), *evidence.inhabitants(self.data_dir)}
            guardians = evidence.guardians(self.data_dir)
            below = processes.below(guardians, tasks := processes.everything())
            lost = here & {task.pid for task in tasks} - {task.pid for task in below}
            strangers = lost - guardians - {server.process.pid}
            return [
                *map(evidence.describe, strangers),
                *range(len(guardians) - len(running)),
            ]

        left = _until_empty(astray)
        assert left == [], left
        assert len(evidence.guardians(self.data_dir)) == len(running)

    def _check_a_restore(self, wire: Wire, sprite: Sprite) -> None:
        """A checkpoint that was promised has exactly its files."""
        worker = next(one for one in self._workers if sprite.name in one.sprites)
        if not sprite.checkpoints:
            return
        checkpoint = self._random.choice(sorted(sprite.checkpoints))
        worker.restore(wire, sprite, checkpoint)
        files = read_files(wire, sprite)
        assert files in sprite.checkpoints[checkpoint], (sprite, checkpoint, files)
        sprite.files = sprite.checkpoints[checkpoint] = [files]
        self.counted["checkpoints compared"] += 1


def _until_empty(look: Callable[[], list[Any]]) -> list[Any]:
    """Look until nothing is found any more, for a few seconds."""
    deadline = time.monotonic() + 10
    while (found := look()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return found
