"""What a server was asked to do, what it promised, and what it must have after a kill."""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress

from attrs import define, field

from tests.local.kills.wire import ServerKilledError, Wire

FOLDER = "t"
PLACE = f"/home/sprite/{FOLDER}"
COUNTER = "n=0; while :; do n=$((n+1)); echo $n; sleep 0.1; done"
_NAMES = ("a", "b", "c")
Files = dict[str, str]
"""Names with their contents."""


@define
class Sprite:
    """What is known of a sprite."""

    name: str
    files: list[Files] = field(factory=lambda: [{}])
    """What its files may be; more than one thing only after a kill."""
    checkpoints: dict[str, list[Files]] = field(factory=dict)
    """What was promised."""
    doubtful: dict[str, list[Files]] = field(factory=dict)
    """What is being deleted."""
    pending: list[Files] | None = None
    """What a checkpoint holds that is being taken."""
    automatic: str | None = None
    """The latest checkpoint that a restore took by itself."""
    counters: dict[str, int] = field(factory=dict)
    """Sessions that must run, with the least that they must show."""
    ended: bool = False
    """Whether its processes may have ended: a restore was under way."""
    exists: bool | None = True
    """None: being made, or deleted."""


def read_files(wire: Wire, sprite: Sprite) -> Files:
    # From where commands begin: what they name from the root is the machine's in one tier.
    script = f"cd {FOLDER} 2>/dev/null && for f in *; do [ -f $f ] && echo $f=$(cat $f); done; true"
    lines = wire.run(sprite.name, script).splitlines()
    return dict(line.split("=", 1) for line in lines)


def counters_of(wire: Wire, sprite: Sprite) -> list[str]:
    listed = wire.call("GET", f"/{sprite.name}/exec").json()["sessions"]
    return [one["id"] for one in listed if one["command"] == f"sh -c {COUNTER}"]


class Worker:
    """Works on sprites of its own, one request at a time."""

    def __init__(self, name: str, seed: str, most: int) -> None:
        self.sprites: dict[str, Sprite] = {}
        self._name = name
        self._most = most
        self._made = 0
        self._random = random.Random(seed)
        self.done: dict[str, int] = {}

    def work(self, wire: Wire, steps: threading.Semaphore) -> None:
        """Ask for one thing after the other until the server is gone."""
        with suppress(ServerKilledError):
            while True:
                self._step(wire)
                steps.release()

    def _step(self, wire: Wire) -> None:
        if not self.sprites:
            return self._create(wire)
        sprite = self._random.choice(sorted(self.sprites.values(), key=lambda one: one.name))
        actions: list[tuple[int, Callable[[Wire, Sprite], None]]] = [
            (5, self._write),
            (2, self._remove),
            (2, self._run),
            (7, self._count),
            (5, self._checkpoint),
            (2, self._restore),
            (2, self._forget),
            (2, self._another),
            (1, self._delete),
        ]
        (action,) = self._random.choices([a for _, a in actions], [w for w, _ in actions])
        action(wire, sprite)
        self.done[action.__name__.strip("_")] = self.done.get(action.__name__.strip("_"), 0) + 1
        return None

    def _create(self, wire: Wire) -> None:
        self._made += 1
        sprite = Sprite(f"{self._name}-{self._made}", exists=None)
        self.sprites[sprite.name] = sprite
        wire.call("POST", "", 201, json={"name": sprite.name})
        sprite.exists = True

    def _another(self, wire: Wire, _: Sprite) -> None:
        if len(self.sprites) < self._most:
            self._create(wire)

    def _delete(self, wire: Wire, sprite: Sprite) -> None:
        sprite.exists = None
        wire.call("DELETE", f"/{sprite.name}", 204)
        del self.sprites[sprite.name]

    def _write(self, wire: Wire, sprite: Sprite) -> None:
        name, content = self._random.choice(_NAMES), secrets.token_hex(8)
        (before,) = sprite.files
        # A file that is being replaced is complete or not there at all.
        sprite.files = [before, {**before, name: content}]
        query = {"path": f"{PLACE}/{name}", "mkdirParents": "true"}
        wire.call("PUT", f"/{sprite.name}/fs/write", params=query, content=content.encode())
        sprite.files = sprite.files[1:]

    def _remove(self, wire: Wire, sprite: Sprite) -> None:
        (before,) = sprite.files
        if not before:
            return
        name = self._random.choice(sorted(before))
        after = {key: value for key, value in before.items() if key != name}
        sprite.files = [before, after]
        wire.call("DELETE", f"/{sprite.name}/fs/delete", params={"path": f"{PLACE}/{name}"})
        sprite.files = [after]

    def _run(self, wire: Wire, sprite: Sprite) -> None:
        (files,) = sprite.files
        assert read_files(wire, sprite) == files

    def _count(self, wire: Wire, sprite: Sprite) -> None:
        if not sprite.counters:
            sprite.counters[wire.start(sprite.name, COUNTER)] = 1
            return
        for session, least in sprite.counters.items():
            sprite.counters[session] = wire.read(sprite.name, session, least)[-1]

    def _checkpoint(self, wire: Wire, sprite: Sprite) -> None:
        sprite.pending = list(sprite.files)
        events = wire.events(f"/{sprite.name}/checkpoint")
        checkpoint = events[-1]["data"].split()[1]
        sprite.checkpoints[checkpoint] = list(sprite.files)
        sprite.pending = None

    def _forget(self, wire: Wire, sprite: Sprite) -> None:
        if len(sprite.checkpoints) < 4:
            return
        checkpoint = self._random.choice(sorted(sprite.checkpoints))
        sprite.doubtful[checkpoint] = sprite.checkpoints.pop(checkpoint)
        wire.call("DELETE", f"/{sprite.name}/checkpoints/{checkpoint}", 204)
        sprite.doubtful.clear()

    def _restore(self, wire: Wire, sprite: Sprite) -> None:
        if sprite.checkpoints:
            self.restore(wire, sprite, self._random.choice(sorted(sprite.checkpoints)))

    def restore(self, wire: Wire, sprite: Sprite, checkpoint: str) -> None:
        """Restore and take note of what is promised then."""
        held = sprite.checkpoints[checkpoint]
        sprite.files = [*sprite.files, *held]
        sprite.ended = True
        sprite.counters.clear()
        events = wire.events(f"/{sprite.name}/checkpoints/{checkpoint}/restore")
        sprite.files = list(held)
        for event in events:
            if "is kept as" in event.get("data", ""):
                sprite.automatic = event["data"].split()[-1]
        sprite.counters = dict.fromkeys(counters_of(wire, sprite), 1)
        sprite.ended = False
