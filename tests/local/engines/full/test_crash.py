"""A server killed at any moment loses nothing it promised and leaves nothing behind."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest

from sprites_local.engines.full import FullEngine
from sprites_local.engines.full.cgroup import find_hierarchies
from sprites_local.engines.full.host import group_name
from tests.local.engines.full.conftest import Machine, traces
from tests.local.needs import needs_criu

pytestmark = pytest.mark.anyio

Mode = Literal["on", "off"]
SERVER = """
import asyncio, json, os, random, sys
from pathlib import Path
from sprites_local.engines.full import FullEngine

directory, diary = Path(sys.argv[1]), open(sys.argv[2], "a")
known = json.loads(sys.argv[3])

def note(**fact):
    diary.write(json.dumps(fact) + "\\n"); diary.flush(); os.fsync(diary.fileno())

async def main():
    engine = FullEngine(directory, process_state=sys.argv[4], grace=float(sys.argv[5]))
    await engine.open()
    await engine.recover({"s": known})
    await engine.start("s")
    note(ready=True)
    print("ready", flush=True)
    for number in range(10**6):
        token = os.urandom(8).hex()
        note(writing=token)
        async with engine.files("s", as_root=True) as files:
            fd = await files.open("/token", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.write(fd, token.encode()); os.close(fd)
        note(token=token)
        if random.random() < .5 or not known:
            name = f"v{os.urandom(4).hex()}"
            await engine.checkpoint("s", name)
            note(checkpoint=name, token=token); known.append(name)
        else:
            name = random.choice(known)
            note(restoring=name)
            await engine.restore("s", name)
            note(restored=name)
        await engine.show("s", known[-5:])

asyncio.run(main())
"""


def run_and_kill(
    directory: Path, diary: Path, known: list[str], mode: str, grace: str, delay: float
) -> None:
    command = [sys.executable, "-c", SERVER, str(directory), str(diary), json.dumps(known)]
    command += [mode, grace]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        try:
            assert server.stdout.readline() == b"ready\n", server.stderr.read()
            server.wait(delay)
        except subprocess.TimeoutExpired:
            pass
        finally:
            server.kill()
        assert server.wait() == -9, server.stderr.read()


def read(diary: Path) -> tuple[dict[str, str], set[str], bool]:
    """Return the promised checkpoints with their tokens, and what the live token may be.

    At the end, whether a restore was under way.
    """
    restoring = False
    promised: dict[str, str] = {}
    possible = {""}
    for line in diary.read_text().splitlines():
        fact: dict[str, Any] = json.loads(line)
        restoring = "restoring" in fact
        if "checkpoint" in fact:
            promised[fact["checkpoint"]] = fact["token"]
        elif "token" in fact:
            possible = {fact["token"]}
        elif "writing" in fact:
            possible |= {fact["writing"], ""}
        elif "restoring" in fact:
            possible.add(promised[fact["restoring"]])
        elif "restored" in fact:
            possible = {promised[fact["restored"]]}
    return promised, possible, restoring


def images(directory: Path) -> list[str]:
    """Name the checkpoints that hold something of processes."""
    top = directory / "images" / "s"
    return [path.name for path in top.iterdir()] if top.exists() else []


async def look(
    directory: Path, diary: Path, mode: Mode, grace: str, unique: random.Random
) -> list[str]:
    """Recover as a server would, and check every promise; return the checkpoints."""
    promised, possible, restoring = read(diary)
    engine = FullEngine(directory, process_state=mode)
    await engine.open()
    try:
        await engine.recover({"s": list(promised)})
        host = engine._opened
        assert host.pool.names("sprites") == ["s"]
        assert host.pool.names("sprites/s") == ["checkpoints", "hostname", "live"]
        assert host.pool.names("sprites/s/checkpoints") == sorted(promised)
        assert host.groups.operated() == []
        assert restoring or engine.is_running("s") == (grace != "0")
        assert set(images(directory)) <= promised.keys()
        await engine.start("s")
        machine = Machine(engine, "s")
        token = (await machine.sh("cat /token", user="root")).text
        assert token in possible
        for name in unique.sample(sorted(promised), min(1, len(promised))):
            await engine.restore("s", name)
            assert (await machine.sh("cat /token", user="root")).text == promised[name]
            with diary.open("a") as file:
                file.write(json.dumps({"restored": name}) + "\n")
    finally:
        await engine.close()
    assert traces(directory) == []
    return list(promised)


async def test_sprites_that_outlived_everybody_are_adopted_or_ended(tmp_path: Path) -> None:
    """Helper and server are both killed: the sprite runs on, unless nobody knows it any more."""
    directory, diary = tmp_path / "data", tmp_path / "diary"
    engine = FullEngine(directory, pool_size=1 << 30)
    await engine.open()
    await engine.create("s")
    await engine.close()
    script = SERVER.replace(
        'print("ready"', 'os.kill(engine._opened.helper._process.pid, 9)\n    print("ready"'
    )
    command = [sys.executable, "-c", script, str(directory), str(diary), "[]", "off", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:  # noqa: ASYNC220
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        server.kill()

    unified = find_hierarchies().unified
    assert unified is not None
    members = unified / group_name(directory) / "s" / "main" / "cgroup.procs"
    left = members.read_text().split()
    await engine.open()
    try:
        await engine.recover({"s": []})
        assert [str(engine._running["s"].pid)] == left
        engine._running.pop("s").close()
        await engine.recover({})
        assert engine._opened.groups.sprites() == []
    finally:
        await engine.close()
    assert traces(directory) == []


@pytest.mark.parametrize(
    ("mode", "rounds", "longest"),
    [
        ("off", 8, 0.35),
        pytest.param(
            *("on", 5, 1.2),
            marks=needs_criu,
        ),
    ],
    ids=["files", "processes"],
)
async def test_kills_at_random_moments(
    tmp_path: Path, mode: Mode, rounds: int, longest: float
) -> None:
    unique = random.Random(4)
    directory, diary = tmp_path / "data", tmp_path / "diary"
    diary.touch()
    engine = FullEngine(directory, pool_size=1 << 30)
    await engine.open()
    await engine.create("s")
    await engine.close()
    known: list[str] = []
    for _ in range(rounds):
        grace = unique.choice("09")
        run_and_kill(directory, diary, known, mode, grace, unique.uniform(0.0, longest))
        known = await look(directory, diary, mode, grace, unique)

    assert known
