"""Writing files: all at once, or not at all; longer ones in parts."""

import hashlib
import io
import posixpath
import random

import httpx
import pytest

from sprites_facade import (
    AsyncFileWriter,
    AsyncSprite,
    AsyncSpritesClient,
    FileSystemError,
    TextFile,
)
from tests.file_wire import FileServer
from tests.wire import Exchange, Wire, replies

pytestmark = pytest.mark.anyio

LIMIT = 16 * 1024 * 1024
PART = 8 * 1024 * 1024


class Joining(FileServer):
    """A file server whose sprite puts parts together, or fails to."""

    def on_exec(self, exchange: Exchange) -> None:
        cwd, name = exchange.request.query["dir"][0], exchange.request.query["cmd"][-2]
        whole = posixpath.normpath(posixpath.join(cwd, name))
        count = int(exchange.request.query["cmd"][-1])
        data = b"".join(self.files.pop(f"{whole}.{number}") for number in range(count))
        if not self.code:
            self.files[whole] = data
            checksum = self.error.decode() or hashlib.sha256(data).hexdigest()
            self.output = f"  {len(data)}\n{checksum}  -\n".encode()
        self.error = b""
        super().on_exec(exchange)


def server(**options: object) -> Joining:
    return Joining({"/f": b"old"}, {"/"}, **options)  # type: ignore[arg-type]


def verbs(wire: Wire) -> list[str]:
    return [request.path.rpartition("/")[2] for request in wire.requests]


async def test_what_fits_is_one_request(wire: Wire, sprite: AsyncSprite) -> None:
    """The server replaces the file in one step then; 16 MiB are the most."""
    there = server()
    wire.always(there)
    assert await sprite.files.write_bytes("/f", bytes(LIMIT)) == LIMIT
    async with sprite.files.open("/g", "wb", permissions=0o700) as file:
        assert isinstance(file, AsyncFileWriter)
        for data in (b"a", bytearray(b"b"), memoryview(b"cd")):
            assert await file.write(data) == len(data)
        assert (file.tell(), file.writable(), file.readable()) == (4, True, False)
    assert verbs(wire) == ["write", "write"]
    assert there.files["/g"] == b"abcd"
    assert wire.requests[1].query["mode"] == ["0700"]
    with pytest.raises(ValueError):
        await file.write(b"more")


@pytest.mark.parametrize("size", [256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1024 * 1024 + 7])
async def test_what_is_sent_in_slices_arrives_as_it_was(wire: Wire, size: int) -> None:
    """Also if it has to be sent again, to where the server says."""
    there = server()
    elsewhere = {"Location": f"{wire.url}/v1/sprites/demo/fs/write?path=/moved&workingDir=/"}
    wire.then(there, replies(307, headers=elsewhere), there)
    data = random.Random(size).randbytes(size)
    async with httpx.AsyncClient(follow_redirects=True) as http:
        client = AsyncSpritesClient("token", base_url=wire.url, http_client=http)
        await client.sprite("demo").files.write_bytes("/f", data)
        await client.sprite("demo").files.write_bytes("/f", data)
    assert there.files == {"/f": data, "/moved": data}
    assert {request.headers["content-length"] for request in wire.requests} == {str(size)}


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + PART + 5])
async def test_what_does_not_fit_is_sent_in_parts(
    wire: Wire, sprite: AsyncSprite, size: int
) -> None:
    """They are put together, checked, given the old permissions, and moved, in this order."""
    there = server()
    wire.always(there)
    data = bytes(size - 3) + b"end"
    assert await sprite.files.write_bytes("/f", data) == size
    assert there.files == {"/f": data}
    parts = [request for request in wire.requests if request.path.endswith("write")]
    assert [len(part.body) for part in parts[:2]] == [PART, PART]
    assert {part.query["mode"][0] for part in parts} == {"0600"}
    assert verbs(wire)[-3:] == ["exec", "chmod", "rename"]
    assert wire.requests[-2].json["mode"] == "0640"
    assert wire.requests[-1].json["dest"] == "/f"


async def test_a_part_is_sent_again(wire: Wire, sprite: AsyncSprite) -> None:
    """Nobody else knows its name, so that twice is as good as once."""
    there = server()
    wire.then(there, replies(503, "busy\n", content_type="text/plain"))
    wire.always(there)
    await sprite.files.write_bytes("/f", bytes(LIMIT + 1))
    assert len(there.files["/f"]) == LIMIT + 1


@pytest.mark.parametrize(
    ("code", "error", "text"),
    [
        (0, b"0" * 64, "what arrived is not what was sent"),
        (127, b"", "lacks a program"),
        (1, b"cat: write error: No space left on device", "failed with 1"),
    ],
)
async def test_parts_that_are_not_put_together_change_nothing(
    wire: Wire, sprite: AsyncSprite, code: int, error: bytes, text: str
) -> None:
    """The old file stays, and nothing else."""
    there = server(code=code, error=error)
    wire.always(there)
    with pytest.raises(FileSystemError, match=text):
        await sprite.files.write_bytes("/f", bytes(LIMIT + 1))
    assert there.files == {"/f": b"old"}


async def test_a_part_that_is_refused_removes_the_others(wire: Wire, sprite: AsyncSprite) -> None:
    """The disk may be full: nothing is left over."""
    there = server()
    full = replies(500, {"error": "no space left on device", "code": "EIO", "path": "/"})
    wire.then(there, there, full)
    wire.always(there)
    with pytest.raises(FileSystemError, match="no space left"):
        await sprite.files.write_bytes("/f", bytes(LIMIT + PART + 1))
    assert there.files == {"/f": b"old"}


async def test_a_directory_is_found_out_before_anything_is_sent(
    wire: Wire, sprite: AsyncSprite
) -> None:
    """Not after a gigabyte."""
    there = server()
    there.directories.add("/d")
    wire.always(there)
    with pytest.raises(IsADirectoryError):
        await sprite.files.write_bytes("/d", bytes(LIMIT + 1))
    assert verbs(wire) == ["list"]


@pytest.mark.parametrize("mode", ["w", "wb"])
@pytest.mark.parametrize("size", [3, LIMIT + 1])
async def test_an_exception_leaves_the_file_as_it_was(
    wire: Wire, sprite: AsyncSprite, mode: str, size: int
) -> None:
    """Half of a file is worse than none."""
    there = server()
    wire.always(there)

    async def fill() -> None:
        async with sprite.files.open("/f", mode) as file:  # type: ignore[call-overload]
            await file.write(bytes(size) if mode == "wb" else "x" * size)
            await file.write(b"!" if mode == "wb" else "!")
            raise KeyError

    with pytest.raises(KeyError):
        await fill()
    assert there.files == {"/f": b"old"}


async def test_exclusive_creation(wire: Wire, sprite: AsyncSprite) -> None:
    """What is there, or came meanwhile, is not replaced."""
    there = server()
    wire.always(there)
    with pytest.raises(FileExistsError):
        await sprite.files.open("/f", "xb")

    async def late() -> None:
        async with sprite.files.open("/g", "xb") as file:
            there.files["/g"] = b"theirs"
            await file.write(b"ours")

    with pytest.raises(FileExistsError):
        await late()
    assert there.files == {"/f": b"old", "/g": b"theirs"}
    async with sprite.files.open("/h", "x") as text:
        await text.write("é")
    assert there.files["/h"] == "é".encode()


@pytest.mark.parametrize("newline", [None, "", "\n", "\r\n"])
async def test_text_is_written_as_local_text(
    wire: Wire, sprite: AsyncSprite, newline: str | None
) -> None:
    """Ends of lines and encoding are those of `io`."""
    there = server()
    wire.always(there)
    local = io.TextIOWrapper(io.BytesIO(), "utf-16", newline=newline)
    async with sprite.files.open("/f", "w", encoding="utf-16", newline=newline) as file:
        for text in ("a\n", "b", "\r\nc\n"):
            assert await file.write(text) == local.write(text)
    local.flush()
    assert there.files["/f"] == local.buffer.getvalue()  # type: ignore[attr-defined]


async def test_a_text_file_knows_itself(wire: Wire, sprite: AsyncSprite) -> None:
    """In the sync world it is one of `io`."""
    wire.always(server())
    async with sprite.files.open("/f") as file:
        assert isinstance(file, io.TextIOWrapper) == isinstance(file, TextFile)
        assert (file.name, file.encoding, file.closed) == ("/f", "utf-8", False)
    assert file.closed


@pytest.mark.parametrize("mode", ["w", "wb"])
async def test_a_writer_that_is_forgotten_changes_nothing(
    wire: Wire, sprite: AsyncSprite, mode: str
) -> None:
    """Nobody said that it was complete; Python complains, as for a local file."""
    there = server()
    wire.always(there)
    file = await sprite.files.open("/f", mode)  # type: ignore[call-overload]
    await file.write(b"half" if mode == "wb" else "half")
    with pytest.warns(ResourceWarning, match="unclosed file"):
        del file
    assert there.files == {"/f": b"old"}
    assert wire.requests == []


async def test_what_does_not_fit_is_put_together_at_home_for_root(
    wire: Wire, sprite: AsyncSprite
) -> None:
    """Commands do not act as root, so only the last steps do."""
    there = server()
    there.directories.add("/home/sprite")
    wire.always(there)
    await sprite.files.as_root().write_bytes("/f", bytes(LIMIT + 1), mode=0o600)
    parts = [request for request in wire.requests if request.path.endswith("write")]
    assert all("asRoot" not in part.query for part in parts)
    assert {part.query["path"][0].rpartition("/")[0] for part in parts} == {"/home/sprite"}
    chown, chmod, rename = (request.json for request in wire.requests[-3:])
    assert (chown["uid"], chown["gid"], chmod["mode"]) == (0, 0, "0600")
    assert (rename["source"], rename["dest"]) == (chown["path"], "/f")
    assert all(step["asRoot"] for step in (chown, chmod, rename))
