# Written by scripts/unasync.py from tests/_async/test_files_changing.py. Do not edit.
"""Changing files: what is sent, and what never is."""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from sprites_facade import FileSystemError, Sprite
from tests.file_wire import FileServer
from tests.wire import Wire, replies

pytestmark = pytest.mark.anyio

HOME = "/home/sprite"


def server(**options: Any) -> FileServer:
    return FileServer({"/app/.keep": b"mine", "/app/tool": b"#!"}, {"/", "/app"}, **options)


@pytest.mark.parametrize("lists", ["children", "itself"])
def test_mkdir_of_what_is_there_fails(wire: Wire, sprite: Sprite, lists: str) -> None:
    """P25: and changes nothing, a user's `.keep` least of all."""
    there = server(lists=lists)
    wire.always(there)
    with pytest.raises(FileExistsError):
        sprite.files.mkdir("/app")
    with pytest.raises(FileExistsError):
        sprite.files.mkdir("/app/tool", exist_ok=True)
    sprite.files.mkdir("/app", exist_ok=True)
    assert there.files["/app/.keep"] == b"mine"
    assert {request.method for request in wire.requests} == {"GET"}


def test_mkdir_leaves_a_directory_and_nothing_else(wire: Wire, sprite: Sprite) -> None:
    """P25, G10: the permissions are the directory's, and no placeholder stays."""
    there = server()
    wire.always(there)
    sprite.files.mkdir("/app/new", mode=0o750)
    assert there.directories == {"/", "/app", "/app/new"}
    assert there.files.keys() == {"/app/.keep", "/app/tool"}
    write, delete, chmod = (request for request in wire.requests if request.method != "GET")
    assert write.query["path"] == delete.query["path"]
    assert write.query["path"] != ["/app/new/.keep"]
    assert write.query["mode"] == ["0600"]
    assert (chmod.json["path"], chmod.json["mode"]) == ("/app/new", "0750")


def test_mkdir_wants_a_parent(wire: Wire, sprite: Sprite) -> None:
    """Unless it may make them."""
    there = server()
    wire.always(there)
    with pytest.raises(FileNotFoundError, match="'/app/a'"):
        sprite.files.mkdir("/app/a/b")
    with pytest.raises(NotADirectoryError):
        sprite.files.mkdir("/app/tool/b")
    assert "PUT" not in {request.method for request in wire.requests}
    sprite.files.mkdir("/app/a/b", parents=True)
    assert "/app/a/b" in there.directories


def test_touch_sends_no_content(wire: Wire, sprite: Sprite) -> None:
    """P26: the file is neither read nor written, so neither bytes nor permissions can be lost."""
    wire.always(server())
    sprite.files.touch("/app/tool")
    assert {request.path.rpartition("/")[2] for request in wire.requests} == {"list", "exec"}
    assert wire.requests[-1].query["dir"] == ["/app"]
    assert wire.requests[-1].query["cmd"][-1] == "./tool"
    with pytest.raises(FileExistsError):
        sprite.files.touch("/app/tool", exist_ok=False)
    with pytest.raises(FileNotFoundError):
        sprite.files.touch("/nothing/tool")


@pytest.mark.parametrize(
    ("code", "error", "expected", "text"),
    [
        (1, b"touch: cannot touch './x': Permission denied\n", PermissionError, "failed with 1"),
        (1, b"sh: cannot create ./x: File exists\n", FileExistsError, "'/app/x'"),
        (1, b"touch: ./x: No space left on device\n", OSError, "No space left"),
        (1, b"strange\n", OSError, "strange"),
        (127, b"sh: touch: not found\n", OSError, "lacks a program"),
    ],
)
def test_a_program_that_fails_is_a_file_error(
    wire: Wire, sprite: Sprite, code: int, error: bytes, expected: type[OSError], text: str
) -> None:
    """What it says is understood, and what is not is shown."""
    wire.always(server(code=code, error=error))
    with pytest.raises(expected, match=text) as caught:
        sprite.files.touch("/app/x")
    assert isinstance(caught.value, FileSystemError)
    assert caught.value.filename == "/app/x"


def test_a_sprite_without_a_shell_says_so(wire: Wire, sprite: Sprite) -> None:
    """Some servers refuse a command that cannot be started."""
    there = server()
    wire.then(there, there, replies(400, "no such executable\n", content_type="text/plain"))
    with pytest.raises(FileSystemError, match="lacks a program") as caught:
        sprite.files.touch("/app/tool")
    assert caught.value.code == "ENOSYS"


def test_what_is_sent(wire: Wire, sprite: Sprite) -> None:
    """As the contract has it; as root only if asked."""
    wire.always(replies(200, {}))
    files, root = sprite.files, sprite.files.as_root()
    files.rename("a", PurePosixPath("/b"))
    files.copy("a", "b", recursive=True, preserve=True)
    files.chmod("a", 0o4755, recursive=True)
    root.chown("a", 0, "staff")
    root.remove("a")
    root.write_bytes("a", b"")
    rename, copy, chmod, chown, remove, write = wire.requests
    assert rename.json == {"source": "a", "dest": "/b", "workingDir": HOME}
    assert copy.json == {
        "source": "a",
        "dest": "b",
        "workingDir": HOME,
        "recursive": True,
        "preserveAttrs": True,
    }
    assert chmod.json == {"path": "a", "mode": "4755", "workingDir": HOME, "recursive": True}
    assert chown.json == {
        "path": "a",
        "uid": 0,
        "gid": "staff",
        "workingDir": HOME,
        "recursive": False,
        "asRoot": True,
    }
    assert remove.query == {"path": ["a"], "workingDir": [HOME], "asRoot": ["true"]}
    assert write.query["asRoot"] == ["true"]
    assert repr(root) == "<files of sprite 'demo' as root>"


def test_removing(wire: Wire, sprite: Sprite) -> None:
    """A tree goes only if it is one."""
    there = server()
    wire.always(there)
    sprite.files.remove("/app/nothing", missing_ok=True)
    sprite.files.rmtree("/app/nothing", missing_ok=True)
    with pytest.raises(FileNotFoundError):
        sprite.files.rmtree("/app/nothing")
    with pytest.raises(NotADirectoryError):
        sprite.files.rmtree("/app/tool")
    assert "/app/tool" in there.files
    sprite.files.rmtree("/app")
    assert wire.requests[-1].query["recursive"] == ["true"]


IMPOSSIBLE: dict[str, Callable[[Any], Any]] = {
    "an empty path": lambda files: files.read_bytes(""),
    "a NUL": lambda files: files.write_bytes("a\x00b", b""),
    "a lone surrogate": lambda files: files.list("\udcff"),
    "no text": lambda files: files.stat(3),
    "too many bits": lambda files: files.chmod("a", 0o10000),
    "a boolean as permissions": lambda files: files.write_bytes("a", b"", mode=True),
    "permissions as text": lambda files: files.mkdir("a", mode="0755"),
    "nobody": lambda files: files.chown("a"),
    "a negative owner": lambda files: files.chown("a", -1),
    "an owner without a name": lambda files: files.chown("a", ""),
    "the root": lambda files: files.rmtree("/"),
    "the parent": lambda files: files.remove("a/.."),
    "nowhere": lambda files: files.rename("a", "/"),
    "appending": lambda files: files.open("a", "a"),
    "changing in the middle": lambda files: files.open("a", "r+"),
    "no mode": lambda files: files.open("a", "bw"),
    "an unknown encoding": lambda files: files.open("a", encoding="utf-99"),
    "an unknown error handler": lambda files: files.read_text("a", errors="hope"),
    "a strange end of lines": lambda files: files.open("a", newline="\t"),
    "watching nothing": lambda files: files.watch([]),
}


@pytest.mark.parametrize("call", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_impossible_values_are_refused_before_any_request(
    wire: Wire, sprite: Sprite, call: Callable[[Any], Any]
) -> None:
    """As a ValueError."""
    with pytest.raises(ValueError):
        call(sprite.files)
    assert wire.requests == []
