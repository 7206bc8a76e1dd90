"""The files of a sprite, and the wait for a sprite to be ready."""

import threading
from datetime import UTC, datetime

import pytest

from sprites_facade import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    AsyncSprite,
    AsyncSpritesClient,
    FileEntry,
    FileSystemError,
    NotFoundError,
    SpriteIsADirectoryError,
)
from tests.wire import Exchange, Wire, replies

pytestmark = pytest.mark.anyio

BINARY = "application/octet-stream"
MISSING = {"error": "no such file", "code": "ENOENT", "path": "/home/sprite/a"}


async def test_reading(wire: Wire, sprite: AsyncSprite) -> None:
    """Bytes as they are, text as UTF-8 unless told otherwise."""
    wire.then(
        replies(200, b"\x00\xff", content_type=BINARY),
        replies(200, "é".encode(), content_type=BINARY),
        replies(200, "é".encode("latin-1"), content_type=BINARY),
        replies(200, b"", content_type=BINARY),
    )
    assert await sprite.files.read_bytes("a b") == b"\x00\xff"
    assert await sprite.files.read_text("/b") == "é"
    assert await sprite.files.read_text("/b", "latin-1") == "é"
    assert await sprite.files.read_bytes("/b") == b""
    assert wire.lines[0] == "GET /v1/sprites/demo/fs/read"
    assert wire.requests[0].query == {"path": ["a b"], "workingDir": ["/home/sprite"]}


async def test_a_large_file_arrives_whole(wire: Wire, client: AsyncSpritesClient) -> None:
    """S3: a file is not limited by the bound on answers, only by silence."""
    data = bytes(range(256)) * 40_000
    wire.then(replies(200, data, content_type=BINARY))
    assert await client.files("demo").read_bytes("big") == data


async def test_a_file_that_breaks_off_is_read_again(wire: Wire, sprite: AsyncSprite) -> None:
    """P14: half a file is never returned."""

    def handler(exchange: Exchange) -> None:
        exchange.head(200, BINARY, {"Content-Length": "100"})
        exchange.send(b"half")
        exchange.close()

    wire.then(handler, replies(200, b"whole", content_type=BINARY), handler, handler, handler)
    assert await sprite.files.read_bytes("a") == b"whole"
    with pytest.raises(APIConnectionError):
        await sprite.files.read_bytes("a")


async def test_writing(wire: Wire, sprite: AsyncSprite) -> None:
    """The content is the body; the flag for parents goes by both names in use."""
    wire.always(replies(200, {"path": "/a", "size": 2, "mode": "0755"}))
    assert await sprite.files.write_bytes("a", b"\x00\x01", mode=0o755, parents=False) == 2
    assert await sprite.files.write_text("/b", "é") == 2
    first, second = wire.requests
    assert (first.line, first.body) == ("PUT /v1/sprites/demo/fs/write", b"\x00\x01")
    assert first.headers["content-type"] == BINARY
    assert first.query == {
        "path": ["a"],
        "workingDir": ["/home/sprite"],
        "mode": ["0755"],
        "mkdirParents": ["false"],
        "mkdir": ["false"],
    }
    assert (second.body, second.query["mkdir"]) == ("é".encode(), ["true"])


async def test_listing(wire: Wire, sprite: AsyncSprite) -> None:
    """Both spellings are understood, and null is an empty directory."""
    entry = {"name": "a", "path": "/a", "size": 3, "mode": "0644"}
    wire.then(
        replies(
            200,
            {
                "entries": [
                    {**entry, "isDir": False, "modTime": "2026-01-31T12:20:24Z", "type": "file"},
                    {"name": "b", "is_dir": True, "mod_time": None},
                    {"name": "c", "type": "directory", "size": "many"},
                ]
            },
        ),
        replies(200, {"entries": None}),
        replies(200, {"error": "?"}),
    )
    moment = datetime(2026, 1, 31, 12, 20, 24, tzinfo=UTC)
    assert await sprite.files.list("/") == [
        FileEntry(name="a", path="/a", size=3, mode="0644", modified_at=moment, type="file"),
        FileEntry(name="b", is_dir=True),
        FileEntry(name="c", type="directory", is_dir=True, extra={"size": "many"}),
    ]
    assert await sprite.files.list() == []
    with pytest.raises(APIResponseError):
        await sprite.files.list()


async def test_removing(wire: Wire, sprite: AsyncSprite) -> None:
    """The path is in the query, as all official clients send it."""
    wire.then(replies(200, {"deleted": ["/a"], "count": 1}))
    await sprite.files.remove("/a")
    assert wire.lines == ["DELETE /v1/sprites/demo/fs/delete"]
    assert wire.requests[0].query == {"path": ["/a"], "workingDir": ["/home/sprite"]}


async def test_errors_are_the_builtin_ones(wire: Wire, sprite: AsyncSprite) -> None:
    """Code that was written for local files keeps its except clauses."""
    wire.always(replies(404, MISSING))
    with pytest.raises(FileNotFoundError) as caught:
        await sprite.files.read_text("a")
    assert isinstance(caught.value, FileSystemError)
    assert caught.value.filename == "/home/sprite/a"
    with pytest.raises(FileNotFoundError):
        await sprite.files.remove("a")
    wire.always(replies(400, {"error": "is a directory", "code": "EISDIR", "path": "/a"}))
    with pytest.raises(SpriteIsADirectoryError):
        await sprite.files.write_text("a", "b")


async def test_a_sprite_is_ready_when_its_environment_answers(
    wire: Wire, sprite: AsyncSprite
) -> None:
    """Nothing inside is touched: only the list of sessions is asked for, until it comes twice."""

    def drop(exchange: Exchange) -> None:
        exchange.cut()

    good = replies(200, {"sessions": None})
    wire.then(replies(503, "starting\n", content_type="text/plain"), good, drop, good, good)
    await sprite.wait_ready(timeout=10)
    assert set(wire.lines) == {"GET /v1/sprites/demo/exec"}
    assert len(wire.requests) == 5


async def test_a_sprite_that_does_not_come_up_says_why(
    wire: Wire, client: AsyncSpritesClient
) -> None:
    """The deadline holds, and the last reason is the cause."""
    wire.always(replies(503, "no disk\n", content_type="text/plain"))
    with pytest.raises(APITimeoutError, match=r"not ready after 1\.0 s.*no disk"):
        await client.wait_ready("demo", timeout=1.0)


async def test_a_sprite_that_does_not_answer_is_not_ready(wire: Wire, sprite: AsyncSprite) -> None:
    """The deadline holds for a hanging request as well."""
    closed = threading.Event()

    def handler(exchange: Exchange) -> None:
        assert exchange.hung_up()
        closed.set()

    wire.then(handler)
    with pytest.raises(APITimeoutError):
        await sprite.wait_ready(timeout=0.1)
    assert closed.wait(5)


async def test_a_sprite_that_is_gone_never_gets_ready(wire: Wire, sprite: AsyncSprite) -> None:
    """There is nothing to wait for."""
    wire.then(replies(404, {"error": "sprite not found"}))
    with pytest.raises(NotFoundError):
        await sprite.wait_ready()
