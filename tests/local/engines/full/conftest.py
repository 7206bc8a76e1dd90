"""A real engine per module, in a directory that is thrown away; nothing of it may be left."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import frozen

from sprites_local.engines.base import Command
from sprites_local.engines.full import FullEngine, host, loop

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/home/sprite",
    "LANG": "C.UTF-8",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    reason = "the full tier needs root on Linux"
    if sys.platform != "linux" or os.geteuid() != 0:
        for item in items:
            if here in item.path.parents and "engine" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason=reason))


def traces(directory: Path) -> list[str]:
    """Name everything on this machine that an engine on `directory` left behind."""
    found = loop.devices_of(directory / "pool.img")
    group = host.group_name(directory)
    mounts = [line.split()[1] for line in _read(Path("/proc/self/mounts")).splitlines()]
    found += [
        f"{m}/{group}"
        for m in mounts
        if m.startswith("/sys/fs/cgroup/") and Path(m, group).exists()
    ]
    for table in Path("/proc").glob("[0-9]*/mounts"):
        try:
            text = _read(table)
        except OSError:
            continue
        found += [f"{table}: {line}" for line in text.splitlines() if str(directory) in line]
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = _read(process)
        except OSError:
            continue
        if str(directory) in text and int(process.parent.name) != os.getpid():
            found.append(f"{process}: {text}")
    return found


def _read(table: Path) -> str:
    """Read what the kernel tells, in which there may be names of any bytes."""
    return table.read_text(errors="surrogateescape")


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@frozen
class Result:
    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        return self.stdout.decode()


@frozen
class Machine:
    """A booted sprite and short words for it."""

    engine: FullEngine
    name: str

    async def run(
        self,
        *argv: str,
        user: str = "sprite",
        stdin: bytes | None = b"",
        cwd: str = "/",
        env: dict[str, str] | None = None,
    ) -> Result:
        command = Command(
            argv=argv,
            env={**ENVIRONMENT, **(env or {})},
            cwd=cwd,
            user="root" if user == "root" else "sprite",
        )
        process = await self.engine.spawn(self.name, command)
        if stdin is not None:
            await process.write(stdin)
            await process.close_stdin()
        chunks: dict[int, bytes] = {1: b"", 2: b""}
        async for stream, data in process.stdout():
            chunks[stream] += data
        return Result(await process.wait(), chunks[1], chunks[2])

    async def sh(self, script: str, user: str = "sprite") -> Result:
        return await self.run("sh", "-c", script, user=user)

    async def python(self, script: str, *args: str, user: str = "sprite") -> Result:
        finder = 'exec "$(command -v python3 || echo /.sprite/python/bin/python3)" "$@"'
        return await self.run("sh", "-c", finder, "sh", "-c", script, *args, user=user)


@asynccontextmanager
async def opened(engine: FullEngine) -> AsyncIterator[None]:
    """Open an engine on a new directory, and close it at the end."""
    await engine.open()
    try:
        await engine.recover({})
        yield
    finally:
        await engine.close()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="module")
def clean_machine(directory: Path) -> Iterator[None]:
    yield
    assert traces(directory) == []


@pytest.fixture(scope="module")
async def engine(directory: Path, clean_machine: None) -> AsyncIterator[FullEngine]:
    engine = FullEngine(
        directory,
        pool_size=2 << 30,
        memory_limit=512 << 20,
        process_limit=400,
        process_state="off",
    )
    async with opened(engine):
        yield engine


@pytest.fixture(scope="module")
async def machine(engine: FullEngine) -> Machine:
    """One sprite for all tests of a module that leave it as it was."""
    await engine.create("shared", hostname="my-sprite")
    await engine.start("shared")
    return Machine(engine, "shared")


@pytest.fixture
async def fresh(engine: FullEngine, request: pytest.FixtureRequest) -> AsyncIterator[Machine]:
    """A sprite for one test."""
    name = f"s{abs(hash(request.node.nodeid))}"
    await engine.create(name)
    await engine.start(name)
    yield Machine(engine, name)
    await engine.destroy(name)
