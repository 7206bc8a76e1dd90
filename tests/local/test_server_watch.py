"""Following the files of a sprite."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from websockets.sync.client import ClientConnection

from tests.local.listening import Held, closed, until

if TYPE_CHECKING:
    from tests.local.conftest import Api


class Watcher:
    def __init__(self, client: ClientConnection) -> None:
        self.client = client

    def message(self) -> dict[str, Any]:
        text = self.client.recv(timeout=15)
        assert isinstance(text, str)
        return dict(json.loads(text))

    def send(self, kind: str, *paths: str, **more: Any) -> None:
        self.client.send(json.dumps({"type": kind, "paths": paths, **more}))

    def subscribe(self, *paths: str, **more: Any) -> None:
        self.send("subscribe", *paths, **more)
        assert self.message() == {"type": "subscribed", "paths": list(paths)}

    def event(self) -> tuple[str, str]:
        event = self.message()
        assert event["type"] == "event", event
        return event["event"], event["path"]

    def events_to(self, path: str) -> list[tuple[str, str]]:
        """What is told until a file comes into being; that event is not returned."""
        events = []
        while (event := self.event()) != ("create", path):
            events.append(event)
        return events


@contextlib.contextmanager
def watching(api: Api, name: str, **options: Any):
    with api.socket(name, "/fs/watch", **options) as client:
        yield Watcher(client)


@pytest.fixture
def top(api: Api, shared: str, request: pytest.FixtureRequest) -> str:
    """A directory of the test's own, as clients write it and as commands find it."""
    path = f"/home/sprite/{request.node.name.translate(str.maketrans('[]/', '---'))}"
    api.shell(shared, f"mkdir -p ~/{path.rpartition('/')[2]}")
    return path


def inside(top: str, script: str) -> str:
    return f"cd ~/{top.rpartition('/')[2]} && {script}"


def test_changes_are_told_in_order(api: Api, shared: str, top: str) -> None:
    with watching(api, shared) as watch:
        watch.subscribe(top)
        script = "echo 12345 > a; chmod 600 a; mv a b; rm b; mkdir d; rmdir d; : > end"
        api.shell(shared, inside(top, script))
        assert watch.events_to(f"{top}/end") == [
            ("create", f"{top}/a"),
            ("write", f"{top}/a"),
            ("chmod", f"{top}/a"),
            ("rename", f"{top}/a"),
            ("create", f"{top}/b"),
            ("remove", f"{top}/b"),
            ("create", f"{top}/d"),
            ("remove", f"{top}/d"),
        ]


def test_an_event_says_what_it_is_about(api: Api, shared: str, top: str) -> None:
    with watching(api, shared) as watch:
        watch.subscribe(top)
        api.write(shared, f"{top}/file", b"12345")
        while (event := watch.message())["path"] != f"{top}/file":
            pass
        assert (event["event"], event["isDir"], event["size"]) == ("create", False, 5)
        assert event["timestamp"].endswith("Z")
        api.shell(shared, inside(top, "mkdir d"))
        assert (event := watch.message()).pop("timestamp")
        assert event == {"type": "event", "path": f"{top}/d", "event": "create", "isDir": True}


@pytest.mark.parametrize("recursive", [False, True])
def test_a_file_that_is_put_in_place_is_one_event(
    api: Api, shared: str, top: str, recursive: bool
) -> None:
    """What the server does beside the file is not told, nor is it twice that there is a file."""
    with watching(api, shared) as watch:
        watch.subscribe(top, recursive=recursive)
        api.write(shared, f"{top}/a", b"1" * 300_000)
        api.write(shared, f"{top}/a", b"22", mode="0600")
        api.write(shared, f"{top}/d/below", b"3")
        api.write(shared, f"{top}/end", b"")
        below = [("create", f"{top}/d/below")] if recursive else []
        assert watch.events_to(f"{top}/end") == [
            ("create", f"{top}/a"),
            ("write", f"{top}/a"),
            ("create", f"{top}/d"),
            *below,
        ]


def test_a_file_of_a_user_is_told_whatever_its_name(api: Api, shared: str, top: str) -> None:
    name = f"{top}/.upload-{'0' * 32}"
    with watching(api, shared) as watch:
        watch.subscribe(top)
        api.write(shared, name, b"1")
        api.shell(shared, inside(top, "mv .upload-* b; : > end"))
        told = watch.events_to(f"{top}/end")
        assert told == [("create", name), ("rename", name), ("create", f"{top}/b")]


def test_without_recursion_what_is_below_is_not_told(api: Api, shared: str, top: str) -> None:
    api.shell(shared, inside(top, "mkdir d"))
    with watching(api, shared) as watch:
        watch.subscribe(top)
        api.shell(shared, inside(top, ": > d/below; : > end"))
        assert watch.events_to(f"{top}/end") == []


def test_new_directories_are_taken_up(api: Api, shared: str, top: str) -> None:
    api.shell(shared, inside(top, "mkdir -p old/deep; : > old/deep/before"))
    with watching(api, shared) as watch:
        watch.subscribe(top, recursive=True)
        api.shell(shared, inside(top, "mkdir -p a/b/c; : > a/b/c/x; : > old/deep/y; : > end"))
        told = watch.events_to(f"{top}/end")
        expected = [f"{top}/{name}" for name in ("a", "a/b", "a/b/c", "a/b/c/x", "old/deep/y")]
        assert [path for kind, path in told if kind == "create"] == expected
        api.shell(shared, inside(top, ": > a/b/c/later; : > end2"))
        assert watch.events_to(f"{top}/end2") == [("create", f"{top}/a/b/c/later")]


def test_moved_directories_are_followed_under_their_new_name(
    api: Api, shared: str, top: str
) -> None:
    api.shell(shared, inside(top, "mkdir -p in/a/b out; : > in/a/b/x"))
    with watching(api, shared) as watch:
        watch.subscribe(f"{top}/in", recursive=True)
        api.shell(shared, inside(top, "mv in/a in/c; : > in/c/b/y; : > in/end"))
        told = watch.events_to(f"{top}/in/end")
        assert told[:2] == [("rename", f"{top}/in/a"), ("create", f"{top}/in/c")]
        assert ("create", f"{top}/in/c/b/y") in told
        api.shell(shared, inside(top, "mv in/c out; : > out/c/b/z; rm out/c/b/x; : > in/end2"))
        assert watch.events_to(f"{top}/in/end2") == [("rename", f"{top}/in/c")]


def test_a_file_that_is_replaced_is_still_followed(api: Api, shared: str, top: str) -> None:
    api.shell(shared, inside(top, "echo 1 > file"))
    with watching(api, shared) as watch:
        watch.subscribe(f"{top}/file", f"{top}")
        watch.send("unsubscribe", top)
        api.shell(shared, inside(top, "echo 2 > new; mv new file; : > other; echo 3 >> file"))
        assert watch.event() == ("create", f"{top}/file")
        assert watch.event() == ("write", f"{top}/file")


def test_the_end_of_a_directory_is_told(api: Api, shared: str, top: str) -> None:
    api.shell(shared, inside(top, "mkdir d"))
    with watching(api, shared) as watch:
        watch.subscribe(f"{top}/d")
        api.shell(shared, inside(top, "rmdir d"))
        told = watch.event()
        while told[0] == "chmod":  # the count of its links changes, too
            told = watch.event()
        assert told == ("remove", f"{top}/d")


def test_unsubscribed_paths_are_not_told(api: Api, shared: str, top: str) -> None:
    api.shell(shared, inside(top, "mkdir -p a/b c"))
    with watching(api, shared) as watch:
        watch.subscribe(f"{top}/a", recursive=True)
        watch.subscribe(f"{top}/a/b", f"{top}/c")
        watch.send("unsubscribe", f"{top}/a", f"{top}/unknown")
        watch.subscribe(f"{top}/c")
        api.shell(shared, inside(top, ": > a/x; : > a/b/x; : > c/end"))
        assert watch.events_to(f"{top}/c/end") == [("create", f"{top}/a/b/x")]


def test_relative_paths_start_from_the_working_directory(api: Api, shared: str, top: str) -> None:
    with watching(api, shared) as watch:
        watch.send("subscribe", ".", workingDir=top)
        assert watch.message() == {"type": "subscribed", "paths": [top]}


def test_failures_are_messages(api: Api, shared: str, top: str) -> None:
    missing = f"{top}/missing"
    error = {"type": "error", "message": "no such file or directory", "path": missing}
    with watching(api, shared) as watch:
        watch.send("subscribe", missing)
        assert watch.message() == error
        watch.send("subscribe", missing, top)
        assert watch.message() == {"type": "subscribed", "paths": [top]}
        assert watch.message() == error


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("no json", "not valid JSON"),
        (b"binary", "must be JSON text"),
        ("{}", "type must be"),
        ('{"type": "subscribe"}', "paths must be a list"),
        ('{"type": "subscribe", "paths": []}', "paths must hold"),
        ('{"type": "subscribe", "paths": [1]}', "paths must be a list"),
        ('{"type": "subscribe", "paths": [""]}', "not a path"),
        ('{"type": "subscribe", "paths": ["/"], "recursive": 1}', "recursive must be"),
        ('{"type": "subscribe", "paths": ["/"], "workingDir": 1}', "workingDir must be"),
        (json.dumps({"type": "subscribe", "paths": ["/"] * 1001}), "paths must hold"),
        (json.dumps({"type": "x" * (1 << 20)}), "at most 1 MB"),
    ],
)
def test_what_makes_no_sense_is_told_and_does_no_harm(
    api: Api, shared: str, message: str | bytes, text: str
) -> None:
    with watching(api, shared) as watch:
        watch.client.send(message)
        answer = watch.message()
        assert answer["type"] == "error"
        assert text in answer["message"]
        watch.subscribe("/home/sprite")


def test_no_link_leads_out(api: Api, shared: str, top: str, tmp_path: Any) -> None:
    """A link to a directory of the host means a directory of the sprite, or nothing."""
    api.shell(shared, inside(top, f"ln -s {tmp_path} out; ln -s ../../../../../.. up"))
    with watching(api, shared) as watch:
        watch.send("subscribe", f"{top}/out", f"/..{tmp_path}")
        assert [watch.message()["type"] for _ in range(2)] == ["error", "error"]
        watch.send("subscribe", f"{top}/up/..", f"{top}", recursive=True)
        assert watch.message()["type"] == "subscribed"
        (tmp_path / "file").write_text("x")
        api.shell(shared, inside(top, ": > end"))
        assert watch.events_to(f"{top}/end") == []


def test_others_files_cannot_be_followed(api: Api, shared: str, two_users: None) -> None:
    del two_users
    with watching(api, shared) as watch:
        watch.send("subscribe", "/root")
        assert watch.message() == {
            "type": "error",
            "message": "permission denied",
            "path": "/root",
        }


def test_many_changes_at_once_arrive(api: Api, shared: str, top: str) -> None:
    with watching(api, shared) as watch:
        watch.subscribe(top, recursive=True)
        script = "i=0; while [ $i -lt 2000 ]; do : > f$i; i=$((i+1)); done; mkdir d; : > d/end"
        api.shell(shared, inside(top, script))
        told = watch.events_to(f"{top}/d/end")
        assert [f"{top}/f{number}" for number in range(2000)] == [path for _, path in told[:-1]]


def test_the_sprite_ends_the_following(api: Api, sprite: str) -> None:
    with watching(api, sprite) as watch:
        watch.subscribe("/home/sprite", recursive=True)
        checkpoint = api.checkpoint(sprite)
        api.restore(sprite, checkpoint)
        assert closed(watch.client) == (1001, "the sprite stopped")
    with watching(api, sprite) as watch:
        watch.subscribe("/home/sprite")
        api.shell(sprite, ": > ~/after")
        assert watch.events_to("/home/sprite/after") == []


def test_nothing_is_left_behind(api: Api, shared: str) -> None:
    held = Held(api.server)
    before = held.descriptors()
    assert before["inotify"] == 0
    with contextlib.ExitStack() as stack:
        for number in range(6):
            watch = stack.enter_context(watching(api, shared, close_timeout=0.2))
            if number % 2:
                watch.subscribe("/home/sprite", recursive=True)
            if number % 3 == 0:
                watch.client.socket.shutdown(socket.SHUT_RDWR)
        assert held.descriptors()["inotify"] > 0
    until(api, lambda: held.descriptors()["inotify"] == 0)
    until(api, lambda: held.descriptors()["socket"] <= before["socket"])
