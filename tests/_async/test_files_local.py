"""Files of a real sprite on the local server."""

import io
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sprites_facade import AsyncSprite, AsyncSpritesClient, FileSystemError, TransferProgress
from sprites_facade.testing import LocalServer

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
async def local(server: LocalServer) -> AsyncIterator[AsyncSprite]:
    async with AsyncSpritesClient(server.token, base_url=server.url) as client:
        sprite = await client.create_sprite(f"files-{uuid.uuid4().hex[:8]}")
        yield sprite
        await sprite.delete()


async def test_looking(local: AsyncSprite) -> None:
    """P24: files, directories, empty directories and links of a real system."""
    files = local.files
    await files.write_text("a/b.txt", "hello\n", mode=0o640)
    await files.mkdir("empty")
    links = "ln -s a/b.txt file; ln -s a tree; ln -s nothing broken; ln -s loop loop"
    await local.run_http(links, check=True)
    entry = await files.stat("a/b.txt")
    assert (entry.name, entry.type, entry.size, entry.mode) == ("b.txt", "file", 6, "0640")
    told = {
        name: (await files.exists(name), await files.is_dir(name), await files.is_symlink(name))
        for name in ("a", "a/b.txt", "empty", "file", "tree", "broken", "loop", "nothing", "/")
    }
    assert told == {
        "a": (True, True, False),
        "a/b.txt": (True, False, False),
        "empty": (True, True, False),
        "file": (True, False, True),
        "tree": (True, True, True),
        "broken": (False, False, True),
        "loop": (False, False, True),
        "nothing": (False, False, False),
        "/": (True, True, False),
    }
    assert (await files.stat("file")).size == 6
    assert await files.list("empty") == []
    assert [entry.name for entry in await files.list("tree")] == ["b.txt"]


async def test_directories(local: AsyncSprite) -> None:
    """P25, G10: a user's `.keep` survives, the mode is the directory's, nothing is left."""
    files = local.files
    await files.write_text("mine/.keep", "mine")
    with pytest.raises(FileExistsError):
        await files.mkdir("mine")
    await files.mkdir("mine", exist_ok=True)
    assert await files.read_text("mine/.keep") == "mine"
    await files.mkdir("new", mode=0o700)
    assert (await files.stat("new")).mode == "0700"
    assert await files.list("new") == []
    with pytest.raises(FileNotFoundError):
        await files.mkdir("x/y/z")
    await files.mkdir("x/y/z", parents=True)
    assert await files.is_dir("x/y/z")
    with pytest.raises(FileSystemError):
        await files.remove("x")
    await files.rmtree("x")
    assert not await files.exists("x")


async def test_links_to_what_cannot_be_read(local: AsyncSprite) -> None:
    """There is something: a pipe, a socket, a device."""
    listen = "import socket; socket.socket(socket.AF_UNIX).bind('socket')"
    make = "mkfifo pipe; ln -s pipe a; ln -s socket b; ln -s /dev/null c"
    await local.run_http(f'python3 -c "{listen}" && {make}', check=True)
    for name in "abc":
        assert await local.files.exists(name)
        assert not await local.files.is_dir(name)


async def test_touch(local: AsyncSprite) -> None:
    """P26: the time changes; bytes and permissions do not."""
    files = local.files
    await files.write_bytes("tool", b"#!/bin/sh\n", mode=0o755)
    await local.run_http(["touch", "-d", "2001-02-03", "tool"], check=True)
    before = await files.stat("tool")
    await files.touch("tool")
    after = await files.stat("tool")
    assert before.modified_at is not None
    assert after.modified_at is not None
    assert before.modified_at.year == 2001
    assert after.modified_at > before.modified_at
    assert (after.mode, after.size) == ("0755", 10)
    assert await files.read_bytes("tool") == b"#!/bin/sh\n"
    await files.touch("made", mode=0o600, exist_ok=False)
    assert ((await files.stat("made")).size, (await files.stat("made")).mode) == (0, "0600")


async def test_a_long_file(local: AsyncSprite) -> None:
    """Beyond the limit of one request: written through a file object, read from any place on."""
    block = os.urandom(MIB)
    async with local.files.open("big", "wb", permissions=0o741) as file:
        for _ in range(20):
            await file.write(block)
    assert (await local.files.stat("big")).mode == "0741"
    assert (await local.files.stat("big")).size == 20 * MIB
    async with local.files.open("big", "rb") as file:
        await file.seek(-MIB, io.SEEK_END)
        assert await file.read() == block
        await file.seek(7 * MIB + 5)
        assert await file.read(100) == block[5:105]
    names = {entry.name for entry in await local.files.list(".")}
    assert not [name for name in names if name.startswith(".sprites")]
    await local.files.write_bytes("big", bytes(17 * MIB))
    assert (await local.files.stat("big")).mode == "0741"


async def test_a_long_file_through_a_link(local: AsyncSprite) -> None:
    """The link stays one, as it does for a short file."""
    await local.files.write_text("real", "old", mode=0o600)
    await local.run_http(["ln", "-s", "real", "link"], check=True)
    await local.files.write_bytes("link", bytes(17 * MIB))
    assert await local.files.is_symlink("link")
    entry = await local.files.stat("real")
    assert (entry.size, entry.mode) == (17 * MIB, "0600")


async def test_a_tree_there_and_back(local: AsyncSprite, tmp_path: Path) -> None:
    """Content, permissions and empty directories are the same."""
    source = tmp_path / "source"
    (source / "sub" / "empty").mkdir(parents=True)
    (source / "sub" / "tool").write_bytes(b"#!/bin/sh\n")
    (source / "sub" / "tool").chmod(0o750)
    (source / "é \n.txt").write_text("text")
    (source / "link").symlink_to("sub/tool")
    (source / "sub" / "empty").chmod(0o500)
    told: list[TransferProgress] = []
    sent = await local.files.upload(source, "work/tree", progress=told.append)
    assert (sent.files, sent.directories, sent.size) == (3, 3, 24)
    assert (told[-1].files_done, told[-1].transferred, told[-1].total) == (3, 24, 24)
    got = await local.files.download("work/tree", tmp_path / "back")
    assert got == sent
    assert (tmp_path / "back" / "é \n.txt").read_text() == "text"
    assert (tmp_path / "back" / "link").read_bytes() == b"#!/bin/sh\n"
    assert (tmp_path / "back" / "sub" / "tool").stat().st_mode & 0o777 == 0o750
    assert list((tmp_path / "back" / "sub" / "empty").iterdir()) == []
    again = await local.files.upload(source, "work/tree")
    assert again == sent


async def test_moving_and_marking(local: AsyncSprite) -> None:
    """On a real system, with its errors."""
    files = local.files
    await files.write_text("a", "1")
    await files.copy("a", "b")
    await files.rename("a", "c")
    await files.chmod("c", 0o400)
    assert [entry.name for entry in await files.list(".", pattern="[abc]")] == ["b", "c"]
    assert (await files.stat("c")).mode == "0400"
    owner = int((await local.run_http(["id", "-u"])).stdout)
    await files.as_root().chown("c", owner)
    with pytest.raises(FileNotFoundError):
        await files.rename("a", "d")
    with pytest.raises(FileNotFoundError):
        await files.copy("a", "d")
    with pytest.raises(FileNotFoundError):
        await files.chmod("a", 0o600)
    with pytest.raises(IsADirectoryError):
        await files.read_text("/")


async def test_paths(local: AsyncSprite) -> None:
    """The view of pathlib on a real system."""
    home = local.path(".")
    await (home / "p" / "q").mkdir(parents=True)
    await (home / "p" / "q" / "x.py").write_text("x")
    found = [str(path) async for path in (home / "p").rglob("*.py")]
    assert found == ["p/q/x.py"]
    assert [path.name async for path in (home / "p").iterdir()] == ["q"]
    with pytest.raises(FileNotFoundError):
        await (home / "nowhere" / "x").write_text("x")


async def test_watching(local: AsyncSprite) -> None:
    """A change is told under the path that it was made under."""
    await local.files.mkdir("seen")
    async with local.files.watch("seen", recursive=True) as watch:
        await local.files.write_text("seen/a", "1")
        await local.files.remove("seen/a")
        told = set()
        while ("remove", "/home/sprite/seen/a") not in told:
            event = await watch.next(timeout=10)
            assert event is not None
            told.add((event.type, event.path))
    assert ("create", "/home/sprite/seen/a") in told
    with pytest.raises(FileNotFoundError):
        await local.files.watch("nothing")


async def test_watching_a_long_file_come(local: AsyncSprite) -> None:
    """Its parts, and what holds a directory that is being made, are nobody's business."""
    files = local.files
    async with files.watch(".", recursive=True) as watch:
        await files.mkdir("d")
        await files.write_bytes("d/long", bytes(17 * MIB))
        await files.write_bytes("d/end", b"")
        told = []
        while not told or told[-1] != ("create", "/home/sprite/d/end"):
            event = await watch.next(timeout=30)
            assert event is not None
            told.append((event.type, event.path))
    assert told[0] == ("create", "/home/sprite/d")
    assert told[1:-1] == [("create", "/home/sprite/d/long")]
