"""Rounds of work on one server; after each everything is deleted and must be gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from attrs import define, field

from sprites_facade import AsyncSpritesClient
from tests.local.soak import counting, holding
from tests.local.soak.holding import Held
from tests.local.soak.vanishing import Vanishing
from tests.local.soak.worker import Worker

_TOKEN = "local/soak"
_BETWEEN, _STILL = 0.5, 4.0
_REST = 45.0
"""Seconds in which a server must come to rest."""
_ENOUGH_LOOKS = 8
_MOST_GROWTH = 1.15
_EXPECTED = "The engine failed: the sprite stopped"
"""What is logged when a storm deletes a sprite that is being worked in."""
_TELLING = (
    "Traceback",
    "never retrieved",
    "never awaited",
    "Error",
    "ResourceWarning",
    "ERROR",
    "CRITICAL",
)


@define
class Soak:
    """A run on one data directory."""

    data_dir: Path
    seed: int
    tier: str
    workers: int = 4
    sprites: int = 2
    """At most, for each worker."""
    say: Callable[[str], None] = lambda _: None
    counted: Counter[str] = field(factory=Counter)
    faults: list[str] = field(factory=list)
    looks: list[Held] = field(factory=list)

    def run(self, rounds: int, seconds: float) -> None:
        """Work for so many rounds of so many seconds, after one that warms up."""
        with self._served() as (url, pid, counts):
            for number in range(rounds + 1):
                asyncio.run(self._round(url, number, seconds))
                self._settle(pid, counts)
        self._read_log()
        self._judge_memory()

    def grown(self) -> list[str]:
        """Name the types of which there are more objects at the end than half-way."""
        half, last = self.looks[len(self.looks) // 2].objects, self.looks[-1].objects
        more = {kind: count - half.get(kind, 0) for kind, count in last.items()}
        return [f"{more[kind]:+6} {kind}" for kind in sorted(more, key=lambda one: -more[one])[:8]]

    def _settle(self, pid: int, counts: int) -> None:
        """Look at the server until it holds what it held before, or does not come to rest."""
        data_dir = self.data_dir / "data"
        began, held, equal = time.monotonic(), holding.look(pid, counts, data_dir), 0
        while time.monotonic() < began + _REST and not self._rests(held, equal):
            time.sleep(_BETWEEN)
            before, held = held, holding.look(pid, counts, data_dir)
            equal = 0 if different(before, held) else equal + 1
        if self.looks:
            self.faults += different(self.looks[0], held)
        self.looks.append(held)
        self.say(f"at rest: {held.memory:.1f} MB of memory, {held.disk:.1f} MB of disk")

    def _rests(self, held: Held, equal: int) -> bool:
        """What the first rest is, nobody knows but by its length."""
        return not different(self.looks[0], held) if self.looks else equal * _BETWEEN >= _STILL

    async def _round(self, url: str, number: int, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        async with _client(url, self.faults) as client:
            workers = [
                Worker(
                    client, Vanishing(url, _TOKEN), f"w{number}-{index}", self.seed, self.sprites
                )
                for index in range(self.workers)
            ]
            await asyncio.gather(*(worker.work(deadline) for worker in workers))
            await asyncio.gather(*(worker.end() for worker in workers))
            for worker in workers:
                self.counted += worker.counted
                self.faults += worker.faults
            left = [info.name async for info in client.list_sprites()]
        if left:
            self.faults.append(f"sprites that were deleted are listed: {left}")

    def _judge_memory(self) -> None:
        """A leak goes on; what is merely filled once, such as caches, is so half-way."""
        if len(self.looks) >= _ENOUGH_LOOKS:
            half, last = self.looks[len(self.looks) // 2], self.looks[-1]
            if last.memory > half.memory * _MOST_GROWTH:
                self.faults.append(f"memory grows: {half.memory:.1f} MB, then {last.memory:.1f} MB")

    @contextmanager
    def _served(self) -> Iterator[tuple[str, int, int]]:
        ready, ready_end = os.pipe()
        stop_end, stop = os.pipe()
        counts, counts_end = os.pipe()
        command = [
            sys.executable,
            "-W",
            "default::ResourceWarning",
            "-m",
            counting.__name__,
            "serve",
        ]
        command += ["--data-dir", str(self.data_dir / "data"), "--engine", self.tier]
        command += ["--ready-fd", str(ready_end), "--stop-fd", str(stop_end)]
        variables = {"SPRITES_LOCAL_TOKEN": _TOKEN, counting.VARIABLE: str(counts_end)}
        with (self.data_dir / "log").open("w") as log:
            process = subprocess.Popen(
                command,
                pass_fds=(ready_end, stop_end, counts_end),
                env={**os.environ, **variables},
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
            for descriptor in (ready_end, stop_end, counts_end):
                os.close(descriptor)
            with os.fdopen(ready) as file:
                url = json.loads(file.readline())["url"]
            try:
                yield url, process.pid, counts
            finally:
                began = time.monotonic()
                os.close(stop)
                code = process.wait(60)
                self.say(f"ended with {code} after {time.monotonic() - began:.1f} s")
                os.close(counts)
        if code:
            self.faults.append(f"the server ended with {code}")

    def _read_log(self) -> None:
        for line in (self.data_dir / "log").read_text(errors="replace").splitlines():
            if any(word in line for word in _TELLING) and not line.endswith(_EXPECTED):
                self.faults.append(f"log: {line}")


def different(before: Held, after: Held) -> list[str]:
    """Say what is not as it was."""
    return [
        f"{what}: {before.exact[what]} became {after.exact[what]}"
        for what in before.exact
        if before.exact[what] != after.exact[what]
    ]


@contextlib.asynccontextmanager
async def _client(url: str, faults: list[str]) -> AsyncIterator[AsyncSpritesClient]:
    async def see(response: httpx.Response) -> None:
        if response.status_code >= 500:
            text = (await response.aread()).decode(errors="replace")[:500]
            path = response.request.url.path
            faults.append(f"{response.request.method} {path}: {response.status_code} {text}")

    bounds = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(event_hooks={"response": [see]}, limits=bounds) as http,
        AsyncSpritesClient(_TOKEN, base_url=url, timeout=60, http_client=http) as client,
    ):
        yield client
