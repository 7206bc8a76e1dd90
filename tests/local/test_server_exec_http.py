"""Commands over plain HTTP, and the signals that end them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local.serving import Served, serving

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[Served], AbstractContextManager[Api]]

OCTETS = {"Content-Type": "application/octet-stream"}


def test_both_outputs_and_the_code_arrive(api: Api, shared: str) -> None:
    script = "echo out; echo err >&2; exit 7"
    assert api.run(shared, "sh", "-c", script) == (b"out\n", b"err\n", 7)


@pytest.mark.usefixtures("own_root")
def test_a_sprite_has_its_name_as_host_name(api: Api, shared: str) -> None:
    assert api.shell(shared, "uname -n").strip() == shared


def test_each_chunk_is_one_frame(api: Api, shared: str) -> None:
    params = [("cmd", word) for word in ("head", "-c", "300000", "/dev/zero")]
    frames = api.frames(shared, params)
    assert frames[-1] == bytes([3, 0])
    assert all(frame[0] == 1 and len(frame) <= 65536 for frame in frames[:-1])
    assert sum(len(frame) - 1 for frame in frames[:-1]) == 300_000


def test_output_arrives_while_the_command_runs(api: Api, shared: str) -> None:
    params = [("cmd", word) for word in ("sh", "-c", "echo first; exec sleep 1000")]
    with api.http.stream("POST", api.path(shared, "/exec"), params=params) as response:
        assert next(response.iter_raw()) == b"\x01first\n"
        (session,) = api.http.get(api.path(shared, "/exec")).json()["sessions"]
        api.events("POST", api.path(shared, f"/exec/{session['id']}/kill"))


def test_a_silent_command_is_answered_at_once(api: Api, shared: str) -> None:
    params = [("cmd", "sleep"), ("cmd", "1000")]
    with api.http.stream("POST", api.path(shared, "/exec"), params=params) as response:
        assert response.status_code == 200
        (session,) = api.http.get(api.path(shared, "/exec")).json()["sessions"]
        api.events("POST", api.path(shared, f"/exec/{session['id']}/kill"))
        assert b"".join(response.iter_raw()) == bytes([3, 143])


def test_input_is_fed_to_its_end(api: Api, shared: str) -> None:
    data = bytes(range(256)) * 20_000
    params = [("cmd", "sha256sum"), ("stdin", "true")]
    url = api.path(shared, "/exec")
    response = api.http.post(url, params=params, content=data, headers=OCTETS)
    local = api.http.post(
        url,
        params=[("cmd", "sh"), ("cmd", "-c"), ("cmd", "cat | sha256sum"), ("stdin", "true")],
        content=data,
        headers=OCTETS,
    )
    assert response.content == local.content
    assert response.content.endswith(bytes([3, 0]))


def test_without_stdin_a_command_reads_an_end(api: Api, shared: str) -> None:
    assert api.run(shared, "cat") == (b"", b"", 0)


def test_a_command_that_does_not_read_its_input_ends(api: Api, shared: str) -> None:
    params = [("cmd", "true"), ("stdin", "true")]
    response = api.http.post(
        api.path(shared, "/exec"), params=params, content=b"x" * (1 << 20), headers=OCTETS
    )
    assert response.content == bytes([3, 0])


def test_input_over_the_limit_starts_nothing(api: Api, shared: str) -> None:
    params = [("cmd", "sh"), ("cmd", "-c"), ("cmd", "touch /tmp/ran"), ("stdin", "true")]
    response = api.http.post(
        api.path(shared, "/exec"), params=params, content=b"x" * (10485760 + 1), headers=OCTETS
    )
    assert response.status_code == 413
    assert response.headers["content-type"].startswith("text/plain")
    assert api.run(shared, "test", "-e", "/tmp/ran")[2] == 1


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "No command specified"),
        ("cmd=", "No command specified"),
        ("cmd=a&tty=true", "tty is not allowed here"),
        ("cmd=a&id=1", "id is not allowed here"),
        ("cmd=a&detachable=true", "detachable is not allowed here"),
        ("cmd=a&cc=true", "cc is not allowed here"),
        ("cmd=a&stdin=perhaps", "stdin must be true or false"),
        ("cmd=a&env=NOVALUE", "env must be KEY=VALUE"),
        ("cmd=a&env==x", "env must be KEY=VALUE"),
        ("cmd=a&dir=relative", "dir must be an absolute path"),
        ("cmd=a%00b", "a command cannot contain a NUL character"),
        ("cmd=cat&stdin=true", "standard input must be sent as application/octet-stream"),
        ("cmd=a&max_run_after_disconnect=soon", "max_run_after_disconnect: invalid duration"),
    ],
)
def test_what_makes_no_sense_is_refused_in_plain_text(
    api: Api, shared: str, query: str, text: str
) -> None:
    response = api.http.post(f"{api.path(shared, '/exec')}?{query}")
    assert response.status_code == 400
    assert response.text.startswith(text)
    assert response.text.endswith("\n")
    assert response.headers["content-type"].startswith("text/plain")


def test_a_refusal_repeats_no_value_of_the_environment(api: Api, shared: str) -> None:
    response = api.http.post(f"{api.path(shared, '/exec')}?cmd=a&env=hunter2")
    assert response.status_code == 400
    assert "hunter2" not in response.text


@pytest.mark.usefixtures("own_root")
def test_a_given_environment_replaces_the_default(api: Api, shared: str) -> None:
    stdout, _, _ = api.run(shared, "/usr/bin/env", env="ONLY=this one")
    assert stdout == b"ONLY=this one\n"
    default = api.shell(shared, "echo $HOME $USER $PWD")
    assert default == "/home/sprite sprite /home/sprite\n"


@pytest.mark.usefixtures("own_root")
def test_the_directory_is_obeyed(api: Api, shared: str) -> None:
    assert api.run(shared, "pwd", dir="/usr")[0] == b"/usr\n"


def test_path_names_the_program(api: Api, shared: str) -> None:
    assert api.run(shared, "ignored", "a b", path="/bin/echo")[0] == b"a b\n"


@pytest.mark.parametrize("program", ["no-such-program", "/etc/passwd", "/no/such/file"])
def test_a_missing_program_is_127_as_in_a_shell(api: Api, shared: str, program: str) -> None:
    stdout, stderr, code = api.run(shared, program)
    assert (stdout, code) == (b"", 127)
    assert program.encode() in stderr


def test_a_straggler_does_not_hold_the_answer_up(api: Api, shared: str) -> None:
    stdout, _, code = api.run(shared, "sh", "-c", "sleep 1000 & echo done")
    assert (stdout, code) == (b"done\n", 0)
    api.shell(shared, "pkill -x sleep")


def test_kill_tells_each_step(api: Api, shared: str) -> None:
    params = [("cmd", "sleep"), ("cmd", "1000")]
    with api.socket(shared, params=params) as socket:
        session = json.loads(socket.recv(timeout=10))["session_id"]
        url = api.path(shared, f"/exec/{session}/kill")
        events = api.events("POST", url, params={"signal": "INT"})
        assert [event["type"] for event in events] == ["signal", "exited", "complete"]
        assert events[0]["signal"] == "SIGINT"
        assert events[0]["pid"] == int(session)
        assert events[-1]["exit_code"] == 130
        assert socket.recv(timeout=10) == bytes([3, 130])
    response = api.http.post(url)
    assert (response.status_code, response.text) == (410, "session already exited\n")


def test_kill_uses_force_when_patience_ends(api: Api, shared: str) -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 1; done"
    with api.socket(shared, params=[("cmd", word) for word in ("sh", "-c", script)]) as socket:
        session = json.loads(socket.recv(timeout=10))["session_id"]
        assert socket.recv(timeout=10) == b"\x01ready\n"
        body = {"signal": "SIGTERM", "timeout": 0.2}
        events = api.events("POST", api.path(shared, f"/exec/{session}/kill"), json=body)
        kinds = [event["type"] for event in events]
        assert kinds == ["signal", "timeout", "killed", "complete"]
        assert events[1]["message"] == "Timeout after 0.2s, sending SIGKILL"
        assert events[-1]["exit_code"] == 137


def test_a_command_that_ended_is_not_listed(api: Api, shared: str) -> None:
    """From the moment that its end is told, even if its client has not read its output yet."""
    script = "i=0; while head -c 1000000 /dev/zero; do i=$((i+1)); echo $i > ~/written; done"
    with api.socket(shared, params=[("cmd", word) for word in ("sh", "-c", script)]) as socket:
        session = json.loads(socket.recv(timeout=10))["session_id"]
        count = ""
        while (later := api.shell(shared, "sleep 0.3; cat ~/written")) != count:
            count = later  # it writes on: all between it and us is not full yet
        events = api.events("POST", api.path(shared, f"/exec/{session}/kill?signal=KILL"))
        assert events[-1]["exit_code"] == 137
        listed = api.http.get(api.path(shared, "/exec")).json()["sessions"]
        assert session not in [one["id"] for one in listed]
        while (frame := socket.recv(timeout=10)) != bytes([3, 137]):
            assert isinstance(frame, bytes)
            assert frame.startswith(b"\x01\0")


def test_kill_without_patience_sends_and_returns(api: Api, shared: str) -> None:
    script = "trap 'echo caught' USR1; echo ready; while :; do :; done"
    with api.socket(shared, params=[("cmd", word) for word in ("sh", "-c", script)]) as socket:
        session = json.loads(socket.recv(timeout=10))["session_id"]
        assert socket.recv(timeout=10) == b"\x01ready\n"
        url = api.path(shared, f"/exec/{session}/kill")
        events = api.events("POST", url, params={"signal": "usr1", "timeout": "0s"})
        assert [event["type"] for event in events] == ["signal", "complete"]
        assert "exit_code" not in events[-1]
        assert socket.recv(timeout=10) == b"\x01caught\n"
        api.events("POST", url, params={"signal": "KILL"})


@pytest.mark.parametrize(
    ("query", "status"),
    [("signal=NOPE", 400), ("timeout=soon", 400), ("timeout=-1s", 400), ("", 404)],
)
def test_kill_refuses_nonsense(api: Api, shared: str, query: str, status: int) -> None:
    response = api.http.post(f"{api.path(shared, '/exec/999999/kill')}?{query}")
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/plain")


def test_sessions_are_listed_while_they_run(api: Api, sprite: str) -> None:
    params = [("cmd", "sleep"), ("cmd", "1000"), ("dir", "/tmp")]
    with api.socket(sprite, params=params) as socket:
        info = json.loads(socket.recv(timeout=10))
        listed = api.http.get(api.path(sprite, "/exec")).json()
        assert listed["count"] == 1
        (session,) = listed["sessions"]
        assert session["id"] == info["session_id"]
        assert session["command"] == "sleep 1000"
        assert session["workdir"] == "/tmp"
        assert session["tty"] is False
    response = api.http.get(api.path(sprite, "/exec"), params={"cmd": "true"})
    assert response.status_code == 400


def test_input_of_a_command_that_cannot_start_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api_of: ApiOf
) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "default::ResourceWarning")
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        serving(tmp_path / "data", tier="portable", errors=errors) as server,
        api_of(server) as api,
    ):
        assert api.http.post("/v1/sprites", json={"name": "s"}).status_code == 201
        shutil.rmtree(tmp_path / "data/engine/portable/sprites")
        kind = {"Content-Type": "application/octet-stream"}
        query = {"cmd": "cat", "stdin": "true"}
        path = api.path("s", "/exec")
        assert api.http.post(path, params=query, content=b"in", headers=kind).status_code == 503
    assert "Unclosed" not in log.read_text()
