"""File operations through the agent inside a sprite."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from sprites_local.engines.base import Command, EngineError

pytestmark = pytest.mark.anyio
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


async def until_it_fails(files: Any) -> None:
    while True:
        await files.stat("/")


async def put(files: Any, path: str, data: bytes, mode: int = 0o644) -> None:
    fd = await files.open(path, WRITE, mode)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


async def get(files: Any, path: str) -> bytes:
    fd = await files.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 1 << 20)
    finally:
        os.close(fd)


async def test_what_the_host_writes_the_command_reads_and_back(machine: Any) -> None:
    async with machine.engine.files(machine.name) as files:
        await put(files, "/home/sprite/a", b"from outside", 0o600)
        result = await machine.sh("cat ~/a; stat -c '%U %a' ~/a; echo inside > ~/a")

        assert result.text == "from outsidesprite 600\n"
        assert await get(files, "/home/sprite/a") == b"inside\n"
        info = await files.stat("/home/sprite/a")
        assert (info.type, info.size, info.mode, info.uid, info.name) == (
            "file",
            7,
            0o600,
            1000,
            "a",
        )
        assert await files.remove("/home/sprite/a") == ["/home/sprite/a"]


async def test_the_user_sprite_may_do_what_it_may(machine: Any) -> None:
    async with machine.engine.files(machine.name) as files:
        for attempt in (
            files.open("/etc/passwd", os.O_RDWR),
            files.open("/etc/shadow", os.O_RDONLY),
            files.mkdir("/root/x"),
            files.list("/root"),
            files.remove("/etc/hostname"),
            files.chown("/home/sprite", 0, 0),
            files.chmod("/etc", 0o777),
        ):
            with pytest.raises(PermissionError):
                await attempt


async def test_root_of_the_sprite_may_more_also_in_usr(machine: Any) -> None:
    async with machine.engine.files(machine.name, as_root=True) as files:
        await put(files, "/usr/local/bin/hello", b"#!/bin/sh\necho hello\n", 0o755)
        assert (await machine.run("hello")).text == "hello\n"
        await files.chown("/usr/local/bin/hello", 1000, -1)
        await files.chmod("/usr/local/bin/hello", 0o4711)
        info = await files.stat("/usr/local/bin/hello")
        assert (info.uid, info.gid, info.mode) == (1000, 0, 0o4711)
        await files.remove("/usr/local/bin/hello")
    assert not Path("/usr/local/bin/hello").exists()  # noqa: ASYNC240


async def test_listing(machine: Any) -> None:
    async with machine.engine.files(machine.name) as files:
        await files.mkdir("/tmp/d", 0o700)
        await machine.sh(
            "cd /tmp/d; echo x > f; mkdir s; ln -s f l; mkfifo p; touch $(printf 'n\\377')"
        )
        entries = await files.list("/tmp/d")

        assert [(e.path, e.type) for e in entries] == [
            ("/tmp/d/f", "file"),
            ("/tmp/d/l", "symlink"),
            ("/tmp/d/n\udcff", "file"),
            ("/tmp/d/p", "other"),
            ("/tmp/d/s", "directory"),
        ]
        assert (await files.stat("/tmp/d/l", follow=False)).type == "symlink"
        assert (await files.stat("/tmp/d/l")).type == "file"
        removed = await files.remove("/tmp/d", recursive=True)
        assert removed[-1] == "/tmp/d"
        assert len(removed) == 6


async def test_a_large_directory_and_a_deep_tree(machine: Any) -> None:
    script = (
        "mkdir /tmp/many && cd /tmp/many && seq -f 'file-with-a-long-name-%g' 3500 | xargs touch"
    )
    await machine.sh(script)
    await machine.sh("cd /tmp; for i in $(seq 300); do mkdir d && cd d; done; touch bottom")
    async with machine.engine.files(machine.name) as files:
        assert len(await files.list("/tmp/many")) == 3500
        assert len(await files.remove("/tmp/many", recursive=True)) == 3501
        assert len(await files.remove("/tmp/d", recursive=True)) == 301


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("/tmp/fifo", errno.EINVAL),
        ("/dev/null", errno.EINVAL),
        ("/dev/tty", errno.EINVAL),
        ("/tmp", errno.EISDIR),
        ("/", errno.EISDIR),
        ("/tmp/none/x", errno.ENOENT),
        ("/etc/passwd/x", errno.ENOTDIR),
        ("/tmp/loop", errno.ELOOP),
        ("/tmp/" + "x" * 300, errno.ENAMETOOLONG),
        ("relative", errno.EINVAL),
        ("/tmp/a\0b", errno.EINVAL),
    ],
)
async def test_only_regular_files_are_opened(machine: Any, name: str, number: int) -> None:
    await machine.sh("mkfifo -m 666 /tmp/fifo; ln -sfn loop /tmp/loop")
    async with machine.engine.files(machine.name, as_root=True) as files:
        for flags in (os.O_RDONLY, WRITE):
            with pytest.raises(OSError) as caught:
                await asyncio.wait_for(files.open(name, flags), 5)
            assert caught.value.errno == number


async def test_errors_name_the_path(machine: Any) -> None:
    async with machine.engine.files(machine.name) as files:
        with pytest.raises(FileNotFoundError) as caught:
            await files.stat("/tmp/not-there")
        assert caught.value.filename == "/tmp/not-there"
        with pytest.raises(FileExistsError):
            await files.mkdir("/tmp")
        with pytest.raises(OSError, match="busy"):
            await files.remove("/", recursive=True)


async def test_no_link_leads_to_the_host(machine: Any, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("planted")
    up = "/".join([".."] * 30)
    await machine.sh(
        f"cd /tmp; ln -sfn {tmp_path} absolute; ln -sfn {up}{tmp_path} relative; "
        f"ln -sfn /proc/1/root{tmp_path} magic; ln -sfn {tmp_path}/secret direct",
        user="root",
    )
    paths = [f"/tmp/{name}/secret" for name in ("absolute", "relative", "magic")]
    paths += ["/tmp/direct", f"/{up}{tmp_path}/secret", f"/proc/self/root{tmp_path}/secret"]
    async with machine.engine.files(machine.name, as_root=True) as files:
        for path in paths:
            with pytest.raises(OSError):
                await get(files, path)
            with pytest.raises(OSError):
                await put(files, path, b"overwritten")
    assert (tmp_path / "secret").read_text() == "planted"


async def test_swapped_links_never_lead_out(machine: Any, tmp_path: Path) -> None:
    """A sprite swaps a directory and a link to the host's secret while the agent works."""
    (tmp_path / "file").write_text("planted")
    script = f"""
import os
os.makedirs("/srv/real", exist_ok=True); open("/srv/real/file", "w").write("mine")
os.symlink("real", "/srv/d"); print("ready", flush=True)
while not os.path.exists("/srv/stop"):
    os.symlink({str(tmp_path)!r}, "/srv/new"); os.replace("/srv/new", "/srv/d")
    os.symlink("real", "/srv/new"); os.replace("/srv/new", "/srv/d")
"""
    finder = 'exec "$(command -v python3 || echo /.sprite/python/bin/python3)" -c "$0"'
    swapper = await machine.engine.spawn(
        machine.name,
        Command(argv=("sh", "-c", finder, script), env={"PATH": "/usr/bin"}, cwd="/", user="root"),
    )
    assert await anext(swapper.stdout()) == (1, b"ready\n")
    seen: set[bytes | int | None] = set()
    async with machine.engine.files(machine.name, as_root=True) as files:
        for _ in range(300):
            try:
                seen.add(await get(files, "/srv/d/file"))
            except OSError as error:
                seen.add(error.errno)
        await put(files, "/srv/stop", b"")
    assert await swapper.wait() == 0

    assert seen <= {b"mine", errno.ENOENT, errno.ELOOP}
    assert b"mine" in seen


async def test_rename_replaces(machine: Any) -> None:
    async with machine.engine.files(machine.name) as files:
        await put(files, "/tmp/one", b"1")
        await put(files, "/tmp/two", b"2")
        await files.rename("/tmp/one", "/tmp/two")
        assert await get(files, "/tmp/two") == b"1"
        with pytest.raises(FileNotFoundError):
            await files.stat("/tmp/one")


async def test_agents_are_reused_and_work_side_by_side(machine: Any) -> None:
    async def work(number: int) -> bytes:
        async with machine.engine.files(machine.name) as files:
            await put(files, f"/tmp/w{number}", str(number).encode())
            return await get(files, f"/tmp/w{number}")

    results = await asyncio.gather(*(work(n) for n in range(20)))

    assert results == [str(n).encode() for n in range(20)]
    result = await machine.sh("ps -e -o comm= | grep -c python", user="root")
    assert result.text == "1\n"  # PID 1: agents are not in the sprite's pid namespace


async def test_files_of_a_stopped_sprite(fresh: Any) -> None:
    async with fresh.engine.files(fresh.name) as files:
        await fresh.engine.stop(fresh.name)
        with pytest.raises(EngineError, match="stopped"):
            await files.stat("/")
    with pytest.raises(EngineError, match="does not run"):
        fresh.engine.files(fresh.name)


async def test_a_killed_agent_is_replaced(fresh: Any) -> None:
    async with fresh.engine.files(fresh.name) as files:
        await files.stat("/")
        group = fresh.engine._opened.groups.sprite(fresh.name)
        (group.path / "agents" / "cgroup.kill").write_text("1")
        with pytest.raises(EngineError, match="stopped"):
            await until_it_fails(files)
    async with fresh.engine.files(fresh.name) as files:
        assert (await files.stat("/")).type == "directory"
    assert fresh.engine.is_running(fresh.name)


async def test_a_descriptor_is_the_servers_own(machine: Any) -> None:
    async with machine.engine.files(machine.name) as files:
        fd = await files.open("/tmp/own", WRITE)
    try:
        assert stat.S_ISREG(os.fstat(fd).st_mode)
        assert not os.get_inheritable(fd)
        assert os.get_blocking(fd)
    finally:
        os.close(fd)


async def test_a_cancelled_operation_does_not_confuse_the_next(machine: Any) -> None:
    for _ in range(10):
        async with machine.engine.files(machine.name) as files:
            task = asyncio.create_task(files.list("/usr/bin"))
            await asyncio.wait({task}, timeout=0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with machine.engine.files(machine.name) as files:
            assert (await files.stat("/etc")).path == "/etc"
