"""Checkpoints hold exactly what was there, and a restore brings exactly that back."""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

import pytest

from sprites_local.engines.base import Command, EngineError
from tests.local.engines import trees

pytestmark = pytest.mark.anyio

CAN = ("owners", "acls", "capabilities", "sockets", "inodes", "extents", "usr")
TREES = ("/srv/tree", "/etc", "/home", "/usr/local/share/t")


async def picture(machine: Any) -> str:
    result = await machine.python(trees.PICTURE, *CAN, "--", *TREES, user="root")
    assert result.code == 0, result.stderr
    return str(result.text)


async def change(machine: Any, seed: int, kind: str) -> None:
    await machine.sh("mkdir -p /usr/local/share/t", user="root")
    result = await machine.python(trees.MAKE, str(seed), kind, TREES[0], *CAN, user="root")
    assert result.code == 0, result.stderr


async def test_random_trees_come_back_exactly(machine: Any) -> None:
    """Whatever root can make inside: in any order, each checkpoint is just what it was."""
    engine, name = machine.engine, machine.name
    pictures = {}
    first = random.randrange(10**6)
    for step in range(10):
        await change(machine, first + step, "new" if step % 3 == 0 else "more")
        pictures[f"v{step}"] = await picture(machine)
        await engine.checkpoint(name, f"v{step}")
    await change(machine, first + 99, "more")
    assert await picture(machine) != pictures["v9"]

    for checkpoint in ("v9", "v0", "v5", "v3", "v7", "v1", "v8", "v2", "v4", "v6"):
        await engine.restore(name, checkpoint)
        assert await picture(machine) == pictures[checkpoint], (first, checkpoint)

    for checkpoint in pictures:
        await engine.delete_checkpoint(name, checkpoint)
        await engine.delete_checkpoint(name, checkpoint)


async def test_a_checkpoint_is_one_instant_of_a_running_writer(fresh: Any) -> None:
    """A process writes each number to one file, then to another: they may differ by one."""
    engine, name = fresh.engine, fresh.name
    script = """
a, b = open("/tmp/a", "w", 1), open("/tmp/b", "w", 1)
print("ready", flush=True)
n = 0
while True:
    n += 1; print(n, file=a); print(n, file=b)
"""
    python = (await fresh.sh("command -v python3 || echo /.sprite/python/bin/python3")).text.strip()
    process = await engine.spawn(
        name,
        Command(argv=(python, "-c", script), env={"PATH": "/usr/bin"}, cwd="/", user="root"),
    )
    assert await anext(process.stdout()) == (1, b"ready\n")
    for number in range(5):
        before = int((await fresh.sh("wc -l < /tmp/a", user="root")).text)
        await engine.checkpoint(name, f"v{number}")
        assert process.returncode is None
        while int((await fresh.sh("wc -l < /tmp/a", user="root")).text) == before:
            await asyncio.wait({asyncio.create_task(fresh.run("true"))})
    await process.signal(9)
    await process.wait()

    counts = []
    for number in range(5):
        await engine.restore(name, f"v{number}")
        result = await fresh.sh("cat /tmp/a | wc -l; cat /tmp/b | wc -l", user="root")
        one, other = map(int, result.text.split())
        assert other <= one <= other + 1
        counts.append(one)
    assert counts == sorted(set(counts))


async def test_a_restore_ends_processes_and_boots_afresh(fresh: Any) -> None:
    engine, name = fresh.engine, fresh.name
    saved = await engine.checkpoint(name, "v1")
    process = await engine.spawn(
        name, Command(argv=("sleep", "1000"), env={"PATH": "/usr/bin"}, cwd="/")
    )
    await fresh.sh("echo later > /tmp/later")

    restored = await engine.restore(name, "v1")

    assert (saved.processes, restored.processes) == ("none", "none")
    assert await process.wait() == 137
    assert (await fresh.sh("ls /tmp; hostname; pgrep sleep")).text == f"{name}\n"


async def test_checkpoint_and_restore_of_a_stopped_sprite(fresh: Any) -> None:
    engine, name = fresh.engine, fresh.name
    await fresh.sh("echo one > /tmp/file")
    await engine.stop(name)
    await engine.checkpoint(name, "v1")
    assert not engine.is_running(name)
    await engine.start(name)
    await fresh.sh("echo two > /tmp/file")

    await engine.restore(name, "v1")

    assert (await fresh.sh("cat /tmp/file")).text == "one\n"


async def test_checkpoints_cannot_be_changed_from_inside(fresh: Any) -> None:
    await fresh.engine.checkpoint(fresh.name, "unlikely-name")

    result = await fresh.sh("find / -xdev -name 'unlikely-name' | wc -l", user="root")

    assert result.text == "0\n"


async def test_errors(fresh: Any) -> None:
    engine, name = fresh.engine, fresh.name
    await engine.checkpoint(name, "v1")
    with pytest.raises(EngineError, match="checkpoint v1 already"):
        await engine.checkpoint(name, "v1")
    with pytest.raises(EngineError, match="no checkpoint v2"):
        await engine.restore(name, "v2")
    with pytest.raises(EngineError, match="no sprite nobody"):
        await engine.checkpoint("nobody", "v1")
    with pytest.raises(EngineError, match="no sprite nobody"):
        await engine.start("nobody")
    with pytest.raises(EngineError, match=r"sprite .* already"):
        await engine.create(name)
    for bad in ("", "..", "a/b", ".hidden", "x" * 101, "a\n"):
        with pytest.raises(EngineError, match="usable id"):
            await engine.checkpoint(name, bad)
        with pytest.raises(EngineError, match="usable id"):
            await engine.create(bad)
    assert (await fresh.run("true")).code == 0


async def test_a_file_held_open_by_the_server_survives_as_a_file(fresh: Any) -> None:
    """An open descriptor of the old files neither blocks a restore nor writes into the new ones."""
    engine, name = fresh.engine, fresh.name
    async with engine.files(name) as files:
        fd = await files.open("/tmp/file", os.O_RDWR | os.O_CREAT)
    try:
        os.write(fd, b"one")
        await engine.checkpoint(name, "v1")
        await engine.restore(name, "v1")
        os.write(fd, b"two")
        assert (await fresh.sh("cat /tmp/file")).text == "one"
    finally:
        os.close(fd)


async def test_a_destroyed_sprite_is_gone_with_its_checkpoints(engine: Any) -> None:
    await engine.create("short")
    await engine.checkpoint("short", "v1")
    await engine.destroy("short")
    await engine.destroy("short")
    with pytest.raises(EngineError, match="no sprite"):
        await engine.start("short")
    await engine.create("short")
    with pytest.raises(EngineError, match="no checkpoint"):
        await engine.restore("short", "v1")
    await engine.destroy("short")
