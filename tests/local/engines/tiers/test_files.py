"""File operations act inside a sprite and nowhere else."""

import errno
import os
from pathlib import Path

import pytest

from sprites_local.engines.base import Files
from sprites_local.engines.common.engine import TreeEngine
from tests.local.engines.tiers.helpers import live, run

pytestmark = pytest.mark.anyio


async def _write(files: Files, path: str, data: bytes) -> None:
    fd = await files.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


async def _read(files: Files, path: str) -> bytes:
    fd = await files.open(path, os.O_RDONLY)
    try:
        return os.read(fd, 1 << 16)
    finally:
        os.close(fd)


async def test_commands_and_files_see_the_same(engine: TreeEngine, shared: str) -> None:
    """What one side writes the other reads, in both directions, with the same owner."""
    async with engine.files(shared) as files:
        await _write(files, "/home/sprite/in", b"from outside")
        script = "cat in && printf inside > out && chmod 640 out && test -O in"
        assert await run(engine, shared, script) == (0, "from outside", "")
        assert await _read(files, "/home/sprite/out") == b"inside"
        info = await files.stat("/home/sprite/out")
        assert (info.type, info.size, info.mode) == ("file", 6, 0o640)


async def test_owners_have_the_numbers_that_commands_see(engine: TreeEngine, shared: str) -> None:
    """A file can be given to whom it belongs, by the number from inside, and to nobody else."""
    async with engine.files(shared) as files:
        await _write(files, "/home/sprite/owned", b"")
        _, told, _ = await run(engine, shared, "echo $(id -u) $(id -g)")
        uid, gid = map(int, told.split())
        await files.chown("/home/sprite/owned", uid, gid)
        await files.chown("/home/sprite/owned", -1, gid)
        info = await files.stat("/home/sprite/owned")
        assert (info.uid, info.gid) == (uid, gid)
        if os.geteuid():
            with pytest.raises(PermissionError):
                await files.chown("/home/sprite/owned", uid + 1, gid)


async def test_a_file_goes_through_its_life(engine: TreeEngine, shared: str) -> None:
    """Directories, renames, modes and recursive removal work, and errors are the kernel's."""
    async with engine.files(shared) as files:
        await files.mkdir("/home/sprite/d")
        await _write(files, "/home/sprite/d/a", b"1")
        await files.rename("/home/sprite/d/a", "/home/sprite/d/b")
        await files.chmod("/home/sprite/d/b", 0o600)
        listed = [(info.path, info.mode) for info in await files.list("/home/sprite/d")]
        assert listed == [("/home/sprite/d/b", 0o600)]
        with pytest.raises(OSError) as not_empty:
            await files.remove("/home/sprite/d")
        assert not_empty.value.errno == errno.ENOTEMPTY
        gone = await files.remove("/home/sprite/d", recursive=True)
        assert gone == ["/home/sprite/d/b", "/home/sprite/d"]
        with pytest.raises(FileNotFoundError):
            await files.stat("/home/sprite/d")


@pytest.mark.parametrize("target", ["absolute", "relative"])
async def test_links_lead_nowhere_outside(
    engine: TreeEngine, shared: str, tmp_path: Path, target: str
) -> None:
    """A link or a row of `..` to a file of the host finds the sprite's own tree only."""
    secret = tmp_path / "secret"
    secret.write_text("host")
    link = live(engine, shared) / f"home/sprite/{target}"
    link.symlink_to(secret if target == "absolute" else f"{'../' * 40}{secret}")
    async with engine.files(shared) as files:
        for path in (f"/home/sprite/{target}", f"/{'../' * 40}{secret}"):
            with pytest.raises(OSError):
                await _read(files, path)
            with pytest.raises(OSError):
                await _write(files, path, b"overwritten")
        with pytest.raises(OSError):
            await files.list(f"/home/sprite/{target}/..")
    assert secret.read_text() == "host"


async def test_devices_of_the_kernel_are_no_way_out(engine: TreeEngine, shared: str) -> None:
    """The magic links below /proc do not lead to another root."""
    async with engine.files(shared) as files:
        for path in ("/proc/self/root/etc/passwd", "/proc/1/root/etc/passwd", "/proc/self/cwd"):
            with pytest.raises(OSError):
                await _read(files, path)
