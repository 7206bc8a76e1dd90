"""Links: where they lead, and making them, as `pathlib` does."""

import posixpath
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import define, field

from sprites_facade import (
    APIConnectionError,
    AsyncSprite,
    AsyncSpritePath,
    AsyncSpritesClient,
    FileSystemError,
)
from sprites_facade.testing import LocalServer
from tests.file_wire import FileServer
from tests.wire import Exchange, Wire

pytestmark = pytest.mark.anyio

LINKS = {
    "/app/near": b"real",
    "/app/far": b"/app/real/deep",
    "/app/up": b"real/deep/../../file",
    "/app/broken": b"real/nothing/more",
    "/app/twice": b"near/deep",
    "/app/loop": b"pool",
    "/app/pool": b"./loop",
    "/app/two\nlines": b"line\n",
    "/app/bytes": b"\xff",
    "/app/slashes": b"//app//file",
}
FILES = {"/app/file": b"1", "/app/real/deep/x": b"2"}
DIRECTORIES = {"/", "/app", "/app/real", "/app/real/deep"}


@define
class Links(FileServer):
    """A file server with links, which commands read and make."""

    links: dict[str, bytes] = field(factory=dict)

    def on_exec(self, exchange: Exchange) -> None:
        query = exchange.request.query
        *_, script, _, name = query["cmd"][:5]
        path = posixpath.normpath(posixpath.join(query["dir"][0], name))
        if "readlink" in script:
            self.output = self.links[path]
        else:
            self.links[path] = query["cmd"][5].encode()
        super().on_exec(exchange)

    def _entry(self, path: str) -> dict[str, Any]:
        kind = {"type": "symlink"} if path in self.links else {}
        return {**super()._entry(path), **kind}


@pytest.fixture
def app(wire: Wire, sprite: AsyncSprite) -> AsyncSpritePath:
    files = FILES | dict.fromkeys(LINKS, b"")
    wire.always(Links(files, set(DIRECTORIES), links=dict(LINKS)))
    return sprite.path("/app")


async def test_what_a_link_leads_to_is_what_is_written_in_it(app: AsyncSpritePath) -> None:
    """Nothing is joined, shortened or made absolute."""
    assert await (app / "near").readlink() == app._with("real")
    assert str(await (app / "up").readlink()) == "real/deep/../../file"
    assert str(await (app / "far").readlink()) == "/app/real/deep"
    assert await app._files.readlink("/app/slashes") == "//app//file"
    assert await app._files.readlink("/app/two\nlines") == "line\n"


@pytest.mark.parametrize("path", ["/app/file", "/app/real", "/", ".."])
async def test_what_is_no_link_leads_nowhere(app: AsyncSpritePath, path: str) -> None:
    with pytest.raises(FileSystemError, match="not a symbolic link") as caught:
        await app.joinpath(path).readlink()
    assert caught.value.code == "EINVAL"


async def test_a_target_that_is_no_text_is_told(app: AsyncSpritePath) -> None:
    """It could not be sent back, so no other name is made up."""
    with pytest.raises(FileSystemError, match="not UTF-8") as caught:
        await (app / "bytes").readlink()
    assert caught.value.code == "EILSEQ"
    with pytest.raises(FileNotFoundError):
        await (app / "nothing").readlink()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("near", "/app/real"),
        ("near/deep/x", "/app/real/deep/x"),
        ("far/../deep", "/app/real/deep"),
        ("up", "/app/file"),
        ("twice/x", "/app/real/deep/x"),
        ("slashes", "/app/file"),
        ("near/..", "/app"),
        ("../../..", "/"),
        ("/", "/"),
        (".", "/app"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
async def test_resolve(app: AsyncSpritePath, path: str, expected: str, *, strict: bool) -> None:
    """`..` is the parent of what a link leads to."""
    found = await (app / path).resolve(strict=strict)
    assert isinstance(found, AsyncSpritePath)
    assert str(found) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("broken", "/app/real/nothing/more"),
        ("nothing/../near/x", "/app/real/x"),
        ("file/x", "/app/file/x"),
    ],
)
async def test_what_is_missing_is_resolved_as_far_as_it_goes(
    app: AsyncSpritePath, path: str, expected: str
) -> None:
    assert str(await (app / path).resolve()) == expected
    with pytest.raises((FileNotFoundError, NotADirectoryError)):
        await (app / path).resolve(strict=True)


async def test_a_link_that_leads_to_itself(app: AsyncSpritePath) -> None:
    for strict in (False, True):
        with pytest.raises(FileSystemError, match="too many levels") as caught:
            await (app / "loop" / "x").resolve(strict=strict)
        assert caught.value.code == "ELOOP"


async def test_what_is_sent_for_a_link(wire: Wire, app: AsyncSpritePath) -> None:
    """The text of the target as it is, and the link's name in its own directory."""
    for target, text in (
        ("-a b/../$c", "-a b/../$c"),
        (PurePosixPath("/x//y"), "/x/y"),
        (app / "z", "/app/z"),
        (app._with("z"), "z"),
    ):
        await (app / "-new").symlink_to(target)
        query = wire.requests[-1].query
        assert query["dir"] == ["/app"]
        assert query["cmd"][-2:] == ["./-new", text]


async def test_links_that_cannot_be_made(
    wire: Wire, app: AsyncSpritePath, client: AsyncSpritesClient
) -> None:
    """Nothing is sent that would make one elsewhere."""
    for path in ("file", "real", "loop", "broken"):
        with pytest.raises(FileExistsError):
            await (app / path).symlink_to("x")
    with pytest.raises(FileNotFoundError):
        await (app / "nothing" / "x").symlink_to("x")
    with pytest.raises(NotADirectoryError):
        await (app / "file" / "x").symlink_to("x")
    for target in ("", "a\0b", "\udcff", client.sprite("other").path("x")):
        with pytest.raises(ValueError):
            await (app / "new").symlink_to(target)
    assert "exec" not in {request.path.rpartition("/")[2] for request in wire.requests}


async def test_walk(app: AsyncSpritePath) -> None:
    """As `pathlib` since Python 3.12: links are no directories here, and lists can be changed."""
    top = [(str(path), dirs, len(files)) async for path, dirs, files in app.walk()]
    assert top == [
        ("/app", ["real"], len(LINKS) + 1),
        ("/app/real", ["deep"], 0),
        ("/app/real/deep", [], 1),
    ]
    up = [str(path) async for path, _, _ in app.walk(top_down=False)]
    assert up == ["/app/real/deep", "/app/real", "/app"]
    pruned = []
    async for path, dirs, _ in app.walk():
        pruned.append(str(path))
        dirs.clear()
    assert pruned == ["/app"]


async def test_walk_and_what_cannot_be_listed(app: AsyncSpritePath, wire: Wire) -> None:
    """It is passed over or told; a connection that fails is no such thing."""
    seen: list[OSError] = []
    assert [step async for step in (app / "nothing").walk()] == []
    assert [step async for step in (app / "nothing").walk(on_error=seen.append)] == []
    assert [isinstance(error, FileNotFoundError) for error in seen] == [True]
    wire.always(lambda exchange: exchange.cut())
    with pytest.raises(APIConnectionError):
        assert [step async for step in app.walk()]


@pytest.fixture(scope="module", params=["auto", "portable"])
def server(request: pytest.FixtureRequest) -> Iterator[LocalServer]:
    with LocalServer(engine=request.param) as server:
        yield server


@pytest.fixture
async def local(server: LocalServer) -> AsyncIterator[AsyncSprite]:
    async with AsyncSpritesClient(server.token, base_url=server.url) as client:
        sprite = await client.create_sprite(f"links-{uuid.uuid4().hex[:8]}")
        yield sprite
        await sprite.delete()


async def test_links_of_a_real_sprite(local: AsyncSprite, tmp_path: Path) -> None:
    """They are resolved as the kernel does it, whatever root the sprite has."""
    here, there = tmp_path, local.path("/home/sprite")
    (here / "d" / "e").mkdir(parents=True)
    await (there / "d" / "e").mkdir(parents=True)
    for name, target in (
        ("one", "d"),
        ("two", "one/e"),
        ("d/e/back", "../../two"),
        ("gone", "d/nothing"),
        ("-dash", "./-dash-"),
        ("new\nline", "d\n"),
        ("ünï", "d/ünï"),
    ):
        (here / name).symlink_to(target)
        await (there / name).symlink_to(target)
        assert await local.files.readlink(name) == target
        assert (await (there / name).readlink()).pure == PurePosixPath(target)
    for path in ("one", "two", "d/e/back", "d/e/back/back/..", "gone/x", "-dash", "one/../gone"):
        expected = (here / path).resolve().relative_to(here.resolve())
        assert await (there / path).resolve() == there / expected.as_posix()
    await (there / "absolute").symlink_to(there / "d")
    assert await (there / "absolute" / "e").resolve(strict=True) == there / "d" / "e"
    await (there / "d" / "f").write_text("x")
    assert await (there / "absolute" / "f").read_text() == "x"
    with pytest.raises(FileExistsError):
        await (there / "one").symlink_to("d")
    walked = sorted([(str(p), sorted(d), sorted(f)) async for p, d, f in (there / "d").walk()])
    assert walked == [(str(there / "d"), ["e"], ["f"]), (str(there / "d/e"), [], ["back"])]
    followed = [str(p) async for p, d, _ in there.walk(follow_symlinks=True) if d == ["e"]]
    assert sorted(followed) == [str(there / name) for name in ("absolute", "d", "one")]
