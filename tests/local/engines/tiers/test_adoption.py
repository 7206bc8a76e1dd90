"""What a server that is killed leaves running, the next one goes on with, or ends."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sprites_local.engines.base import Process
from sprites_local.engines.common import adoption, guardians
from sprites_local.engines.common.engine import TreeEngine
from sprites_local.engines.common.guardians import Guardians, Stranger, key
from sprites_local.engines.common.lock import lock_directory
from sprites_local.init import frames
from tests.local.engines.tiers.conftest import TIERS
from tests.local.engines.tiers.helpers import live, run

pytestmark = pytest.mark.anyio

_SERVER = '''
import asyncio, sys
from pathlib import Path
from tests.local.engines.tiers.conftest import TIERS
from tests.local.engines.tiers.helpers import start

COUNT = "n=0; while :; do n=$((n+1)); echo $n; echo $n > n; sleep 0.01; done"
# Stopping takes a while: until then it is one of those that the server stops, and lets run on.
STOPPED = """sleep 1000 & kill -STOP $!
until grep -q '^State:.T' /proc/$!/status; do sleep 0.01; done
echo $! > stopped; wait"""

async def main():
    engine = TIERS[sys.argv[1]](Path(sys.argv[2]), grace=float(sys.argv[4]))
    await engine.open()
    await engine.recover({})
    await engine.create("s")
    await engine.start("s")
    process = await start(engine, "s", COUNT, note="n")
    await anext(process.stdout())
    if "pause" in sys.argv[3]:
        await start(engine, "s", STOPPED)
        stopped = engine.directory / "sprites/s/live/home/sprite/stopped"
        while not (stopped.exists() and stopped.read_text()):
            await asyncio.sleep(0.01)
        await engine._running["s"].pause()
    print("done", flush=True)
    await asyncio.sleep(100)

asyncio.run(main())
'''


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A directory whose sockets have addresses that are too long."""
    path = tmp_path / ("d" * 100) / "data"
    path.mkdir(parents=True)
    return path


def kill_server(tier: str, data: Path, what: str = "", grace: float = 60) -> None:
    """Serve a sprite that counts, and kill the server."""
    arguments = [sys.executable, "-c", _SERVER, tier, str(data), what, str(grace)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"done\n"
        server.kill()


@asynccontextmanager
async def opened(tier: str, data: Path) -> AsyncIterator[TreeEngine]:
    engine = TIERS[tier](data)
    await engine.open()
    try:
        yield engine
    finally:
        await engine.close()


async def counts_on(process: Process) -> None:
    """Read until it has printed something new, with nothing missing since it was adopted."""
    numbers: list[int] = []
    async for _, data in process.stdout():
        numbers += map(int, data.split())
        if len(numbers) > 20:
            break
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def is_adopted(tier: str, data: Path) -> None:
    async with opened(tier, data) as engine:
        await engine.recover({"s": []})
        (process,) = await engine.sessions("s")
        assert (process.note, process.returncode) == ("n", None)
        await counts_on(process)
        assert await run(engine, "s", "echo well") == (0, "well\n", "")
    await stands_still(live(engine, "s"))


async def stands_still(tree: Path) -> None:
    """Make sure that nobody counts in a sprite."""
    before = (tree / "home/sprite/n").read_text()
    await asyncio.sleep(0.3)  # some thirty numbers
    assert (tree / "home/sprite/n").read_text() == before


def waiting(engine_directory: Path) -> Guardians:
    return Guardians(engine_directory / "guardians")


async def test_commands_go_on(tier: str, deep: Path) -> None:
    """Wherever the data is."""
    kill_server(tier, deep)
    await is_adopted(tier, deep)


async def test_what_the_server_had_stopped_runs_on(tier: str, tmp_path: Path) -> None:
    """And what others had stopped does not."""
    kill_server(tier, tmp_path, "pause")
    async with opened(tier, tmp_path) as engine:
        await engine.recover({"s": []})
        counter = next(one for one in await engine.sessions("s") if one.note == "n")
        await counts_on(counter)
        script = "read pid < stopped; cut -d' ' -f3 /proc/$pid/stat"
        assert await run(engine, "s", script) == (0, "T\n", "")


@pytest.mark.parametrize("why", ["unknown", "half restored"])
async def test_what_is_not_to_be_adopted_ends(tier: str, tmp_path: Path, why: str) -> None:
    kill_server(tier, tmp_path)
    async with opened(tier, tmp_path) as engine:
        if why == "unknown":
            await engine.recover({})
            assert not engine.trees.tree("s").directory.exists()
        else:
            (engine.directory / "sprites/s/restore.json").write_text('{"checkpoint": "none"}')
            await engine.recover({"s": []})
            assert not engine.is_running("s")
            await stands_still(live(engine, "s"))
        assert engine.trees.guardians.keys() == []
    assert waiting(engine.directory).connect(key("s")) is None


async def test_a_server_that_is_killed_as_it_adopts(tier: str, tmp_path: Path) -> None:
    """With the guardian taken up or not, the next one adopts."""
    kill_server(tier, tmp_path)
    directory = tmp_path / tier
    for request in (None, {"op": "adopt", "seconds": 60, "seq": 1}):
        lock = lock_directory(directory, "second")
        sock = waiting(directory).connect(key("s"))
        assert sock is not None
        with sock:
            if request is not None:
                frames.Connection(sock).send(request, lock)
                assert frames.Connection(sock).receive() is not None
        os.close(lock)
    await is_adopted(tier, tmp_path)


async def test_a_guardian_that_does_not_answer_is_killed(
    tier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that it has guarded."""
    monkeypatch.setattr(adoption, "_PATIENCE", 0.5)
    monkeypatch.setattr(guardians, "END_TIMEOUT", 0.5)
    kill_server(tier, tmp_path)
    async with opened(tier, tmp_path) as engine:
        sock = engine.trees.guardians.connect(key("s"))
        assert sock is not None
        with sock, contextlib.closing(Stranger(sock)) as guardian:
            os.kill(guardian.pid, signal.SIGSTOP)
        await engine.recover({"s": []})
        assert not engine.is_running("s")
        await stands_still(live(engine, "s"))
        await engine.start("s")
        assert await run(engine, "s", "echo anew") == (0, "anew\n", "")


async def test_nobody_stays_when_no_server_comes(tier: str, tmp_path: Path) -> None:
    kill_server(tier, tmp_path, grace=1)
    directory = tmp_path / tier
    os.close(lock_directory(directory, "gone"))  # can be had as soon as the guardian waits
    sock = waiting(directory).connect(key("s"))
    assert sock is not None
    with contextlib.closing(Stranger(sock)) as guardian:
        sock.close()
        assert await asyncio.to_thread(guardian.wait, 20)
    await stands_still(directory / "sprites/s/live")
    async with opened(tier, tmp_path) as engine:
        await engine.recover({"s": []})
        assert not engine.is_running("s")
