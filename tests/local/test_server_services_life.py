"""Services over time: boots, crashes, restores, the end of the server."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sprites_facade.testing import LocalServer
from sprites_local.state import database
from tests.local.services import (
    SLEEPER,
    kinds,
    path,
    printed,
    put,
    shell,
    state,
    streaming,
    until,
    wait_for_output,
)

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[LocalServer], AbstractContextManager[Api]]

ANNOUNCED = shell("echo up; exec sleep 1000")


def on_term(script: str, **more: Any) -> dict[str, Any]:
    """Define a service that does something when it is asked to end."""
    return shell(f"trap '{script}; exit' TERM; echo ready; while :; do sleep 0.01; done", **more)


def states(api: Api, sprite: str) -> dict[str, str]:
    listed = api.http.get(path(api, sprite)).json()
    return {one["name"]: one["state"]["status"] for one in listed}


def test_a_crash_is_followed_by_a_restart_and_a_second_by_a_later_one(
    api: Api, sprite: str
) -> None:
    with streaming(api, "PUT", sprite, "/s?duration=20s", json=shell("echo up; exit 3")) as events:
        assert kinds(until(events, "complete"))[-2] == "exit"
    failed = state(api, sprite, "s")
    assert (failed["status"], failed["error"]) == ("failed", "exited with code 3")
    assert "pid" not in failed
    assert failed["next_restart_at"].endswith("Z")
    with streaming(api, "GET", sprite, "/s/logs?duration=20s") as events:
        times = [until(events, "stdout", "up")[-1]["timestamp"] for _ in range(3)]
    # Half a second, then one.
    assert times[1] - times[0] >= 450
    assert times[2] - times[1] >= 950
    assert state(api, sprite, "s")["restart_count"] == 2
    # A stop ends that, though nothing runs; a start begins anew.
    assert kinds(api.events("POST", path(api, sprite, "/s/stop")))[-2:] == ["stopped", "complete"]
    stopped = state(api, sprite, "s")
    assert stopped["status"] == "stopped"
    assert not {"pid", "error", "next_restart_at"} & set(stopped)
    api.events("POST", path(api, sprite, "/s/start?duration=20s"))
    assert "restart_count" not in state(api, sprite, "s")


def test_an_end_by_a_signal_is_a_crash(api: Api, sprite: str) -> None:
    put(api, sprite, "s", ANNOUNCED)
    wait_for_output(api, sprite, "s", "up")
    pid = state(api, sprite, "s")["pid"]
    with streaming(api, "GET", sprite, "/s/logs?duration=20s&lines=0") as events:
        body = {"name": "s", "signal": "SIGTERM"}
        assert api.http.post(path(api, sprite, "/signal"), json=body).status_code == 204
        until(events, "stdout", "up")
    found = state(api, sprite, "s")
    assert (found["status"], found["restart_count"]) == ("running", 1)
    assert found["pid"] != pid


def test_a_service_ends_in_order_when_it_was_paused(api: Api, sprite: str) -> None:
    put(api, sprite, "s", SLEEPER)
    body = {"name": "s", "signal": "STOP"}
    assert api.http.post(path(api, sprite, "/signal"), json=body).status_code == 204
    events = api.events("POST", path(api, sprite, "/s/stop"))
    assert events[1]["exit_code"] == 143


def test_a_boot_starts_what_is_needed_first(api: Api, sprite: str) -> None:
    put(api, sprite, "c", SLEEPER)
    put(api, sprite, "a", {**SLEEPER, "needs": ["c"]})
    put(api, sprite, "b", {**SLEEPER, "needs": ["a", "c"]})
    # Stopped holds until the next boot.
    api.events("POST", path(api, sprite, "/b/stop"))
    assert api.http.post(api.path(sprite, "/restart")).status_code == 200
    found = {name: state(api, sprite, name) for name in "abc"}
    assert {one["status"] for one in found.values()} == {"running"}
    assert sorted(found, key=lambda name: found[name]["started_at"]) == ["c", "a", "b"]


def test_a_restart_of_the_sprite_lets_services_finish(api: Api, sprite: str) -> None:
    put(api, sprite, "db", on_term("echo saved > saved"))
    put(api, sprite, "app", on_term("test ! -e saved && echo first > first", needs=["db"]))
    for name in ("db", "app"):
        wait_for_output(api, sprite, name, "ready")
    assert api.http.post(api.path(sprite, "/restart")).status_code == 200
    assert api.shell(sprite, "cat saved first") == "saved\nfirst\n"


def test_followers_are_let_go_when_the_sprite_restarts(api: Api, sprite: str) -> None:
    put(api, sprite, "s", ANNOUNCED)
    with streaming(api, "GET", sprite, "/s/logs?duration=600s") as events:
        until(events, "stdout", "up")
        api.http.post(api.path(sprite, "/restart"))
        assert until(events, "complete")


def test_a_restore_starts_what_is_defined_now(api: Api, sprite: str) -> None:
    put(api, sprite, "old", ANNOUNCED)
    wait_for_output(api, sprite, "old", "up")
    api.shell(sprite, "echo before > file")
    checkpoint = api.checkpoint(sprite)
    before = state(api, sprite, "old")["started_at"]
    put(api, sprite, "new", shell("cat file; exec sleep 1000"))
    api.events("POST", path(api, sprite, "/old/stop"))
    api.shell(sprite, "echo after > file")
    api.restore(sprite, checkpoint)
    assert states(api, sprite) == {"old": "running", "new": "running"}
    assert state(api, sprite, "old")["started_at"] > before
    wait_for_output(api, sprite, "new", "before")
    # The log went back with the files: `new` had not printed anything then.
    assert printed(api.events("GET", path(api, sprite, "/new/logs"))) == "before\n"


def test_a_checkpoint_is_taken_while_services_talk(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("while :; do echo x; sleep 0.001; done"))
    wait_for_output(api, sprite, "s", "x")
    checkpoint = api.checkpoint(sprite)
    with streaming(api, "GET", sprite, "/s/logs?duration=20s&lines=0") as events:
        until(events, "stdout", "x")
    assert api.http.delete(path(api, sprite, "/s")).status_code == 204
    api.restore(sprite, checkpoint)
    log = api.read(sprite, "/.sprite/logs/services/s.log").decode()
    assert log.endswith("[stdout] x\n")


def test_deleting_the_sprite_ends_its_services(api: Api) -> None:
    name = api.create()
    put(api, name, "s", ANNOUNCED)
    with streaming(api, "GET", name, "/s/logs?duration=600s") as events:
        until(events, "stdout", "up")
        assert api.http.delete(api.path(name)).status_code == 204
        until(events, "complete")
    assert api.http.get(path(api, name)).status_code == 404


def test_much_output_comes_whole_and_in_short_lines(api: Api, sprite: str) -> None:
    """Control characters grow sixfold in JSON; one client refuses lines of 64 KiB."""
    script = "head -c 100000 /dev/zero | tr '\\0' '\\1'; echo; seq 10000; echo end; exec sleep 1000"
    put(api, sprite, "s", shell(script))
    wait_for_output(api, sprite, "s", "end")
    response = api.http.get(path(api, sprite, "/s/logs"))
    assert max(map(len, response.text.splitlines())) < 65536
    text = printed([json.loads(line) for line in response.text.splitlines()])
    assert text == "\x01" * 100000 + "\n" + "".join(f"{n}\n" for n in range(1, 10001)) + "end\n"


def test_no_more_than_a_tail_is_kept_and_a_slow_reader_stops_nobody(api: Api, sprite: str) -> None:
    script = "echo begin; read line < go; seq 3000000; echo end; exec sleep 1000"
    api.shell(sprite, "mkfifo go")
    put(api, sprite, "s", shell(script))
    with streaming(api, "GET", sprite, "/s/logs?duration=20s") as slow:
        until(slow, "stdout", "begin")
        api.shell(sprite, "echo > go")
        # All of it is printed though this stream is not read meanwhile.
        wait_for_output(api, sprite, "s", "end")
        skipped = until(slow, "stdout", "end")
    kept = printed(api.events("GET", path(api, sprite, "/s/logs")))
    assert len(kept) <= 1 << 20
    assert kept.endswith("3000000\nend\n")
    assert any("reads too slowly" in one["data"] for one in skipped if one["type"] == "error")


def test_definitions_and_logs_survive_a_restart_of_the_server(
    tmp_path: Path, api_of: ApiOf
) -> None:
    body = {**ANNOUNCED, "env": {"A": "b"}, "http_port": 8080}
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        sprite = api.create()
        put(api, sprite, "s", body)
        wait_for_output(api, sprite, "s", "up")
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        (found,) = api.http.get(path(api, sprite)).json()
        assert found.pop("state") == {"name": "s", "status": "stopped"}
        assert found == {"name": "s", "needs": [], **body}
        assert api.http.get(api.path(sprite)).json()["status"] == "cold"
        assert api.http.post(path(api, sprite, "/s/stop")).status_code == 409
        api.shell(sprite, "true")
        assert states(api, sprite) == {"s": "running"}
        with streaming(api, "GET", sprite, "/s/logs?duration=20s") as events:
            until(events, "stdout", "up")
            until(events, "stdout", "up")


def test_a_cold_sprite_is_booted_by_a_start_and_by_a_definition(
    tmp_path: Path, api_of: ApiOf
) -> None:
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        for sprite in ("one", "two"):
            assert api.http.post("/v1/sprites", json={"name": sprite}).status_code == 201
            put(api, sprite, "s", SLEEPER)
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        events = api.events("POST", path(api, "one", "/s/start?duration=0"))
        assert kinds(events) == ["started", "complete"]
        assert kinds(put(api, "two", "s", shell("exit 5"), "20s")) == [
            "started",
            "exit",
            "complete",
        ]


def test_state_of_the_first_version_is_brought_forward(tmp_path: Path, api_of: ApiOf) -> None:
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        sprite = api.create()
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.executescript(
            "DROP TABLE services; DROP TABLE policies; DROP TABLE checkpoint_processes;"
            "DROP TABLE tokens;"
            "PRAGMA user_version = 1;"
        )
    connection.close()
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        put(api, sprite, "s", SLEEPER)
        assert states(api, sprite) == {"s": "running"}
    with sqlite3.connect(tmp_path / "state.db") as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    assert version == database.SCHEMA_VERSION


def test_the_end_of_the_server_lets_services_finish(tmp_path: Path, api_of: ApiOf) -> None:
    with LocalServer(data_dir=tmp_path) as server, api_of(server) as api:
        sprite = api.create()
        put(api, sprite, "s", on_term("echo saved >> file"))
        wait_for_output(api, sprite, "s", "ready")
    with LocalServer(data_dir=tmp_path) as server, api_of(server) as api:
        assert api.read(sprite, "/home/sprite/file") == b"saved\n"


def first_process(argument: str) -> int:
    """Find the first process of the sprite in which a program runs with this argument."""
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if argument.encode() in (status.parent / "cmdline").read_bytes().split(b"\0"):
                return int(status.read_text().partition("\nPPid:")[2].split()[0])
    raise AssertionError(f"nothing runs with {argument}")


@pytest.mark.usefixtures("own_root")
def test_a_sprite_that_died_by_itself_boots_again_with_its_services(api: Api, sprite: str) -> None:
    unique = f"1000.{secrets.randbelow(1 << 60)}"
    put(api, sprite, "s", {"cmd": "sleep", "args": [unique]})
    with streaming(api, "GET", sprite, "/s/logs?duration=600s") as events:
        os.kill(first_process(unique), signal.SIGKILL)
        until(events, "complete")
    assert states(api, sprite) == {"s": "stopped"}
    api.shell(sprite, "true")
    assert states(api, sprite) == {"s": "running"}


def test_a_log_that_cannot_be_written_stops_no_service(api: Api, sprite: str) -> None:
    if api.server.tier == "full":
        target = {"path": "/.sprite/logs", "asRoot": "true"}
        assert api.http.put(api.path(sprite, "/fs/write"), params=target).status_code == 200
    else:
        api.write(sprite, "/.sprite/logs", b"")
    put(api, sprite, "s", ANNOUNCED)
    wait_for_output(api, sprite, "s", "up")


def test_whatever_is_asked_at_once_each_service_is_one_process(api: Api, sprite: str) -> None:
    checkpoint = api.checkpoint(sprite)
    bodies = [SLEEPER, shell("exit 1"), {"cmd": "none"}, {**SLEEPER, "needs": ["a"]}]
    asked = [
        *[("PUT", f"/services/{name}?duration=5ms", body) for name in "ab" for body in bodies],
        *[
            ("POST", f"/services/{name}/{verb}", None)
            for name in "ab"
            for verb in ("start?duration=5ms", "restart?duration=5ms", "stop?timeout=5ms")
        ],
        *[("DELETE", f"/services/{name}", None) for name in "ab"],
        ("POST", f"/checkpoints/{checkpoint}/restore", None),
        ("POST", "/checkpoint", None),
        ("POST", "/restart", None),
    ]
    chance = random.Random(20261123)

    def ask(choice: tuple[str, str, dict[str, Any] | None]) -> tuple[int, str]:
        method, rest, body = choice
        answer = api.http.request(method, api.path(sprite, rest), json=body)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(6) as threads:
        for status, text in threads.map(ask, chance.choices(asked, k=80)):
            assert status in {200, 204, 400, 404, 409}, text
            assert status != 200 or '"complete"' in text or "restarted" in text, text
    tag = "1234.5678"
    for name in "ab":
        put(api, sprite, name, {"cmd": "sleep", "args": [tag]})
        with streaming(api, "POST", sprite, f"/{name}/start?duration=20s") as events:
            until(events, "started")
    assert states(api, sprite) == {"a": "running", "b": "running"}
    assert api.shell(sprite, f"pgrep -fcx 'sleep {tag}'") == "2\n"
