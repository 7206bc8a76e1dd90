"""What outlives a server: told from what does not, and never harmed."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sprites_local.engines.base import EngineError, Process
from sprites_local.engines.full import FullEngine
from sprites_local.engines.full.cgroup import find_hierarchies
from sprites_local.engines.full.host import group_name
from sprites_local.engines.full.processes import find_init
from sprites_local.init import helper
from tests.local.engines.full.conftest import traces
from tests.local.needs import needs_criu, needs_full_tier

pytestmark = [
    pytest.mark.anyio,
    needs_full_tier,
]

SERVER = """
import asyncio, sys
from pathlib import Path
from sprites_local.engines.base import Command
from sprites_local.engines.full import FullEngine

# Large, so that writing it down takes a while.
COUNT = '''
import os, time
held = [os.urandom(1 << 20) for _ in range(int(os.environ["MB"]))]
n = 0
while True:
    n += 1
    print(n, flush=True)
    time.sleep(0.01)
'''

async def main():
    engine = FullEngine(Path(sys.argv[1]), pool_size=1 << 30, grace=30)
    await engine.open()
    await engine.recover({})
    await engine.create("s")
    await engine.start("s")
    environment = {"PATH": "/usr/bin", "MB": sys.argv[2]}
    command = Command(("python3", "-c", COUNT), environment, "/", note="n")
    process = await engine.spawn("s", command)
    await anext(process.stdout())
    if sys.argv[3] == "dump":
        await engine.checkpoint("s", "v1", still=lambda: print("still", flush=True))
    print("done", flush=True)
    await asyncio.sleep(100)

asyncio.run(main())
"""


def serve(directory: Path, megabytes: int, what: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SERVER, str(directory), str(megabytes), what]
    server = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == (b"still\n" if what == "dump" else b"done\n")
    return server


async def counts_on(process: Process) -> None:
    """Read until it has printed something new, with nothing missing since it was adopted."""
    numbers: list[int] = []
    async for _, data in process.stdout():
        numbers += map(int, data.split())
        if len(numbers) > 20:
            break
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def adopted(directory: Path) -> AsyncIterator[FullEngine]:
    engine = FullEngine(directory)
    await engine.open()
    try:
        await engine.recover({"s": []})
        yield engine
    finally:
        await engine.close()
    assert traces(directory) == []


@pytest.mark.parametrize("name", [b"\xff\xa0\xe9", b"NSpid:%d 1"])
def test_no_name_of_a_process_passes_for_the_init(tmp_path: Path, name: bytes) -> None:
    """A program in a sprite chooses its own."""
    script = """
import os, sys
name = os.fsencode(sys.argv[1])
with open("/proc/self/comm", "wb") as file:
    file.write(name % os.getpid() if b"%" in name else name)
print(flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        (tmp_path / "cgroup.procs").write_text(f"{process.pid}\n")
        with pytest.raises(EngineError, match="has no init"):
            find_init(tmp_path)
        process.communicate(b"\n")


@needs_criu
@pytest.mark.parametrize(("megabytes", "delay"), [(1, 0.05), (1, 0.12), (200, 0.1)])
async def test_a_dump_that_is_cut_off_harms_nobody(
    tmp_path: Path, megabytes: int, delay: float
) -> None:
    """CRIU comes to its end without its server, and the sprite runs on."""
    with serve(tmp_path, megabytes, "dump") as server:
        await asyncio.sleep(delay)  # the moment of the kill
        server.kill()
    async for engine in adopted(tmp_path):
        (process,) = await engine.sessions("s")
        assert (process.note, process.returncode) == ("n", None)
        await counts_on(process)
        assert engine._opened.groups.operated() == []
        assert not engine._opened.store.has_checkpoint("s", "v1")


async def test_the_sprite_runs_on_while_nobody_is_there(tmp_path: Path) -> None:
    """What the server had stopped, its helper lets go."""
    with serve(tmp_path, 0, "") as server:
        unified = find_hierarchies().unified
        assert unified is not None
        group = unified / group_name(tmp_path) / "s"
        (group / "cgroup.freeze").write_text("1")
        server.kill()
    deadline = time.monotonic() + 10
    while (group / "cgroup.freeze").read_text() != "0\n":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    async for engine in adopted(tmp_path):
        (process,) = await engine.sessions("s")
        await counts_on(process)


def hold(path: Path, owner: str) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.pwrite(lock, owner.encode(), 0)
    return lock


def test_a_helper_that_nobody_follows_gets_the_lock(tmp_path: Path) -> None:
    lock = hold(tmp_path / "lock", "first")
    assert helper.outlive(lock, "first", 0.1)
    with pytest.raises(BlockingIOError):
        hold(tmp_path / "lock", "second")


def test_a_helper_leaves_the_lock_to_a_next_server(tmp_path: Path) -> None:
    lock = hold(tmp_path / "lock", "first")
    mine = os.dup(lock)
    os.close(lock)
    copy = os.dup(mine)
    os.close(mine)
    assert not outlived_by(tmp_path / "lock", copy, ends=False)


def test_a_next_server_that_died_too_has_a_helper_of_its_own(tmp_path: Path) -> None:
    """The first one's must not end what the second one's time is not over for."""
    lock = hold(tmp_path / "lock", "first")
    assert not outlived_by(tmp_path / "lock", lock, ends=True)


def outlived_by(path: Path, lock: int, *, ends: bool) -> bool:
    """Let a second server come, and perhaps end, before a helper looks."""
    real = helper.time.sleep

    def come(_: float) -> None:
        second = hold(path, "second")
        if ends:
            os.close(second)

    helper.time.sleep = come  # type: ignore[assignment]
    try:
        return helper.outlive(lock, "first", 5)
    finally:
        helper.time.sleep = real


INIT = """
import os, socket, sys
from sprites_local.init import pid1
init = pid1.Init(patience=0.2)
if len(sys.argv) > 1:
    init.welcome(socket.socket(fileno=int(sys.argv[1])))
print("runs", flush=True)
init.run()
"""


def test_an_init_that_no_host_is_connected_to_ends() -> None:
    """In case that helper and server were both killed."""
    done = subprocess.run([sys.executable, "-c", INIT], timeout=30, check=True, capture_output=True)
    assert done.stdout == b"runs\n"


def test_an_init_stays_while_a_host_is_connected() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [sys.executable, "-c", INIT, str(theirs.fileno())]
        with subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.PIPE) as init:
            theirs.close()
            with pytest.raises(subprocess.TimeoutExpired):
                init.wait(1)
            ours.close()
            assert init.wait(30) == 0
