# Written by scripts/unasync.py from tests/_async/test_files_looking.py. Do not edit.
"""What is there, given servers that list in different ways."""

import pytest

from sprites_facade import (
    FileEntry,
    FileSystemError,
    NotFoundError,
    Sprite,
    SpriteFileNotFoundError,
    SpriteNotADirectoryError,
)
from tests.file_wire import BINARY, FileServer
from tests.wire import Wire, replies

pytestmark = pytest.mark.anyio

DIRECTORIES = {"/", "/app", "/app/app", "/app/empty", "/app/odd[name]"}
FILES = {"/app/first.txt": b"first", "/app/*": b"star"}


@pytest.fixture(params=["children", "no_files", "itself", "empty"])
def lists(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("with_path", [True, False])
def test_stat_tells_of_the_path_itself(
    wire: Wire, sprite: Sprite, lists: str, with_path: bool
) -> None:
    """P24, G12, J9: a directory, an empty one and a file, whatever a list of them shows."""
    wire.always(FileServer(dict(FILES), DIRECTORIES, lists=lists, with_path=with_path))
    files = sprite.files
    for path in sorted(DIRECTORIES - {"/"}):
        if path == "/app/app" and lists == "itself" and not with_path:
            continue  # nothing tells a directory from one of the same name within it
        entry = files.stat(path)
        assert (entry.name, entry.is_dir) == (path.rpartition("/")[2], True)
        assert entry.mode == "0755"
        assert files.is_dir(path)
        assert not files.is_file(path)
        assert files.exists(path)
    for path, content in FILES.items():
        entry = files.stat(path)
        assert (entry.name, entry.is_dir) == (path.rpartition("/")[2], False)
        assert (entry.size, entry.mode) == (len(content), "0640")
        assert files.is_file(path)
        assert not files.is_dir(path)


def test_nothing_is_nothing(wire: Wire, sprite: Sprite, lists: str) -> None:
    """P24: neither an empty list nor the path's neighbours make it exist."""
    wire.always(FileServer(dict(FILES), DIRECTORIES, lists=lists))
    for path in ("/app/nothing", "/nothing", "/nothing/below", "/app/first.txt/below", "/app/["):
        assert not sprite.files.exists(path)
        assert not sprite.files.is_dir(path)
        assert not sprite.files.is_file(path)
        with pytest.raises((FileNotFoundError, NotADirectoryError)):
            sprite.files.stat(path)
    with pytest.raises(SpriteFileNotFoundError, match="'/app/nothing'") as caught:
        sprite.files.stat("/app/nothing")
    assert (caught.value.filename, caught.value.code) == ("/app/nothing", "ENOENT")


def test_the_root_is_a_directory(wire: Wire, sprite: Sprite, lists: str) -> None:
    """It is in no list but perhaps its own."""
    wire.always(FileServer(dict(FILES), DIRECTORIES, lists=lists))
    assert sprite.files.is_dir("/")
    assert (sprite.files.stat("//")).path == "/"
    assert sprite.files.is_dir("/app/..")


def test_what_exists_costs_one_request(wire: Wire, sprite: Sprite) -> None:
    """Only its own line of the parent's list is asked for, and only if every server knows how."""
    wire.always(FileServer(dict(FILES), DIRECTORIES))
    sprite.files.stat("/app/first.txt")
    sprite.files.stat("/app/*")
    first, second = wire.requests
    assert (first.query["path"], first.query["pattern"]) == (["/app"], ["first.txt"])
    assert "pattern" not in second.query


def test_a_list_is_of_a_directory(wire: Wire, sprite: Sprite) -> None:
    """A file is none, though a server shows its entry."""
    wire.always(FileServer(dict(FILES), DIRECTORIES))
    assert [entry.name for entry in sprite.files.list("/app")] == [
        "*",
        "app",
        "empty",
        "first.txt",
        "odd[name]",
    ]
    assert sprite.files.list("/app/empty") == []
    with pytest.raises(SpriteNotADirectoryError):
        sprite.files.list("/app/first.txt")
    assert [entry.name for entry in sprite.files.list("/app", pattern="*.t?t")] == ["first.txt"]
    assert wire.requests[-1].query["pattern"] == ["*.t?t"]
    # What servers may read in another way is not left to them.
    assert [entry.name for entry in sprite.files.list("/app", pattern="[a]*")] == ["app"]
    assert "pattern" not in wire.requests[-1].query


@pytest.mark.parametrize("with_path", [True, False])
def test_a_tree_is_whole(wire: Wire, sprite: Sprite, with_path: bool) -> None:
    """A server that does not know `recursive` is asked for each directory."""
    directories = {"/t", "/t/d", "/t/d/e", "/t/empty"}
    wire.always(FileServer({"/t/a": b"", "/t/d/e/f": b""}, directories, with_path=with_path))
    found = sprite.files.list("/t", recursive=True)
    assert sorted(str(entry.path) for entry in found) == [
        "/t/a",
        "/t/d",
        "/t/d/e",
        "/t/d/e/f",
        "/t/empty",
    ]
    assert [entry.name for entry in sprite.files.list("/t", recursive=True, pattern="?")] == [
        "a",
        "d",
        "e",
        "f",
    ]


def test_a_server_that_lists_trees_is_asked_once(wire: Wire, sprite: Sprite) -> None:
    """But for directories in which it showed nothing."""
    tree = [
        {"name": "d", "path": "/t/d", "isDir": True},
        {"name": "f", "path": "/t/d/f", "isDir": False},
        {"name": "l", "path": "/t/l", "type": "symlink", "isDir": True},
    ]
    wire.then(replies(200, {"entries": tree}))
    assert len(sprite.files.list("/t", recursive=True)) == 3
    assert wire.requests[0].query["recursive"] == ["true"]


def test_a_directory_that_cannot_be_listed_may_be_passed_through(
    wire: Wire, sprite: Sprite
) -> None:
    """What is below is asked for itself then."""
    refused = replies(403, {"error": "no", "code": "EACCES", "path": "/root"})
    own = {"name": "a", "path": "/root/a", "isDir": False, "size": 3}
    wire.then(refused, replies(200, {"entries": [own]}), refused, replies(200, {"entries": []}))
    assert sprite.files.stat("/root/a") == FileEntry(name="a", path="/root/a", size=3)
    assert sprite.files.is_dir("/root/b")


LINK = {"name": "l", "path": "/l", "type": "symlink", "size": 9, "mode": "0777", "isDir": False}
NEAR = replies(200, {"entries": [LINK]})
BELOW = replies(200, {"entries": [{"name": "x", "path": "/l/x", "isDir": False}]})
GONE = replies(404, {"error": "gone", "code": "ENOENT", "path": "/l"})


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([BELOW], ("directory", None)),
        ([replies(200, {"entries": []})], ("directory", None)),
        ([replies(200, {"entries": [{"name": "l", "path": "/l", "size": 5}]})], (None, 5)),
        ([NEAR, replies(200, b"12345", content_type=BINARY)], ("file", 5)),
        (
            [NEAR, replies(206, b"1", headers={"Content-Range": "bytes 0-0/70"})],
            ("file", 70),
        ),
        ([NEAR, replies(416, {"error": "empty", "code": "EINVAL", "path": "/l"})], ("file", 0)),
        ([NEAR, replies(400, {"error": "x", "code": "EISDIR", "path": "/l"})], ("directory", None)),
        # A pipe, a socket or a device, which no server reads.
        ([NEAR, replies(400, {"error": "x", "code": "EINVAL", "path": "/l"})], (None, None)),
        (
            [replies(400, {"error": "x", "code": "ENOTDIR", "path": "/l"}), replies(200, b"")],
            ("file", 0),
        ),
    ],
)
def test_what_a_link_leads_to(
    wire: Wire,
    sprite: Sprite,
    answers: list,  # type: ignore[type-arg]
    expected: tuple[str | None, int | None],
) -> None:
    """Its permissions and its time are not known, and not made up."""
    wire.then(NEAR, *answers)
    entry = sprite.files.stat("/l")
    assert (entry.type, entry.size) == expected
    assert (entry.mode, entry.modified_at) == (None, None)
    wire.then(NEAR)
    assert (sprite.files.stat("/l", follow_symlinks=False)).type == "symlink"


@pytest.mark.parametrize("answers", [[GONE], [NEAR, GONE]])
def test_a_link_to_nothing(
    wire: Wire,
    sprite: Sprite,
    answers: list,  # type: ignore[type-arg]
) -> None:
    """As for pathlib it does not exist, unless the link itself is asked for."""
    wire.then(NEAR, *answers)
    assert not sprite.files.exists("/l")
    wire.then(NEAR)
    assert sprite.files.exists("/l", follow_symlinks=False)
    wire.then(NEAR)
    assert sprite.files.is_symlink("/l")


def test_a_link_that_leads_to_itself_does_not_exist(wire: Wire, sprite: Sprite) -> None:
    """P24: and whoever wants its entry learns why."""
    loop = replies(
        400, {"error": "too many levels of symbolic links", "code": "EINVAL", "path": "/l"}
    )
    wire.then(NEAR, loop, NEAR, loop)
    assert not sprite.files.exists("/l")
    with pytest.raises(FileSystemError, match="too many levels"):
        sprite.files.stat("/l")


def test_a_missing_sprite_is_no_missing_file(wire: Wire, sprite: Sprite) -> None:
    """`exists` must not say no where nobody can know."""
    wire.always(replies(404, {"error": "sprite not found"}))
    with pytest.raises(NotFoundError):
        sprite.files.exists("/a")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, "file does not exist\n", FileNotFoundError),
        (404, {"error": "not found"}, FileNotFoundError),
        (500, "open /a: permission denied\n", PermissionError),
        (400, {"error": "read /a: is a directory"}, IsADirectoryError),
        (500, {"error": "mkdir /a: not a directory"}, NotADirectoryError),
        (409, "rename: file exists\n", FileExistsError),
    ],
)
def test_refusals_without_a_code_are_understood(
    wire: Wire, sprite: Sprite, status: int, body: object, expected: type[OSError]
) -> None:
    """`code` is optional on the wire; the words of the system are as good."""
    wire.always(replies(status, body))
    with pytest.raises(expected, match="/a") as caught:
        sprite.files.read_bytes("/a")
    assert isinstance(caught.value, FileSystemError)
    assert caught.value.status == status
