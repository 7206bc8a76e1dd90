"""Sprites that nobody uses: running, warm, cold, and awake again."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sprites_facade.testing import LocalServer
from tests.local.listening import listening, until
from tests.local.serving import serving
from tests.local.urls import client, serve_web

if TYPE_CHECKING:
    from tests.local.conftest import Api

ENGINE: Any = os.environ.get("SPRITES_TEST_ENGINE", "auto")
ApiOf = Callable[..., AbstractContextManager["Api"]]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server whose sprites are paused soon, and stay so."""
    options = ("--idle-timeout", "300ms", "--cold-after", "0")
    with serving(tmp_path_factory.mktemp("quick"), *options) as server:
        yield server


@pytest.fixture
def lively(quick: Any, api_of: ApiOf) -> Iterator[Api]:
    with api_of(quick) as api:
        yield api


@pytest.fixture
def rests(lively: Api) -> str:
    """What a sprite of this tier becomes when it is idle."""
    return "warm" if lively.server.tier == "full" else "cold"


def status(api: Api, name: str) -> str:
    return str(api.http.get(api.path(name)).json()["status"])


@contextlib.contextmanager
def states(api: Api, name: str) -> Iterator[Iterator[str]]:
    """Follow what becomes of one sprite."""
    headers = {"Accept": "application/x-ndjson"}
    with api.http.stream("GET", "/v1/sprites", params={"prefix": name}, headers=headers) as stream:
        lines = map(json.loads, stream.iter_lines())
        assert next(lines)["type"] == "heartbeat"
        yield (line["status"] for line in lines if line.get("name") == name)


def test_an_idle_sprite_rests_and_the_stream_tells(lively: Api, rests: str) -> None:
    name = lively.create()
    with states(lively, name) as seen:
        assert lively.shell(name, "echo hello") == "hello\n"
        assert next(seen) == "running"
        assert next(seen) == rests
        shown = lively.http.get(lively.path(name)).json()
        assert shown["status"] == rests
        assert (shown["last_warming_at"] is None) is (rests == "cold")
        assert (shown["last_running_at"] is None) is (rests == "cold")
        assert lively.shell(name, "echo again") == "again\n"
        assert next(seen) == "running"
        later = lively.http.get(lively.path(name)).json()
        if rests == "warm":
            assert later["last_running_at"] > shown["last_running_at"]


def test_processes_stand_still_and_run_on(lively: Api, rests: str) -> None:
    """A detached session counts; it is the same process before and after, and lost no output."""
    if rests == "cold":
        pytest.skip("only the full tier can pause processes")
    name = lively.create()
    words = [("cmd", word) for word in ("sh", "-c", "echo $$; read line; echo got $line")]
    params = [*words, ("stdin", "true"), ("max_run_after_disconnect", "0")]
    with states(lively, name) as seen:
        with lively.socket(name, params=params) as command:
            info = json.loads(command.recv(timeout=20))
            while (frame := command.recv(timeout=20))[:1] != b"\x01":
                pass
        assert next(seen) == "running"
        assert next(seen) == "warm"
        with lively.socket(name, f"/exec/{info['session_id']}") as command:
            assert json.loads(command.recv(timeout=20))["session_id"] == info["session_id"]
            assert next(seen) == "running"
            command.send(b"\x00on\n")
            output = b""
            while frame[:1] != b"\x03":
                frame = command.recv(timeout=20)
                output += frame[1:] if frame[:1] == b"\x01" else b""
        assert output.endswith(b"got on\n")


def test_a_command_with_a_client_holds_the_sprite(lively: Api, rests: str) -> None:
    held, free = lively.create(), lively.create()
    with lively.socket(held, params=[("cmd", "sleep"), ("cmd", "1000")]) as command:
        command.recv(timeout=20)
        # The other one is used later and rests; by then the first would have, too.
        with states(lively, free) as seen:
            lively.shell(free, "true")
            assert [next(seen), next(seen)] == ["running", rests]
        assert status(lively, held) == "running"
    until(lively, lambda: status(lively, held) == rests)


def test_an_open_tunnel_holds_the_sprite(lively: Api, rests: str) -> None:
    held, free = lively.create(), lively.create()
    with lively.socket(held, "/proxy") as tunnel, listening(lively, held) as (port, _):
        tunnel.send(json.dumps({"port": port}))
        assert json.loads(tunnel.recv(timeout=20))["status"] == "connected"
        with states(lively, free) as seen:
            lively.shell(free, "true")
            assert [next(seen), next(seen)] == ["running", rests]
        assert status(lively, held) == "running"
        tunnel.send(b"x")
        assert tunnel.recv(timeout=20) == b"x"
    until(lively, lambda: status(lively, held) == rests)


def test_an_open_request_holds_the_sprite_and_a_request_wakes_it(lively: Api, rests: str) -> None:
    name = lively.create()
    serve_web(lively, name)
    with client(lively, name) as one, states(lively, name) as seen:
        one.head("POST", "/duplex", [("Transfer-Encoding", "chunked")])
        one.wire.send(b"1\r\nx\r\n")
        response = one.wire.getresponse()
        assert response.read1(10) == b"X"
        other = lively.create()
        with states(lively, other) as seen_other:
            lively.shell(other, "true")
            assert [next(seen_other), next(seen_other)] == ["running", rests]
        assert status(lively, name) == "running"
        one.wire.send(b"0\r\n\r\n")
        assert response.read() == b""
        while next(seen) != rests:
            pass
        assert one.seen("GET", "/after")["path"] == "/after"
        assert next(seen) == "running"


def test_looking_does_not_wake(lively: Api, rests: str) -> None:
    name = lively.create()
    with states(lively, name) as seen:
        lively.shell(name, "true")
        assert [next(seen), next(seen)] == ["running", rests]
        for rest in ("", "/check", "/checkpoints", "/exec", "/services"):
            assert lively.http.get(lively.path(name, rest)).status_code == 200
        assert status(lively, name) == rests


def test_checkpoint_restore_restart_and_delete_work_on_what_rests(lively: Api, rests: str) -> None:
    name = lively.create()
    with states(lively, name) as seen:

        def rested() -> None:
            while next(seen) != rests:
                pass

        lively.shell(name, "echo one > /tmp/f || true")
        lively.write(name, "/home/sprite/f", b"one", mkdirParents="true")
        rested()
        checkpoint = lively.checkpoint(name)
        lively.write(name, "/home/sprite/f", b"two")
        rested()
        lively.restore(name, checkpoint)
        assert lively.read(name, "/home/sprite/f") == b"one"
        rested()
        assert lively.http.post(lively.path(name, "/restart")).status_code == 200
        rested()
        assert lively.http.delete(lively.path(name)).status_code == 204
        assert next(seen) == "deleted"


def test_much_traffic_meets_no_rest(lively: Api) -> None:
    """Uses that come as sprites go to rest are never lost."""
    name = lively.create()
    failures: list[str] = []

    def use(number: int) -> None:
        with contextlib.closing(lively.http.__class__(**{"timeout": 30})) as own:
            headers = {"Authorization": f"Bearer {lively.server.token}"}
            for turn in range(8):
                # Pauses about as long as the idle time, so that rests and uses meet.
                threading.Event().wait(0.28 + 0.01 * ((turn + number) % 5))
                url = f"{lively.server.url}{lively.path(name, '/exec')}"
                answer = own.post(url, params={"cmd": "true"}, headers=headers)
                if answer.status_code != 200 or answer.content[-2:] != b"\x03\x00":
                    failures.append(answer.text)

    threads = [threading.Thread(target=use, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    assert failures == []


def test_a_warm_sprite_goes_cold_and_its_services_come_back(api_of: ApiOf) -> None:
    with (
        LocalServer(engine=ENGINE, idle_timeout=0.1, cold_after=0.1) as server,
        api_of(server) as api,
    ):
        name = api.create()
        with states(api, name) as seen:
            serve_web(api, name)
            expected = ["running", "warm", "cold"] if server.tier == "full" else ["running", "cold"]
            assert [next(seen) for _ in expected] == expected
            shown = api.http.get(api.path(name)).json()
            assert shown["last_running_at"] is None
            assert shown["last_warming_at"] is None
            with client(api, name) as one:
                assert one.seen("GET", "/")["method"] == "GET"
            assert next(seen) == "running"


def test_a_server_that_ends_lets_what_rests_end_in_order(api_of: ApiOf, tmp_path: Path) -> None:
    """A service in a warm sprite is told, and does what it does then."""
    script = "trap 'echo bye > bye; exit 0' TERM; sleep 1000 & wait"
    body = {"cmd": "sh", "args": ["-c", script], "dir": "/home/sprite"}
    options: dict[str, Any] = {"engine": ENGINE, "data_dir": tmp_path / "data"}
    with LocalServer(**options, idle_timeout=0.2, cold_after=600) as server, api_of(server) as api:
        name = api.create()
        with states(api, name) as seen:
            url = api.path(name, "/services/polite?duration=100ms")
            assert api.http.put(url, json=body).status_code == 200
            assert [next(seen), next(seen)] == [
                "running",
                "warm" if server.tier == "full" else "cold",
            ]
    with LocalServer(**options) as server, api_of(server) as api:
        assert api.read(name, "/home/sprite/bye") == b"bye\n"
