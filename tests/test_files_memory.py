"""S3: a large file goes through in flat memory, in both directions and both worlds."""

import subprocess
import sys
from pathlib import Path

import pytest

from sprites_facade.testing import LocalServer

MIB = 1024 * 1024
# What the buffers may take; the files are several times that.
BOUND = 48 * MIB

SYNC = """
from sprites_facade import SpritesClient
with SpritesClient() as client:
    sprite = client.sprite("big")
    sprite.files.write_text("warm", "up")
    sprite.files.download("warm", local + ".warm")
    before = peak()
    sprite.files.upload(local, "data")
    sprite.files.download("data", local + ".back")
    with sprite.files.open("data", "rb") as file:
        size = sum(len(piece) for piece in iter(lambda: file.read(1 << 20), b""))
"""
ASYNC = """
import asyncio
from sprites_facade import AsyncSpritesClient
async def main():
    async with AsyncSpritesClient() as client:
        sprite = client.sprite("big")
        await sprite.files.write_text("warm", "up")
        await sprite.files.download("warm", local + ".warm")
        before = peak()
        await sprite.files.upload(local, "data")
        await sprite.files.download("data", local + ".back")
        size = 0
        async with sprite.files.open("data", "rb") as file:
            while piece := await file.read(1 << 20):
                size += len(piece)
    return before, size
before, size = asyncio.run(main())
"""
# The peak is the process's own; that of `getrusage` would begin with that of its parent.
PROLOGUE = """
import re, sys
local = sys.argv[1]
def peak():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1]) * 1024
"""
EPILOGUE = """
print(size, peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
@pytest.mark.parametrize(
    ("program", "wanted"), [(SYNC, 200 * MIB), (ASYNC, 120 * MIB)], ids=["sync", "async"]
)
def test_memory_is_flat(program: str, wanted: int, tmp_path: Path) -> None:
    """S3, G10: of a large file no more than the buffers are in memory at any time."""
    source = tmp_path / "data"
    with source.open("wb") as file:
        file.truncate(wanted)
        file.seek(wanted // 2)
        file.write(b"in the middle")
    with LocalServer() as server, server.client() as client:
        client.create_sprite("big")
        done = subprocess.run(
            [sys.executable, "-c", PROLOGUE + program + EPILOGUE, source],
            env={"SPRITES_API_URL": server.url, "SPRITE_TOKEN": server.token},
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        client.delete_sprite("big")
    assert done.returncode == 0, done.stderr
    size, grown = map(int, done.stdout.split())
    assert size == wanted
    assert grown < BOUND, f"{grown / 1e6:.0f} MB"
    cmp = subprocess.run(["cmp", source, f"{source}.back"], check=False)
    assert cmp.returncode == 0
