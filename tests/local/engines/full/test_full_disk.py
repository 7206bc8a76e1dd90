"""A pool that is full, or that its disk fails, harms nothing that was promised, and is told.

What happens when the disk below the pool is full is in tests/local/test_server_full_disk.py.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from sprites_local.engines.base import EngineError, Saved
from sprites_local.engines.full import FullEngine
from tests.local.engines.full import workloads
from tests.local.engines.full.conftest import Machine
from tests.local.engines.full.test_processes import start
from tests.local.needs import needs_criu, needs_full_tier

pytestmark = [
    pytest.mark.anyio,
    needs_full_tier,
]

MB = 1 << 20
LOOP_SET_CAPACITY = 0x4C07
FILL = "dd if=/dev/urandom of={} bs=1M count={} conv=fsync"


async def until(true: Callable[[], bool], patience: float = 10) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def machine_of(engine: FullEngine, name: str) -> Machine:
    await engine.create(name)
    await engine.start(name)
    return Machine(engine, name)


async def _fits(work: Awaitable[object]) -> bool:
    try:
        await work
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
    return True


def _write(fd: int, size: int) -> int:
    """Write and close; return the number of the error, or 0."""
    try:
        for _ in range(0, size, MB):
            os.write(fd, bytes(MB))
    except OSError as error:
        return error.errno or -1
    finally:
        os.close(fd)
    return 0


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[FullEngine]:
    """An engine with a pool of the least size on a disk that has room."""
    engine = FullEngine(tmp_path / "data", pool_size=512 * MB, process_state="off")
    await engine.open()
    await engine.recover({})
    yield engine
    await engine.close()


async def test_a_full_pool_refuses_and_gives_way(small: FullEngine) -> None:
    """Whatever can be said to a full pool: what is there stays, and a deletion makes room."""
    one, other = await machine_of(small, "one"), await machine_of(small, "other")
    await one.sh("echo kept > /tmp/kept")
    await small.checkpoint("one", "v1")

    filled = await one.sh(FILL.format("/home/sprite/big", 600))

    assert (filled.code, b"No space left" in filled.stderr) == (1, True)
    for machine in (one, other):
        assert (await machine.sh("cat /etc/hostname; echo runs")).text == f"{machine.name}\nruns\n"
    async with small.files("other") as files:
        fd = await files.open("/tmp/new", os.O_WRONLY | os.O_CREAT)
        assert _write(fd, 40 * MB) == errno.ENOSPC  # the first bytes may fit into what was left
    store = small._opened.store
    done = [n for n in ("v1", "v2", "v3") if await _fits(small.checkpoint("other", n))]
    assert [n for n in ("v1", "v2", "v3") if store.has_checkpoint("other", n)] == done
    made = ["late"] if await _fits(small.create("late")) else []
    assert store.names() == sorted([*made, "one", "other"])

    # The restore that a user would do now, back to where there was room.
    await small.restore("one", "v1")
    assert (await one.sh("cat /tmp/kept; ls /home/sprite")).text == "kept\n"
    deadline = time.monotonic() + 10
    while (await other.sh(FILL.format("/tmp/fits", 100))).code:
        assert time.monotonic() < deadline


@needs_criu
async def test_processes_that_the_disk_cannot_hold_are_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would fill the disk for everybody before they failed."""
    engine = FullEngine(tmp_path / "data", pool_size=512 * MB)
    await engine.open()
    try:
        machine = await machine_of(engine, "one")
        talk = await start(machine, workloads.commands("python3")["large-memory"])
        real = shutil.disk_usage(tmp_path)
        left = real._replace(free=300 * MB)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: left)
        reason = "the disk has no room for the memory of the processes"
        assert await engine.checkpoint("one", "v1") == Saved("refused", reason)
        assert await talk.step() == "1"
        monkeypatch.undo()
        assert await engine.checkpoint("one", "v2") == Saved("saved")
    finally:
        await engine.close()


async def test_a_pool_that_can_no_longer_be_written_is_told(
    small: FullEngine, tmp_path: Path
) -> None:
    """What btrfs has given up takes no checkpoints; nothing hangs, and it can be closed."""
    machine = await machine_of(small, "one")
    os.truncate(tmp_path / "data/pool.img", 8 * MB)
    device = os.open(small._opened.pool.device, os.O_RDONLY)
    fcntl.ioctl(device, LOOP_SET_CAPACITY)
    os.close(device)
    await machine.sh("head -c 9000000 /dev/urandom > /tmp/lost; sync")
    await until(small._opened.pool.is_broken)

    for attempt in (small.checkpoint("one", "v1"), small.create("two")):
        with pytest.raises(EngineError, match="can no longer be written"):
            await attempt
