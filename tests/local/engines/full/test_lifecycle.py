"""Opening, closing, recovering: what the engine needs, refuses and leaves."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sprites_local.engines.base import Engine, EngineError, EngineUnavailableError
from sprites_local.engines.full import FullEngine, loop, skeleton
from tests.local.engines.full.conftest import Machine, open_descriptors, traces

pytestmark = pytest.mark.anyio


def a_full_engine_is_an_engine(engine: FullEngine) -> Engine:
    return engine


async def test_capabilities_say_what_is_true(engine: FullEngine) -> None:
    found = engine.capabilities()

    assert (found.tier, found.files, found.processes) == ("full", "btrfs snapshot", False)
    assert {"user", "pid", "mount", "uts", "ipc", "network"} <= set(found.isolation)


async def test_a_second_engine_is_refused_and_harms_nothing(
    engine: FullEngine, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sprites_local.engines.common.lock._TIMEOUT", 0.1)
    await engine.create("s")
    await engine.start("s")

    with pytest.raises(EngineUnavailableError, match="another server uses"):
        await FullEngine(directory).open()

    assert (await Machine(engine, "s").run("true")).code == 0
    await engine.destroy("s")


async def test_the_mount_is_nobody_elses(engine: FullEngine, directory: Path) -> None:
    for table in ("/proc/self/mounts", "/proc/1/mounts"):
        assert str(directory) not in Path(table).read_text(errors="replace")  # noqa: ASYNC240


async def test_files_survive_closing_and_opening(tmp_path: Path) -> None:
    first = FullEngine(tmp_path / "new" / "data", pool_size=1 << 30)
    await first.open()
    await first.create("s", hostname="A name! with spaces")
    await first.start("s")
    assert (await Machine(first, "s").sh("echo kept > /tmp/file; hostname")).text == (
        "A-name--with-spaces\n"
    )
    await first.checkpoint("s", "v1")
    await first.checkpoint("s", "unknown")
    await first.create("gone")
    await first.close()
    await first.close()
    assert traces(tmp_path) == []
    with pytest.raises(EngineError, match="not open"):
        await first.start("s")

    second = FullEngine(tmp_path / "new" / "data")
    await second.open()
    try:
        await second.recover({"s": ["v1"], "lost": []})
        assert not second.is_running("s")
        await second.start("s")
        assert (await Machine(second, "s").sh("cat /tmp/file; hostname")).text == (
            "kept\nA-name--with-spaces\n"
        )
        with pytest.raises(EngineError, match="no checkpoint"):
            await second.restore("s", "unknown")
        for name in ("gone", "lost"):
            with pytest.raises(EngineError, match="no sprite"):
                await second.start(name)
        await second.restore("s", "v1")
    finally:
        await second.close()
    assert traces(tmp_path) == []


async def test_an_engine_can_be_opened_again(tmp_path: Path) -> None:
    engine = FullEngine(tmp_path, pool_size=1 << 30)
    for _ in range(2):
        await engine.open()
        await engine.close()
    assert traces(tmp_path) == []


async def test_missing_mkfs_is_said_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sprites_local.engines.full.pool._SYSTEM_PATH", "")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EngineUnavailableError, match="install the package btrfs-progs"):
        await FullEngine(tmp_path / "data").open()
    assert traces(tmp_path) == []


def test_without_root_the_tier_says_so(tmp_path: Path) -> None:
    script = """
import asyncio, os, sys
from pathlib import Path
from sprites_local.engines.base import EngineUnavailableError
from sprites_local.engines.full import FullEngine
os.setgid(65534); os.setuid(65534)  # only now: `nobody` may not be able to import
try:
    asyncio.run(FullEngine(Path(sys.argv[1])).open())
except EngineUnavailableError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert "needs root" in done.stdout


async def test_a_private_python_runs_the_init(tmp_path: Path) -> None:
    engine = FullEngine(tmp_path, pool_size=1 << 30, python="private")
    await engine.open()
    try:
        await engine.create("s")
        await engine.start("s")
        machine = Machine(engine, "s")
        init = await machine.sh("readlink /proc/1/exe", user="root")
        assert init.text == "/.sprite/python/bin/python3\n"
        # Not that of the host's /usr, where there may be none, or another one.
        mapped = await machine.sh("grep -o '/.*libpython.*' /proc/1/maps", user="root")
        assert all(file.startswith("/.sprite/python/lib/") for file in mapped.text.splitlines())
        assert (await machine.sh("echo ${LD_LIBRARY_PATH-none}")).text == "none\n"
        assert (await machine.run("cat", stdin=b"works")).stdout == b"works"
        await engine.checkpoint("s", "v1")
        await engine.restore("s", "v1")
        assert (await machine.run("true")).code == 0
    finally:
        await engine.close()
    assert traces(tmp_path) == []


async def test_names_of_any_bytes(tmp_path: Path) -> None:
    """Of this pool and of others on the machine: all loop devices are looked at."""
    odd, plain = tmp_path / os.fsdecode(b"odd\xff"), tmp_path / "plain"
    engines = [FullEngine(directory, pool_size=1 << 30) for directory in (odd, plain)]
    for engine, directory in zip(engines, (odd, plain), strict=True):
        directory.mkdir()
        await engine.open()
    assert len(loop.devices_of(odd / "pool.img")) == 1
    for engine in reversed(engines):
        await engine.close()
    assert traces(odd) == traces(plain) == []


async def test_a_changed_host_gets_a_new_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in (1, 2):
        monkeypatch.setattr(skeleton, "FORMAT", version)
        engine = FullEngine(tmp_path, pool_size=1 << 30)
        await engine.open()
        try:
            bases = [n for n in engine._opened.pool.names(".") if n.startswith("base-")]
            assert len(bases) == 1
            if version == 1:
                await engine.create("old")
                first = bases
            await engine.start("old")
            assert (await Machine(engine, "old").run("true")).code == 0
        finally:
            await engine.close()
    assert bases != first


async def test_a_killed_helper_is_replaced(engine: FullEngine) -> None:
    await engine.create("s")
    await engine.start("s")
    helper = engine._opened.helper
    helper._process.kill()
    await asyncio.to_thread(helper._process.wait)

    await engine.stop("s")
    await engine.start("s")

    assert (await Machine(engine, "s").run("true")).code == 0
    await engine.destroy("s")


async def test_many_boots_at_once(engine: FullEngine) -> None:
    names = [f"m{n}" for n in range(8)]
    await asyncio.gather(*(engine.create(name) for name in names))
    await asyncio.gather(*(engine.start(name) for name in names))
    results = await asyncio.gather(*(Machine(engine, n).run("hostname") for n in names))
    assert [result.text for result in results] == [f"{name}\n" for name in names]
    await asyncio.gather(*(engine.checkpoint(name, "v1") for name in names))
    await asyncio.gather(*(engine.restore(name, "v1") for name in names))
    await asyncio.gather(*(engine.destroy(name) for name in names))


async def test_no_descriptor_is_lost(engine: FullEngine) -> None:
    async def cycle(name: str) -> None:
        await engine.create(name)
        await engine.start(name)
        machine: Any = Machine(engine, name)
        await machine.sh("echo x; echo y >&2")
        async with engine.files(name) as files:
            await files.list("/")
            os.close(await files.open("/etc/passwd", os.O_RDONLY))
        await engine.checkpoint(name, "v1")
        await engine.restore(name, "v1")
        await engine.destroy(name)

    await cycle("one")
    before = open_descriptors()
    for _ in range(3):
        await cycle("one")

    assert open_descriptors() == before
