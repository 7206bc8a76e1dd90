"""Sprites begin and end completely: nothing of one is left where it should not be."""

import asyncio
import errno
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sprites_local.engines.base import EngineError, EngineUnavailableError
from sprites_local.engines.common.engine import TreeEngine
from tests.local.engines.tiers.conftest import TIERS
from tests.local.engines.tiers.helpers import command, live, run, start

pytestmark = pytest.mark.anyio

# A process that left its session and its parents; it holds the fifo open as long as it lives.
_DAEMON = "(setsid sh -c 'echo >&3; trap \"\" TERM HUP INT; sleep 1000' &) 3> pipe"

_SERVER = """
import asyncio, sys
from pathlib import Path
from tests.local.engines.tiers.conftest import TIERS
from tests.local.engines.tiers.helpers import run, start

async def main():
    engine = TIERS[sys.argv[1]](Path(sys.argv[2]))
    await engine.open()
    for sprite in ("s1", "s2"):
        await engine.create(sprite)
    await engine.start("s1")
    await run(engine, "s1", "echo kept > file; mkfifo pipe")
    await engine.checkpoint("s1", "c1")
    await engine.checkpoint("s1", "c2")
    await run(engine, "s1", "echo changed > file")
    await start(engine, "s1", sys.argv[3])
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def _start_server(tier: str, data: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", _SERVER, tier, str(data), _DAEMON]
    server = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    assert server.stdout is not None
    with server.stdout as output:
        assert output.readline() == b"ready\n"
    return server


async def _start_daemon(engine: TreeEngine, sprite: str) -> int:
    await run(engine, sprite, "mkfifo pipe")
    fd = os.open(live(engine, sprite) / "home/sprite/pipe", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(fd, True)
    await start(engine, sprite, _DAEMON)
    assert select.select([fd], [], [], 10)[0] == [fd]
    return fd


@pytest.mark.parametrize("ending", ["stop", "destroy"])
async def test_no_process_survives(engine: TreeEngine, sprite: str, ending: str) -> None:
    """Stop and destroy end also what hid from its parents and ignores signals."""
    fd = await _start_daemon(engine, sprite)
    try:
        assert await run(engine, sprite, "echo alive") == (0, "alive\n", "")
        await getattr(engine, ending)(sprite)
        assert (os.read(fd, 10), os.read(fd, 10)) == (b"\n", b"")
    finally:
        os.close(fd)


async def test_no_process_survives_its_guardian(engine: TreeEngine, sprite: str) -> None:
    """One that is killed under a server that lives: the sprite can be started again."""
    fd = await _start_daemon(engine, sprite)
    try:
        running = engine._running[sprite]
        guardian = getattr(running, "_launcher", running)
        guardian._program.kill()
        async with asyncio.timeout(10):
            await engine.ended(sprite)
        await engine.start(sprite)
        assert (os.read(fd, 10), os.read(fd, 10)) == (b"\n", b"")
        assert await run(engine, sprite, "echo anew") == (0, "anew\n", "")
    finally:
        os.close(fd)


async def test_a_guardian_survives_requests_that_it_does_not_know(
    engine: TreeEngine, sprite: str
) -> None:
    """A later server may ask for more."""
    running = engine._running[sprite]
    guardian = getattr(running, "_launcher", running)
    caller = getattr(guardian, "_lifeline", running.control._caller)
    answer, _ = await caller.call({"op": "nonsense"}, 10)
    assert answer["errno"] == errno.EINVAL
    assert await run(engine, sprite, "echo alive") == (0, "alive\n", "")


async def test_no_process_survives_the_engine(own_engine: TreeEngine) -> None:
    """Close ends everything, and what the sprites wrote stays."""
    fd = await _start_daemon(own_engine, "s1")
    try:
        await own_engine.close()
        assert (os.read(fd, 10), os.read(fd, 10)) == (b"\n", b"")
        assert (live(own_engine, "s1") / "home/sprite/pipe").is_fifo()
    finally:
        os.close(fd)


async def test_a_stopped_sprite_starts_again(engine: TreeEngine, sprite: str) -> None:
    """Files stay over a stop, and commands need a start."""
    await run(engine, sprite, "echo 1 > file")
    await engine.stop(sprite)
    await engine.stop(sprite)
    with pytest.raises(EngineError, match="does not run"):
        await engine.spawn(sprite, command("true"))
    await engine.start(sprite)
    await engine.start(sprite)
    assert await run(engine, sprite, "cat file") == (0, "1\n", "")


async def test_a_destroyed_sprite_leaves_nothing(engine: TreeEngine, sprite: str) -> None:
    """Its files and checkpoints are gone, however they resist."""
    resist = "mkdir -p locked/deep && touch locked/deep/file && chmod 0 locked/deep locked"
    assert await run(engine, sprite, resist) == (0, "", "")
    await engine.checkpoint(sprite, "c1")
    await engine.destroy(sprite)
    assert [p for p in (engine.directory / "sprites").iterdir() if sprite in p.name] == []
    with pytest.raises(EngineError, match=f"there is no sprite {sprite}"):
        await engine.start(sprite)


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", ".hidden", "x" * 200, "a\0b"])
async def test_strange_ids_are_refused(engine: TreeEngine, name: str) -> None:
    """No id can name another directory."""
    for call in (engine.create, engine.destroy, engine.start, engine.stop):
        with pytest.raises(EngineError, match="not a usable id"):
            await call(name)


async def test_a_killed_server_is_recovered_from(tier: str, tmp_path: Path) -> None:
    """Nothing of a server that was killed runs on, and what was promised is there."""
    data = tmp_path / "data"
    server = _start_server(tier, data)
    fd = os.open(data / tier / "sprites/s1/live/home/sprite/pipe", os.O_RDONLY)
    try:
        assert os.read(fd, 10) == b"\n"
        server.send_signal(signal.SIGKILL)
        server.wait()
        assert os.read(fd, 10) == b""
    finally:
        os.close(fd)
    engine = TIERS[tier](data)
    await engine.open()
    try:
        await engine.recover({"s1": ["c1"]})
        assert [path.name for path in (data / tier / "sprites").iterdir()] == ["s1"]
        assert not engine.is_running("s1")
        await engine.restore("s1", "c1")
        assert await run(engine, "s1", "cat file") == (0, "kept\n", "")
        with pytest.raises(EngineError, match="there is no checkpoint c2"):
            await engine.restore("s1", "c2")
    finally:
        await engine.close()


async def test_one_engine_per_directory(
    own_engine: TreeEngine, tier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second engine on the same data is refused, and the first runs on."""
    monkeypatch.setattr("sprites_local.engines.common.lock._TIMEOUT", 0.1)
    with pytest.raises(EngineUnavailableError, match="another server uses"):
        await TIERS[tier](tmp_path / "data").open()
    assert await run(own_engine, "s1", "echo on") == (0, "on\n", "")


async def test_the_tier_tells_the_truth(engine: TreeEngine, tier: str) -> None:
    """Capabilities name the tier and do not promise processes."""
    capabilities = engine.capabilities()
    assert (tier, False) == (capabilities.tier, capabilities.processes)
    assert (tier == "portable") == (capabilities.isolation == ())
    assert (tier == "portable") == ("NO ISOLATION" in " ".join(capabilities.hints))
