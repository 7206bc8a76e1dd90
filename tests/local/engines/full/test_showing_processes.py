"""Shown checkpoints and processes in checkpoints: neither is in the other's way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sprites_local.engines.base import EngineError, Restored, Saved
from sprites_local.engines.full import FullEngine
from sprites_local.init.showing import PLACE
from tests.local.engines.full.conftest import Machine, opened
from tests.local.engines.full.test_processes import SAVED, Talk, one_that_came_back, start
from tests.local.engines.full.test_showing import IN_A_NAMESPACE, listed, mounts
from tests.local.needs import needs_criu, needs_full_tier

pytestmark = [
    pytest.mark.anyio,
    needs_full_tier,
    needs_criu,
]

# Answers with a file that it has open, one of its directory, and where it is.
USER = """
cd {0}/usr/local; exec 3<{0}/etc/hostname; echo ready
while read line; do cat file | tr '\\n' ' '; head -c 1 <&3; echo " $(pwd -P)"; done
"""
GONE = "a process uses the files of a checkpoint that is shown no more"


@pytest.fixture(scope="module")
async def engine(directory: Path, clean_machine: None) -> AsyncIterator[FullEngine]:
    engine = FullEngine(directory, pool_size=2 << 30, process_state="on")
    async with opened(engine):
        yield engine


@pytest.fixture
async def user(fresh: Machine) -> Talk:
    """A process in a sprite that shows `v1` and `v2`, with its directory and a file in `v1`."""
    await fresh.sh("echo one > /usr/local/file; echo abcdef > /etc/hostname", user="root")
    for checkpoint in ("v1", "v2"):
        assert await fresh.engine.checkpoint(fresh.name, checkpoint) == SAVED
    await fresh.sh("rm /usr/local/file", user="root")
    await fresh.engine.show(fresh.name, ["v1", "v2"])
    return await start(fresh, ("sh", "-c", USER.format(f"{PLACE}/v1")))


def shape(table: list[str]) -> list[list[str]]:
    """Leave out of a table of mounts what is new after each restore."""
    return sorted([*line.split()[4:6], line.split(" - ")[1]] for line in table)


async def test_what_uses_them_runs_on_and_comes_back(fresh: Machine, user: Talk) -> None:
    engine, name = fresh.engine, fresh.name
    before = shape(await mounts(fresh))
    assert await user.step() == f"one a {PLACE}/v1/usr/local"

    assert await engine.checkpoint(name, "v3") == SAVED
    assert await user.step() == f"one b {PLACE}/v1/usr/local"
    assert await engine.restore(name, "v3") == Restored("saved")

    again = await one_that_came_back(fresh)
    assert await again.step() == f"one b {PLACE}/v1/usr/local"
    assert shape(await mounts(fresh)) == before
    await engine.show(name, ["v1", "v3"])
    assert await listed(fresh) == ["v1", "v3"]
    assert await again.step() == f"one c {PLACE}/v1/usr/local"
    assert await engine.checkpoint(name, "v4") == SAVED


@pytest.mark.parametrize("options", ["rw", "ro,suid", "ro,dev"])
async def test_what_comes_back_is_no_looser(fresh: Machine, user: Talk, options: str) -> None:
    await fresh.engine.checkpoint(fresh.name, "v3")
    await fresh.engine.restore(fresh.name, "v3")

    for place in (PLACE, f"{PLACE}/v1", f"{PLACE}/v1/usr"):
        attempt = f"umount -l {place} || mount -o remount,bind,{options} {place}"
        assert (await fresh.run(*IN_A_NAMESPACE, attempt)).code != 0
        assert (await fresh.sh(f"touch {place}/new", user="root")).code != 0


async def test_use_of_one_that_is_shown_no_more_is_a_reason(fresh: Machine, user: Talk) -> None:
    engine, name = fresh.engine, fresh.name
    await engine.show(name, ["v2"])

    assert await engine.checkpoint(name, "v3") == Saved("refused", GONE)
    assert (await user.step()).startswith("one a")

    await user.process.signal(9)
    await user.process.wait()
    assert await engine.checkpoint(name, "v4") == SAVED


async def test_what_used_a_deleted_one_cannot_come_back(fresh: Machine, user: Talk) -> None:
    engine, name = fresh.engine, fresh.name
    assert await engine.checkpoint(name, "v3") == SAVED
    await engine.delete_checkpoint(name, "v1")

    restored = await engine.restore(name, "v3")

    assert restored.processes == "refused"
    assert restored.reason == "a process used the files of a checkpoint that is gone"
    assert (await fresh.run("true")).code == 0
    assert await mounts(fresh) == []


async def test_what_did_not_use_a_deleted_one_comes_back(fresh: Machine, user: Talk) -> None:
    engine, name = fresh.engine, fresh.name
    assert await engine.checkpoint(name, "v3") == SAVED
    await engine.delete_checkpoint(name, "v2")

    assert await engine.restore(name, "v3") == Restored("saved")

    await engine.show(name, ["v1", "v3"])
    assert await listed(fresh) == ["v1", "v3"]
    again = await one_that_came_back(fresh)
    assert await again.step() == f"one a {PLACE}/v1/usr/local"
    with pytest.raises(EngineError, match="no checkpoint v2"):
        await engine.show(name, ["v2"])


async def test_images_from_before_checkpoints_were_shown_come_back(fresh: Machine) -> None:
    engine, name = fresh.engine, fresh.name
    assert await engine.checkpoint(name, "v1") == SAVED
    (engine._opened.images.process(name, "v1") / "shown.json").unlink()

    assert await engine.restore(name, "v1") == Restored("saved")
