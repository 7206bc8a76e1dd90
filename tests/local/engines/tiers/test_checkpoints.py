"""A restore brings back the files of a checkpoint, and nothing else."""

import asyncio
import os
import random

import pytest

from sprites_local.engines.base import EngineError, Restored, Saved
from sprites_local.engines.common.engine import TreeEngine
from tests.local.engines import trees
from tests.local.engines.copies.picture import picture
from tests.local.engines.tiers.helpers import command, finish, live, run, start

pytestmark = pytest.mark.anyio

_KEPT = Saved("none", "this tier keeps files only")
_BROUGHT_BACK = Restored("none", "this tier keeps files only")

_COUNTER = """
echo 0 > a; echo 0 > b; echo ready; n=0
while :; do n=$((n + 1)); echo $n > a.new; mv a.new a; echo $n > b.new; mv b.new b; done
"""


async def test_a_restore_is_exact(engine: TreeEngine, sprite: str) -> None:
    """Everything that a command can do to its files is undone."""
    make = "mkdir d && echo 1 > d/a && ln d/a b && ln -s d/a c && mkfifo p && chmod 4711 d/a"
    assert await run(engine, sprite, make) == (0, "", "")
    assert await engine.checkpoint(sprite, "c1") == _KEPT
    before = picture(live(engine, sprite) / "home")
    assert await run(engine, sprite, "echo 2 >> b; rm -r d p; chmod 700 .; mkdir x") == (0, "", "")
    assert await engine.restore(sprite, "c1") == _BROUGHT_BACK
    assert before == picture(live(engine, sprite) / "home")
    assert await run(engine, sprite, "cat c") == (0, "1\n", "")


def _can() -> tuple[str, ...]:
    """Say what commands may do to their files here, of what the tiers keep."""
    return ("acls", "owners", "capabilities") if os.geteuid() == 0 else ("acls",)


async def _in_tree(engine: TreeEngine, sprite: str, text: str, *words: str) -> str:
    process = await engine.spawn(sprite, command(*await _python(engine, sprite), text, *words))
    await process.close_stdin()
    code, out, err = await finish(process)
    assert code == 0, err
    return out.decode()


async def _python(engine: TreeEngine, sprite: str) -> tuple[str, ...]:
    find = "command -v python3 || echo /.sprite/python/bin/python3"
    code, out, _ = await run(engine, sprite, find)
    assert code == 0
    return (out.strip(), "-c")


async def test_random_trees_come_back(engine: TreeEngine, sprite: str) -> None:
    """Whatever commands can make: in any order, each checkpoint is what it was."""
    pictures = {}
    first = random.randrange(10**6)

    async def look() -> str:
        return await _in_tree(engine, sprite, trees.PICTURE, *_can(), "--", "t")

    for step in range(5):
        kind = "new" if step % 3 == 0 else "more"
        await _in_tree(engine, sprite, trees.MAKE, str(first + step), kind, "t", *_can())
        pictures[f"c{step}"] = await look()
        await engine.checkpoint(sprite, f"c{step}")
    for checkpoint in ("c4", "c0", "c3", "c1", "c2"):
        await engine.restore(sprite, checkpoint)
        assert await look() == pictures[checkpoint], (first, checkpoint)


async def test_checkpoints_are_independent(engine: TreeEngine, sprite: str) -> None:
    """Any checkpoint can be restored at any time; a deleted one cannot."""
    for step in "123":
        await run(engine, sprite, f"echo {step} > step")
        await engine.checkpoint(sprite, f"c{step}")
    for step in "1323":
        await engine.restore(sprite, f"c{step}")
        assert (0, f"{step}\n", "") == await run(engine, sprite, "cat step")
    await engine.delete_checkpoint(sprite, "c2")
    await engine.delete_checkpoint(sprite, "c2")
    with pytest.raises(EngineError, match="there is no checkpoint c2"):
        await engine.restore(sprite, "c2")
    assert await run(engine, sprite, "cat step") == (0, "3\n", "")


async def test_a_restore_ends_the_processes(engine: TreeEngine, sprite: str) -> None:
    """Commands of before the restore end; the sprite runs and takes new ones."""
    await engine.checkpoint(sprite, "c1")
    process = await start(engine, sprite, "echo ready; sleep 1000")
    output = process.stdout()
    assert await anext(output) == (1, b"ready\n")
    await engine.restore(sprite, "c1")
    assert await process.wait() == 137
    assert engine.is_running(sprite)
    assert await run(engine, sprite, "echo new") == (0, "new\n", "")


async def test_a_checkpoint_is_of_one_instant(engine: TreeEngine, sprite: str) -> None:
    """Two files written in turns differ by one at most, and their writer runs on."""
    process = await start(engine, sprite, _COUNTER)
    output = process.stdout()
    assert await anext(output) == (1, b"ready\n")
    for step in range(5):
        assert await engine.checkpoint(sprite, f"c{step}") == _KEPT
    assert process.returncode is None
    counts = []
    for step in range(5):
        await engine.restore(sprite, f"c{step}")
        code, out, _ = await run(engine, sprite, "cat a b")
        first, second = map(int, out.split())
        assert (code, first - second in (0, 1)) == (0, True)
        counts.append(first)
    assert sorted(counts) == counts
    assert counts[0] < counts[-1]


async def test_a_stopped_sprite_can_be_checkpointed(engine: TreeEngine, sprite: str) -> None:
    """Nothing needs to run for a checkpoint; a restore boots."""
    await run(engine, sprite, "echo 1 > file")
    await engine.stop(sprite)
    assert await engine.checkpoint(sprite, "c1") == _KEPT
    assert not engine.is_running(sprite)
    await engine.restore(sprite, "c1")
    assert await run(engine, sprite, "cat file") == (0, "1\n", "")


async def test_a_deletion_beside_a_checkpoint_takes_nothing_from_it(
    engine: TreeEngine, sprite: str
) -> None:
    """Contents that a new checkpoint has in common with one that is being deleted stay."""
    make = "for n in $(seq 300); do echo $n > file$n; done; seq 60000 > large"
    assert await run(engine, sprite, make) == (0, "", "")
    await engine.checkpoint(sprite, "c0")
    for step in range(1, 6):
        await asyncio.gather(
            engine.checkpoint(sprite, f"c{step}"), engine.delete_checkpoint(sprite, f"c{step - 1}")
        )
    before = picture(live(engine, sprite) / "home")
    assert await run(engine, sprite, "rm -r *") == (0, "", "")
    await engine.restore(sprite, "c5")
    assert before == picture(live(engine, sprite) / "home")


async def test_checkpoints_of_copies_are_not_shown(engine: TreeEngine, sprite: str) -> None:
    await engine.checkpoint(sprite, "v1")
    await engine.show(sprite, ["v1"])

    async with engine.files(sprite) as files:
        with pytest.raises(FileNotFoundError):
            await files.stat("/.sprite/checkpoints")
