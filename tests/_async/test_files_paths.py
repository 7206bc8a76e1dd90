"""Paths in a sprite behave as those of `pathlib`."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from sprites_facade import AsyncSprite, AsyncSpritePath, AsyncSpritesClient, ConfigurationError
from tests.file_wire import FileServer
from tests.wire import Wire

pytestmark = pytest.mark.anyio

FILES = {
    "/app/a.py": b"a",
    "/app/b.txt": b"b",
    "/app/sub/c.py": b"c",
    "/app/sub/deep/d.py": b"d",
    "/app/.hidden/e.py": b"e",
}
DIRECTORIES = {"/", "/app", "/app/sub", "/app/sub/deep", "/app/.hidden", "/app/empty"}


class Linked(FileServer):
    """A file server on which one of the directories is a link to one."""

    def _entry(self, path: str) -> dict[str, Any]:
        kind = {"type": "symlink"} if path == "/app/sub" else {}
        return {**super()._entry(path), **kind}


@pytest.fixture
def app(wire: Wire, sprite: AsyncSprite) -> AsyncSpritePath:
    wire.always(FileServer(dict(FILES), set(DIRECTORIES)))
    return sprite.path("/app")


@pytest.mark.parametrize("text", ["/app/x.tar.gz", "a/b/..", "/", ".", "//a//b/"])
async def test_what_needs_no_sprite_is_as_in_pathlib(
    wire: Wire, sprite: AsyncSprite, text: str
) -> None:
    """Nobody is asked."""
    ours, theirs = sprite.path(text), PurePosixPath(text)
    for name in ("name", "stem", "suffix", "suffixes", "parts"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert (str(ours), ours.as_posix()) == (str(theirs), theirs.as_posix())
    assert ours.pure == theirs
    assert ours.is_absolute() == theirs.is_absolute()
    assert ours.parent.pure == theirs.parent
    assert [path.pure for path in ours.parents] == list(theirs.parents)
    assert (ours / "x" / PurePosixPath("y")).pure == theirs / "x" / "y"
    assert ours.joinpath("/z", sprite.path("w")).pure == PurePosixPath("/z/w")
    assert ours.match("*.gz") == theirs.match("*.gz")
    assert wire.requests == []


async def test_parts_can_be_exchanged(sprite: AsyncSprite) -> None:
    """As in pathlib, with its errors."""
    path = sprite.path("/app/a.py")
    assert str(path.with_name("b")) == "/app/b"
    assert str(path.with_stem("b")) == "/app/b.py"
    assert str(path.with_suffix(".txt")) == "/app/a.txt"
    assert path.relative_to("/app") == PurePosixPath("a.py")
    assert path.is_relative_to(path.parent)
    assert not path.is_relative_to("/other")
    with pytest.raises(ValueError):
        path.relative_to("/other")
    with pytest.raises(ValueError):
        sprite.path("")


async def test_paths_are_equal_in_one_sprite_only(
    sprite: AsyncSprite, client: AsyncSpritesClient
) -> None:
    """They can be sorted and be keys."""
    same, other = sprite.path("/a"), client.sprite("other").path("/a")
    assert same == sprite.path("/a/")
    assert same != other
    assert same != "/a"
    assert len({same, sprite.path("/a"), other}) == 2
    assert sorted([sprite.path("/b"), same]) == [same, sprite.path("/b")]
    assert repr(same).endswith("SpritePath('/a', sprite='demo')")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.py", ["a.py"]),
        ("*", [".hidden", "a.py", "b.txt", "empty", "sub"]),
        ("sub/*.py", ["sub/c.py"]),
        ("*/c.py", ["sub/c.py"]),
        ("**/*.py", [".hidden/e.py", "a.py", "sub/c.py", "sub/deep/d.py"]),
        ("**/deep/**/*.py", ["sub/deep/d.py"]),
        ("**/**/d.py", ["sub/deep/d.py"]),
        ("sub/**", ["sub", "sub/c.py", "sub/deep", "sub/deep/d.py"]),
        ("[ab].*", ["a.py", "b.txt"]),
        ("nothing/*", []),
        ("a.py", ["a.py"]),
        ("nothing", []),
        ("a.py/*", []),
    ],
)
async def test_glob(app: AsyncSpritePath, pattern: str, expected: list[str]) -> None:
    """As pathlib does it since Python 3.13: `**` at the end finds files too."""
    found = [str(path.relative_to("/app")) async for path in app.glob(pattern)]
    assert sorted(found) == expected


async def test_rglob(app: AsyncSpritePath) -> None:
    """At any depth."""
    assert sorted([path.name async for path in app.rglob("*.py")]) == [
        "a.py",
        "c.py",
        "d.py",
        "e.py",
    ]


@pytest.mark.parametrize("pattern", ["", "/absolute/*"])
async def test_impossible_patterns(wire: Wire, app: AsyncSpritePath, pattern: str) -> None:
    """They are refused before any request."""
    for walk in (app.glob, app.rglob):
        with pytest.raises(ValueError):
            assert [path async for path in walk(pattern)]
    assert wire.requests == []


async def test_a_link_to_a_directory_is_not_walked_into(wire: Wire, sprite: AsyncSprite) -> None:
    """It may lead to where the walk began."""
    wire.always(Linked(dict(FILES), set(DIRECTORIES)))
    found = [path.name async for path in sprite.path("/app").rglob("*.py")]
    assert sorted(found) == ["a.py", "e.py"]


async def test_files_are_used_through_paths(wire: Wire, app: AsyncSpritePath) -> None:
    """The same operations under the names of pathlib."""
    path = app / "b.txt"
    assert await path.read_text() == "b"
    assert await path.read_bytes() == b"b"
    assert await path.write_text("é") == 2
    assert await path.write_bytes(b"xy", mode=0o600) == 2
    assert wire.requests[-1].query["mkdir"] == ["false"]
    assert await path.exists()
    assert await path.is_file()
    assert not await path.is_symlink()
    assert await app.is_dir()
    assert (await path.stat()).size == 2
    assert (await path.lstat()).size == 2
    async with path.open() as file:
        assert await file.read() == "xy"
    async with path.open("rb") as binary:
        assert await binary.read() == b"xy"
    async with path.open("wb") as binary_writer:
        await binary_writer.write(b"new")
    assert await path.read_bytes() == b"new"
    moved = await (await path.replace("/app/d.txt")).rename("/app/c.txt")
    assert (str(moved), await moved.read_bytes()) == ("/app/c.txt", b"new")
    assert sorted([str(path) async for path in (app / "sub").iterdir()]) == [
        "/app/sub/c.py",
        "/app/sub/deep",
    ]
    await moved.chmod(0o600)
    await moved.touch()
    await (app / "made").mkdir(parents=True, exist_ok=True)
    await (app / "made").rmdir()
    assert not await (app / "made").exists()


async def test_unlink_and_rmdir_keep_to_their_kind(app: AsyncSpritePath) -> None:
    """On the wire both are one request, which would take either."""
    with pytest.raises(IsADirectoryError):
        await (app / "empty").unlink()
    with pytest.raises(NotADirectoryError):
        await (app / "a.py").rmdir()
    with pytest.raises(FileNotFoundError):
        await (app / "nothing").unlink()
    with pytest.raises(FileNotFoundError):
        await (app / "nothing").rmdir()
    await (app / "nothing").unlink(missing_ok=True)
    await (app / "a.py").unlink()
    assert not await (app / "a.py").exists()


async def test_comparing_as_in_pathlib(sprite: AsyncSprite) -> None:
    first, second = sprite.path("a"), sprite.path("b")
    assert first < second
    assert first <= second
    assert second > first
    assert second >= first
    assert max(first, second) == second
    with pytest.raises(TypeError, match="not supported"):
        assert first < "b"
    assert first != "a"


async def test_roots(sprite: AsyncSprite) -> None:
    relative, rooted = sprite.path("a"), sprite.path("/a")
    assert (relative.root, relative.anchor, rooted.root, rooted.anchor) == ("", "", "/", "/")
    assert str(relative.absolute()) == "/home/sprite/a"
    assert rooted.absolute() == rooted
    assert "/app" / relative == sprite.path("/app/a")
    assert PurePosixPath("/app") / relative == sprite.path("/app/a")
    assert relative.sprite == "demo"


async def test_paths_of_another_sprite_are_refused(
    wire: Wire, sprite: AsyncSprite, client: AsyncSpritesClient, tmp_path: Path
) -> None:
    """What they name is not here; a file with the same path may be."""
    mine, other = sprite.path("a"), client.sprite("other").path("b")
    files = sprite.files
    for attempt in (
        lambda: mine.rename(other),
        lambda: mine.replace(other),
        lambda: files.rename("a", other),
        lambda: files.copy(other, "a"),
        lambda: files.copy("a", other),
        lambda: files.read_text(other),
        lambda: files.write_bytes(other, b""),
        lambda: files.list(other),
        lambda: files.stat(other),
        lambda: files.remove(other),
        lambda: files.rmtree(other),
        lambda: files.mkdir(other),
        lambda: files.touch(other),
        lambda: files.chmod(other, 0o600),
        lambda: files.upload(tmp_path, other),
        lambda: files.download(other, tmp_path / "x"),
    ):
        with pytest.raises(ConfigurationError, match="of 'other', not of 'demo'"):
            await attempt()
    with pytest.raises(ConfigurationError):
        await files.open(other)
    with pytest.raises(ConfigurationError):
        await files.watch([other])
    with pytest.raises(ConfigurationError):
        mine / other
    assert wire.requests == []


async def test_a_slash_at_the_end_of_a_pattern_is_for_directories(app: AsyncSpritePath) -> None:
    assert [str(path) async for path in app.glob("*/")] == [
        "/app/.hidden",
        "/app/empty",
        "/app/sub",
    ]
    assert [str(path) async for path in app.glob("**/sub/")] == ["/app/sub"]
    assert [path async for path in app.glob("a.py/")] == []


async def test_writing_texts_as_in_pathlib(app: AsyncSpritePath) -> None:
    path = app / "text"
    assert await path.write_text("é\n", "ascii", "replace", "\r\n") == 3
    assert await path.read_bytes() == b"?\r\n"
    for options in (
        {"encoding": None},
        {"encoding": "hex"},
        {"errors": "nonsense"},
        {"newline": "x"},
    ):
        with pytest.raises(ConfigurationError):
            await path.write_text("a", **options)
    with pytest.raises(ConfigurationError, match="encoding"):
        await path.read_text(None)
