"""Files and trees between this machine and a sprite, against servers that misbehave."""

import os
from pathlib import Path

import pytest

from sprites_facade import (
    APIConnectionError,
    APIStatusError,
    AsyncSprite,
    FileSystemError,
    Transfer,
    TransferProgress,
)
from tests.file_wire import BINARY, FileServer
from tests.wire import Exchange, Wire, replies

pytestmark = pytest.mark.anyio

DATA = bytes(range(256)) * 4


def server() -> FileServer:
    return FileServer({"/f": DATA, "/d/a": b"a"}, {"/", "/d", "/d/empty"})


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def broken(exchange: Exchange) -> None:
    exchange.head(200, BINARY, {"Content-Length": str(len(DATA))})
    exchange.send(DATA[:100])
    exchange.close()


async def test_a_download_survives_a_drop(wire: Wire, sprite: AsyncSprite, tmp_path: Path) -> None:
    """S3: it goes on where it broke, and tells how far it has come."""
    told: list[TransferProgress] = []
    there = server()
    wire.then(there, broken)
    wire.always(there)
    target = tmp_path / "f"
    done = await sprite.files.download("/f", target, progress=told.append)
    assert target.read_bytes() == DATA
    assert target.stat().st_mode & 0o777 == 0o640
    assert done == Transfer(files=1, directories=0, size=len(DATA))
    assert [step.transferred for step in told] == [100, len(DATA), len(DATA)]
    assert {(step.path, step.total, step.files_total) for step in told} == {("/f", len(DATA), 1)}
    assert [step.files_done for step in told] == [0, 0, 1]


async def test_a_failed_download_leaves_the_old_file(
    wire: Wire, sprite: AsyncSprite, tmp_path: Path
) -> None:
    """And no half of the new one."""
    there = server()
    wire.then(there, *[broken, there] * 4)
    wire.always(replies(503, "busy"))
    target = tmp_path / "f"
    target.write_bytes(b"old")
    with pytest.raises((APIConnectionError, APIStatusError)):
        await sprite.files.download("/f", target)
    assert (names(tmp_path), target.read_bytes()) == (["f"], b"old")


async def test_a_handler_that_raises_ends_a_transfer(
    wire: Wire, sprite: AsyncSprite, tmp_path: Path
) -> None:
    """Its own exception comes out, and nothing is left over on either side."""
    there = server()
    wire.always(there)
    local = tmp_path / "local"
    local.write_bytes(bytes(17 * 1024 * 1024))

    def stop(step: TransferProgress) -> None:
        if step.transferred >= 17 * 1024 * 1024 or step.path == "/f":
            raise KeyError

    with pytest.raises(KeyError):
        await sprite.files.download("/f", tmp_path / "f", progress=stop)
    with pytest.raises(KeyError):
        await sprite.files.upload(local, "/new", progress=stop)
    assert names(tmp_path) == ["local"]
    assert there.files.keys() == {"/f", "/d/a"}


@pytest.mark.parametrize("name", ["..", "../evil", "/etc/evil", ".", "", "a\x00b"])
async def test_a_name_cannot_lead_out_of_the_target(
    wire: Wire, sprite: AsyncSprite, tmp_path: Path, name: str
) -> None:
    """A server, or what it was told, is not trusted with the places on this machine."""
    top = replies(200, {"entries": [{"name": "d", "path": "/d", "isDir": True}]})
    evil = {"name": name, "path": "/d/x", "isDir": False, "size": 1}
    fine = {"name": "b", "path": "/d/b", "isDir": False, "size": 1}
    wire.then(top, replies(200, {"entries": [fine, evil]}))
    with pytest.raises(FileSystemError, match="a name that is none"):
        await sprite.files.download("/d", tmp_path / "d")
    assert names(tmp_path) == []


async def test_a_link_to_its_own_directory_ends(
    wire: Wire, sprite: AsyncSprite, tmp_path: Path
) -> None:
    """A tree of links could be walked for ever."""

    def endless(exchange: Exchange) -> None:
        path = exchange.request.query["path"][0]
        entry = {"name": "loop", "path": f"{path}/loop", "type": "symlink", "isDir": False}
        if path == "/":
            entry = {"name": "d", "path": "/d", "type": "directory", "isDir": True}
        exchange.reply(200, {"entries": [entry]})

    wire.always(endless)
    with pytest.raises(FileSystemError, match="too many levels") as caught:
        await sprite.files.download("/d", tmp_path / "d")
    assert caught.value.code == "ELOOP"
    assert names(tmp_path) == []


async def test_local_trees_that_cannot_be_uploaded(
    wire: Wire, sprite: AsyncSprite, tmp_path: Path
) -> None:
    """It is found out before anything is sent."""
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "again").symlink_to(tmp_path / "loop")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "fifo")
    for name in ("nothing", "loop", "pipe"):
        with pytest.raises(OSError):
            await sprite.files.upload(tmp_path / name, "/x")
    assert wire.requests == []


async def test_the_target_is_the_file_itself(
    wire: Wire, sprite: AsyncSprite, tmp_path: Path
) -> None:
    """A directory is not taken for a place to put it into, on either side."""
    there = server()
    wire.always(there)
    with pytest.raises(IsADirectoryError):
        await sprite.files.download("/f", tmp_path)
    (tmp_path / "tree").mkdir()
    with pytest.raises(NotADirectoryError):
        await sprite.files.upload(tmp_path / "tree", "/f")
    assert there.files["/f"] == DATA
