# Written by scripts/unasync.py from tests/_async/test_files_local.py. Do not edit.
"""Files of a real sprite on the local server."""

import io
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sprites_facade import FileSystemError, Sprite, SpritesClient, TransferProgress
from sprites_facade.testing import LocalServer

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
def local(server: LocalServer) -> Iterator[Sprite]:
    with SpritesClient(server.token, base_url=server.url) as client:
        sprite = client.create_sprite(f"files-{uuid.uuid4().hex[:8]}")
        yield sprite
        sprite.delete()


def test_looking(local: Sprite) -> None:
    """P24: files, directories, empty directories and links of a real system."""
    files = local.files
    files.write_text("a/b.txt", "hello\n", mode=0o640)
    files.mkdir("empty")
    links = "ln -s a/b.txt file; ln -s a tree; ln -s nothing broken; ln -s loop loop"
    local.run_http(links, check=True)
    entry = files.stat("a/b.txt")
    assert (entry.name, entry.type, entry.size, entry.mode) == ("b.txt", "file", 6, "0640")
    told = {
        name: (files.exists(name), files.is_dir(name), files.is_symlink(name))
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
    assert (files.stat("file")).size == 6
    assert files.list("empty") == []
    assert [entry.name for entry in files.list("tree")] == ["b.txt"]


def test_directories(local: Sprite) -> None:
    """P25, G10: a user's `.keep` survives, the mode is the directory's, nothing is left."""
    files = local.files
    files.write_text("mine/.keep", "mine")
    with pytest.raises(FileExistsError):
        files.mkdir("mine")
    files.mkdir("mine", exist_ok=True)
    assert files.read_text("mine/.keep") == "mine"
    files.mkdir("new", mode=0o700)
    assert (files.stat("new")).mode == "0700"
    assert files.list("new") == []
    with pytest.raises(FileNotFoundError):
        files.mkdir("x/y/z")
    files.mkdir("x/y/z", parents=True)
    assert files.is_dir("x/y/z")
    with pytest.raises(FileSystemError):
        files.remove("x")
    files.rmtree("x")
    assert not files.exists("x")


def test_links_to_what_cannot_be_read(local: Sprite) -> None:
    """There is something: a pipe, a socket, a device."""
    listen = "import socket; socket.socket(socket.AF_UNIX).bind('socket')"
    make = "mkfifo pipe; ln -s pipe a; ln -s socket b; ln -s /dev/null c"
    local.run_http(f'python3 -c "{listen}" && {make}', check=True)
    for name in "abc":
        assert local.files.exists(name)
        assert not local.files.is_dir(name)


def test_touch(local: Sprite) -> None:
    """P26: the time changes; bytes and permissions do not."""
    files = local.files
    files.write_bytes("tool", b"#!/bin/sh\n", mode=0o755)
    local.run_http(["touch", "-d", "2001-02-03", "tool"], check=True)
    before = files.stat("tool")
    files.touch("tool")
    after = files.stat("tool")
    assert before.modified_at is not None
    assert after.modified_at is not None
    assert before.modified_at.year == 2001
    assert after.modified_at > before.modified_at
    assert (after.mode, after.size) == ("0755", 10)
    assert files.read_bytes("tool") == b"#!/bin/sh\n"
    files.touch("made", mode=0o600, exist_ok=False)
    assert ((files.stat("made")).size, (files.stat("made")).mode) == (0, "0600")


def test_a_long_file(local: Sprite) -> None:
    """Beyond the limit of one request: written through a file object, read from any place on."""
    block = os.urandom(MIB)
    with local.files.open("big", "wb", permissions=0o741) as file:
        for _ in range(20):
            file.write(block)
    assert (local.files.stat("big")).mode == "0741"
    assert (local.files.stat("big")).size == 20 * MIB
    with local.files.open("big", "rb") as file:
        file.seek(-MIB, io.SEEK_END)
        assert file.read() == block
        file.seek(7 * MIB + 5)
        assert file.read(100) == block[5:105]
    names = {entry.name for entry in local.files.list(".")}
    assert not [name for name in names if name.startswith(".sprites")]
    local.files.write_bytes("big", bytes(17 * MIB))
    assert (local.files.stat("big")).mode == "0741"


def test_a_long_file_through_a_link(local: Sprite) -> None:
    """The link stays one, as it does for a short file."""
    local.files.write_text("real", "old", mode=0o600)
    local.run_http(["ln", "-s", "real", "link"], check=True)
    local.files.write_bytes("link", bytes(17 * MIB))
    assert local.files.is_symlink("link")
    entry = local.files.stat("real")
    assert (entry.size, entry.mode) == (17 * MIB, "0600")


def test_a_tree_there_and_back(local: Sprite, tmp_path: Path) -> None:
    """Content, permissions and empty directories are the same."""
    source = tmp_path / "source"
    (source / "sub" / "empty").mkdir(parents=True)
    (source / "sub" / "tool").write_bytes(b"#!/bin/sh\n")
    (source / "sub" / "tool").chmod(0o750)
    (source / "é \n.txt").write_text("text")
    (source / "link").symlink_to("sub/tool")
    (source / "sub" / "empty").chmod(0o500)
    told: list[TransferProgress] = []
    sent = local.files.upload(source, "work/tree", progress=told.append)
    assert (sent.files, sent.directories, sent.size) == (3, 3, 24)
    assert (told[-1].files_done, told[-1].transferred, told[-1].total) == (3, 24, 24)
    got = local.files.download("work/tree", tmp_path / "back")
    assert got == sent
    assert (tmp_path / "back" / "é \n.txt").read_text() == "text"
    assert (tmp_path / "back" / "link").read_bytes() == b"#!/bin/sh\n"
    assert (tmp_path / "back" / "sub" / "tool").stat().st_mode & 0o777 == 0o750
    assert list((tmp_path / "back" / "sub" / "empty").iterdir()) == []
    again = local.files.upload(source, "work/tree")
    assert again == sent


def test_moving_and_marking(local: Sprite) -> None:
    """On a real system, with its errors."""
    files = local.files
    files.write_text("a", "1")
    files.copy("a", "b")
    files.rename("a", "c")
    files.chmod("c", 0o400)
    assert [entry.name for entry in files.list(".", pattern="[abc]")] == ["b", "c"]
    assert (files.stat("c")).mode == "0400"
    owner = int((local.run_http(["id", "-u"])).stdout)
    files.as_root().chown("c", owner)
    with pytest.raises(FileNotFoundError):
        files.rename("a", "d")
    with pytest.raises(FileNotFoundError):
        files.copy("a", "d")
    with pytest.raises(FileNotFoundError):
        files.chmod("a", 0o600)
    with pytest.raises(IsADirectoryError):
        files.read_text("/")


def test_paths(local: Sprite) -> None:
    """The view of pathlib on a real system."""
    home = local.path(".")
    (home / "p" / "q").mkdir(parents=True)
    (home / "p" / "q" / "x.py").write_text("x")
    found = [str(path) for path in (home / "p").rglob("*.py")]
    assert found == ["p/q/x.py"]
    assert [path.name for path in (home / "p").iterdir()] == ["q"]
    with pytest.raises(FileNotFoundError):
        (home / "nowhere" / "x").write_text("x")


def test_watching(local: Sprite) -> None:
    """A change is told under the path that it was made under."""
    local.files.mkdir("seen")
    with local.files.watch("seen", recursive=True) as watch:
        local.files.write_text("seen/a", "1")
        local.files.remove("seen/a")
        told = set()
        while ("remove", "/home/sprite/seen/a") not in told:
            event = watch.next(timeout=10)
            assert event is not None
            told.add((event.type, event.path))
    assert ("create", "/home/sprite/seen/a") in told
    with pytest.raises(FileNotFoundError):
        local.files.watch("nothing")


def test_watching_a_long_file_come(local: Sprite) -> None:
    """Its parts, and what holds a directory that is being made, are nobody's business."""
    files = local.files
    with files.watch(".", recursive=True) as watch:
        files.mkdir("d")
        files.write_bytes("d/long", bytes(17 * MIB))
        files.write_bytes("d/end", b"")
        told = []
        while not told or told[-1] != ("create", "/home/sprite/d/end"):
            event = watch.next(timeout=30)
            assert event is not None
            told.append((event.type, event.path))
    assert told[0] == ("create", "/home/sprite/d")
    assert told[1:-1] == [("create", "/home/sprite/d/long")]
