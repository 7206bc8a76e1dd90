# Written by scripts/unasync.py from tests/_async/test_files_links.py. Do not edit.
"""Links: where they lead, and making them, as `pathlib` does."""

import posixpath
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import define, field

from sprites_facade import (
    APIConnectionError,
    FileSystemError,
    Sprite,
    SpritePath,
    SpritesClient,
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
def app(wire: Wire, sprite: Sprite) -> SpritePath:
    files = FILES | dict.fromkeys(LINKS, b"")
    wire.always(Links(files, set(DIRECTORIES), links=dict(LINKS)))
    return sprite.path("/app")


def test_what_a_link_leads_to_is_what_is_written_in_it(app: SpritePath) -> None:
    """Nothing is joined, shortened or made absolute."""
    assert (app / "near").readlink() == app._with("real")
    assert str((app / "up").readlink()) == "real/deep/../../file"
    assert str((app / "far").readlink()) == "/app/real/deep"
    assert app._files.readlink("/app/slashes") == "//app//file"
    assert app._files.readlink("/app/two\nlines") == "line\n"


@pytest.mark.parametrize("path", ["/app/file", "/app/real", "/", ".."])
def test_what_is_no_link_leads_nowhere(app: SpritePath, path: str) -> None:
    with pytest.raises(FileSystemError, match="not a symbolic link") as caught:
        app.joinpath(path).readlink()
    assert caught.value.code == "EINVAL"


def test_a_target_that_is_no_text_is_told(app: SpritePath) -> None:
    """It could not be sent back, so no other name is made up."""
    with pytest.raises(FileSystemError, match="not UTF-8") as caught:
        (app / "bytes").readlink()
    assert caught.value.code == "EILSEQ"
    with pytest.raises(FileNotFoundError):
        (app / "nothing").readlink()


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
def test_resolve(app: SpritePath, path: str, expected: str, *, strict: bool) -> None:
    """`..` is the parent of what a link leads to."""
    found = (app / path).resolve(strict=strict)
    assert isinstance(found, SpritePath)
    assert str(found) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("broken", "/app/real/nothing/more"),
        ("nothing/../near/x", "/app/real/x"),
        ("file/x", "/app/file/x"),
    ],
)
def test_what_is_missing_is_resolved_as_far_as_it_goes(
    app: SpritePath, path: str, expected: str
) -> None:
    assert str((app / path).resolve()) == expected
    with pytest.raises((FileNotFoundError, NotADirectoryError)):
        (app / path).resolve(strict=True)


def test_a_link_that_leads_to_itself(app: SpritePath) -> None:
    for strict in (False, True):
        with pytest.raises(FileSystemError, match="too many levels") as caught:
            (app / "loop" / "x").resolve(strict=strict)
        assert caught.value.code == "ELOOP"


def test_what_is_sent_for_a_link(wire: Wire, app: SpritePath) -> None:
    """The text of the target as it is, and the link's name in its own directory."""
    for target, text in (
        ("-a b/../$c", "-a b/../$c"),
        (PurePosixPath("/x//y"), "/x/y"),
        (app / "z", "/app/z"),
        (app._with("z"), "z"),
    ):
        (app / "-new").symlink_to(target)
        query = wire.requests[-1].query
        assert query["dir"] == ["/app"]
        assert query["cmd"][-2:] == ["./-new", text]


def test_links_that_cannot_be_made(wire: Wire, app: SpritePath, client: SpritesClient) -> None:
    """Nothing is sent that would make one elsewhere."""
    for path in ("file", "real", "loop", "broken"):
        with pytest.raises(FileExistsError):
            (app / path).symlink_to("x")
    with pytest.raises(FileNotFoundError):
        (app / "nothing" / "x").symlink_to("x")
    with pytest.raises(NotADirectoryError):
        (app / "file" / "x").symlink_to("x")
    for target in ("", "a\0b", "\udcff", client.sprite("other").path("x")):
        with pytest.raises(ValueError):
            (app / "new").symlink_to(target)
    assert "exec" not in {request.path.rpartition("/")[2] for request in wire.requests}


def test_walk(app: SpritePath) -> None:
    """As `pathlib` since Python 3.12: links are no directories here, and lists can be changed."""
    top = [(str(path), dirs, len(files)) for path, dirs, files in app.walk()]
    assert top == [
        ("/app", ["real"], len(LINKS) + 1),
        ("/app/real", ["deep"], 0),
        ("/app/real/deep", [], 1),
    ]
    up = [str(path) for path, _, _ in app.walk(top_down=False)]
    assert up == ["/app/real/deep", "/app/real", "/app"]
    pruned = []
    for path, dirs, _ in app.walk():
        pruned.append(str(path))
        dirs.clear()
    assert pruned == ["/app"]


def test_walk_and_what_cannot_be_listed(app: SpritePath, wire: Wire) -> None:
    """It is passed over or told; a connection that fails is no such thing."""
    seen: list[OSError] = []
    assert [step for step in (app / "nothing").walk()] == []
    assert [step for step in (app / "nothing").walk(on_error=seen.append)] == []
    assert [isinstance(error, FileNotFoundError) for error in seen] == [True]
    wire.always(lambda exchange: exchange.cut())
    with pytest.raises(APIConnectionError):
        assert [step for step in app.walk()]


@pytest.fixture(scope="module", params=["auto", "portable"])
def server(request: pytest.FixtureRequest) -> Iterator[LocalServer]:
    with LocalServer(engine=request.param) as server:
        yield server


@pytest.fixture
def local(server: LocalServer) -> Iterator[Sprite]:
    with SpritesClient(server.token, base_url=server.url) as client:
        sprite = client.create_sprite(f"links-{uuid.uuid4().hex[:8]}")
        yield sprite
        sprite.delete()


def test_links_of_a_real_sprite(local: Sprite, tmp_path: Path) -> None:
    """They are resolved as the kernel does it, whatever root the sprite has."""
    here, there = tmp_path, local.path("/home/sprite")
    (here / "d" / "e").mkdir(parents=True)
    (there / "d" / "e").mkdir(parents=True)
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
        (there / name).symlink_to(target)
        assert local.files.readlink(name) == target
        assert ((there / name).readlink()).pure == PurePosixPath(target)
    for path in ("one", "two", "d/e/back", "d/e/back/back/..", "gone/x", "-dash", "one/../gone"):
        expected = (here / path).resolve().relative_to(here.resolve())
        assert (there / path).resolve() == there / expected.as_posix()
    (there / "absolute").symlink_to(there / "d")
    assert (there / "absolute" / "e").resolve(strict=True) == there / "d" / "e"
    (there / "d" / "f").write_text("x")
    assert (there / "absolute" / "f").read_text() == "x"
    with pytest.raises(FileExistsError):
        (there / "one").symlink_to("d")
    walked = sorted([(str(p), sorted(d), sorted(f)) for p, d, f in (there / "d").walk()])
    assert walked == [(str(there / "d"), ["e"], ["f"]), (str(there / "d/e"), [], ["back"])]
    followed = [str(p) for p, d, _ in there.walk(follow_symlinks=True) if d == ["e"]]
    assert sorted(followed) == [str(there / name) for name in ("absolute", "d", "one")]
