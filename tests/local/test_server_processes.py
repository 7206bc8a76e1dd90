"""Checkpoints with processes, as clients see them: sessions and services run on from there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from sprites_facade.testing import LocalServer
from tests.local.conftest import Api
from tests.local.needs import needs_criu, needs_full_tier
from tests.local.services import put, shell, state
from tests.local.test_server_exec_socket import info_of, rest_of, words

pytestmark = [
    needs_full_tier,
    needs_criu,
]

COUNTER = "n=0; while :; do n=$((n+1)); echo $n; sleep 0.01; done"


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with LocalServer(engine="full", process_state="on") as server:
        client = Api(server)
        with client.http:
            yield client


def numbers(socket: ClientConnection, count: int) -> list[int]:
    """Read whole lines of numbers until there are enough."""
    text = b""
    while text.count(b"\n") < count or not text.endswith(b"\n"):
        frame = socket.recv(timeout=10)
        assert isinstance(frame, bytes)
        assert frame[0] == 1
        text += frame[1:]
    return [int(line) for line in text.split()]


def until(socket: ClientConnection, wanted: bytes) -> bytes:
    """Read the output of a terminal up to a text."""
    text = b""
    while wanted not in text:
        frame = socket.recv(timeout=10)
        assert isinstance(frame, bytes)
        text += frame
    return text


def sessions(api: Api, sprite: str) -> list[dict[str, Any]]:
    return list(api.http.get(api.path(sprite, "/exec")).json()["sessions"])


def test_a_session_runs_on_through_a_checkpoint_and_again_after_a_restore(
    api: Api, sprite: str
) -> None:
    asked = words("sh", "-c", COUNTER, max_run_after_disconnect="0")
    with api.socket(sprite, params=asked) as socket:
        session = info_of(socket)["session_id"]
        before = numbers(socket, 5)
        checkpoint = api.checkpoint(sprite)
        seen = [*before, *numbers(socket, 50)]
        assert seen == list(range(1, len(seen) + 1))
        (listed,) = sessions(api, sprite)
        events = api.restore(sprite, checkpoint)
        assert rest_of(socket)[2] == 137
    assert "Processes: brought back" in [event.get("data") for event in events]
    (again,) = sessions(api, sprite)
    assert (again["id"], again["command"], again["created"]) == (
        listed["id"],
        listed["command"],
        listed["created"],
    )

    with api.socket(sprite, f"/exec/{session}") as socket:
        info_of(socket)
        replayed = numbers(socket, len(before) + 20)

    assert replayed == list(range(1, len(replayed) + 1))
    assert replayed[-1] >= len(before) + 20


def test_a_terminal_comes_back_with_its_shell_and_its_screen(api: Api, sprite: str) -> None:
    asked = words("bash", "--norc", tty="true", rows=30, cols=100)
    with api.socket(sprite, params=asked) as socket:
        session = info_of(socket)["session_id"]
        socket.send(b"secret=4711; cd /usr/share; echo on-the-''screen\n")
        until(socket, b"on-the-screen")
        checkpoint = api.checkpoint(sprite)
        socket.send(b"secret=0; cd /; echo chan''ged\n")
        until(socket, b"changed")
    api.restore(sprite, checkpoint)

    with api.socket(sprite, f"/exec/{session}") as socket:
        info_of(socket)
        screen = until(socket, b"on-the-screen")
        socket.send(b"echo $secret $PWD $(stty size) en''d\n")
        until(socket, b"4711 /usr/share 30 100 end")

    assert b"changed" not in screen


def test_services_run_on_and_stopped_ones_stay_stopped(api: Api, sprite: str) -> None:
    put(api, sprite, "counter", shell("echo started >> /tmp/starts; exec sleep 1000"))
    put(api, sprite, "resting", shell("exec sleep 1000"))
    api.events("POST", api.path(sprite, "/services/resting/stop"))
    running = state(api, sprite, "counter")
    checkpoint = api.checkpoint(sprite)
    put(api, sprite, "later", shell("exec sleep 1000"))

    api.restore(sprite, checkpoint)

    again = state(api, sprite, "counter")
    assert (again["status"], again["pid"]) == ("running", running["pid"])
    assert api.shell(sprite, "cat /tmp/starts; pgrep -c sleep") == "started\n2\n"
    assert state(api, sprite, "resting")["status"] == "stopped"
    assert state(api, sprite, "later")["status"] == "running"
    api.events("POST", api.path(sprite, "/services/counter/stop"))
    assert state(api, sprite, "counter")["status"] == "stopped"


def test_what_cannot_be_kept_is_told(api: Api, sprite: str) -> None:
    with contextlib.ExitStack() as stack:
        script = "unshare --user --map-root-user sh -c 'echo ready; exec sleep 1000'"
        asked = words("sh", "-c", script)
        socket = stack.enter_context(api.socket(sprite, params=asked))
        info_of(socket)
        assert until(socket, b"ready")
        events = api.events("POST", api.path(sprite, "/checkpoint"), json={})
        told = [event["data"] for event in events if "Processes:" in event.get("data", "")]
        assert told == ["  Processes: refused (a process has a user namespace of its own)"]
        assert len(sessions(api, sprite)) == 1

        events = api.restore(sprite, events[-1]["data"].split()[1])

        assert sessions(api, sprite) == []
    told = [event["data"] for event in events if "Processes:" in event.get("data", "")]
    assert told == ["Processes: stopped (a process has a user namespace of its own)"]


def test_the_state_before_a_restore_is_kept_with_its_processes(api: Api, sprite: str) -> None:
    first = api.checkpoint(sprite)
    asked = words("sh", "-c", COUNTER, max_run_after_disconnect="0")
    with api.socket(sprite, params=asked) as socket:
        session = info_of(socket)["session_id"]
        numbers(socket, 5)
        api.restore(sprite, first)
    assert sessions(api, sprite) == []
    listed = api.http.get(api.path(sprite, "/checkpoints"), params={"includeAuto": "true"}).json()
    automatic = next(entry["id"] for entry in listed if entry.get("is_auto"))

    api.restore(sprite, automatic)

    with api.socket(sprite, f"/exec/{session}") as socket:
        info_of(socket)
        assert numbers(socket, 10)[:5] == [1, 2, 3, 4, 5]
