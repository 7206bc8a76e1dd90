"""Services over the wire: statuses, shapes, streams."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.services import (
    SLEEPER,
    kinds,
    path,
    printed,
    put,
    shell,
    show,
    state,
    streaming,
    until,
    wait_for_output,
)

if TYPE_CHECKING:
    from tests.local.conftest import Api


def refused(api: Api, method: str, url: str, **options: Any) -> tuple[int, str]:
    response = api.http.request(method, url, **options)
    assert response.headers["content-type"].startswith("text/plain"), response.text
    assert response.text.endswith("\n")
    return response.status_code, response.text.rstrip("\n")


def test_a_definition_comes_back_whole(api: Api, sprite: str) -> None:
    put(api, sprite, "db", SLEEPER)
    body = {**SLEEPER, "needs": ["db"], "env": {"A": "b"}, "dir": "/tmp", "http_port": 8080}
    put(api, sprite, "web", body)
    listed = api.http.get(path(api, sprite)).json()
    assert [one["name"] for one in listed] == ["db", "web"]
    found = listed[1]
    assert found == show(api, sprite, "web")
    running = found.pop("state")
    assert found == {"name": "web", **body}
    assert running["name"] == "web"
    assert running["status"] == "running"
    assert running["pid"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", running["started_at"])
    assert set(listed[0]) == {"name", "cmd", "args", "needs", "state"}


def test_looking_does_not_wake_a_sprite(api: Api, sprite: str) -> None:
    assert api.http.get(path(api, sprite)).json() == []
    assert refused(api, "GET", path(api, sprite, "/none")) == (404, "service not found: none")
    assert api.http.get(api.path(sprite)).json()["status"] == "cold"


def test_a_service_is_what_a_command_is_and_its_environment_is_added_to(
    api: Api, sprite: str
) -> None:
    script = "id -un; pwd; echo $HOME; echo $USER; echo $MINE; cat; echo end"
    with streaming(
        api, "PUT", sprite, "/s?duration=20s", json=shell(script, env={"MINE": "x"})
    ) as events:
        lines = printed(until(events, "stdout", "end")).split("\n")
    plain = api.shell(sprite, "id -un; pwd; echo $HOME; echo $USER").split("\n")
    assert lines == [*plain[:-1], "x", "end", ""]


def test_a_start_is_told_with_times_and_log_files(api: Api, sprite: str) -> None:
    events = put(api, sprite, "s", shell("echo out; echo err >&2; exit 3"), "20s")
    log = "/.sprite/logs/services/s.log"
    assert events[0].keys() == {"type", "timestamp"}
    assert events[0]["type"] == "started"
    assert (printed(events), printed(events, "stderr")) == ("out\n", "err\n")
    assert {**events[-2], "timestamp": 0} == {"type": "exit", "timestamp": 0, "exit_code": 3}
    assert {**events[-1], "timestamp": 0} == {
        "type": "complete",
        "timestamp": 0,
        "log_files": {"combined": log, "stdout": log, "stderr": log},
    }
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    assert all(isinstance(time, int) for time in times)
    assert abs(times[0] / 1000 - datetime.now().timestamp()) < 60


def test_a_program_that_is_not_there_is_an_error_and_code_127(api: Api, sprite: str) -> None:
    events = put(api, sprite, "s", {"cmd": "no-such-program"}, "20s")
    assert kinds(events) == ["error", "exit", "complete"]
    assert "no-such-program" in events[0]["data"]
    assert events[1]["exit_code"] == 127
    found = state(api, sprite, "s")
    assert found["status"] == "failed"
    assert found["error"] == events[0]["data"]
    assert found["next_restart_at"].endswith("Z")


def test_output_arrives_while_it_is_written(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkfifo go")
    script = "echo one; read line < go; echo two; exec sleep 1000"
    with streaming(api, "PUT", sprite, "/s?duration=20s", json=shell(script)) as events:
        until(events, "stdout", "one")
        api.shell(sprite, "echo > go")
        until(events, "stdout", "two")


def test_hanging_up_leaves_the_service_alone(api: Api, sprite: str) -> None:
    api.shell(sprite, "mkfifo go")
    script = "echo one; read line < go; echo two; exec sleep 1000"
    with streaming(api, "PUT", sprite, "/s?duration=20s", json=shell(script)) as events:
        until(events, "stdout", "one")
    pid = state(api, sprite, "s")["pid"]
    api.shell(sprite, "echo > go")
    wait_for_output(api, sprite, "s", "two")
    assert (state(api, sprite, "s")["pid"], state(api, sprite, "s")["status"]) == (pid, "running")


def test_the_duration_ends_the_report_and_not_the_service(api: Api, sprite: str) -> None:
    assert kinds(put(api, sprite, "s", SLEEPER, "50ms")) == ["started", "complete"]
    pid = state(api, sprite, "s")["pid"]
    events = api.events("POST", path(api, sprite, "/s/start?duration=0"))
    assert kinds(events) == ["started", "complete"]
    assert state(api, sprite, "s")["pid"] == pid


def test_putting_again_replaces_the_process(api: Api, sprite: str) -> None:
    put(api, sprite, "s", SLEEPER)
    pid = state(api, sprite, "s")["pid"]
    events = put(api, sprite, "s", shell("echo new; exit 4"), "20s")
    assert kinds(events) == ["stopping", "stopped", "started", "stdout", "exit", "complete"]
    assert events[1]["exit_code"] == 143
    assert api.shell(sprite, f"kill -0 {pid} 2>/dev/null || echo gone") == "gone\n"
    assert show(api, sprite, "s")["cmd"] == "sh"
    assert len(api.http.get(path(api, sprite)).json()) == 1


def test_a_stop_waits_for_the_end(api: Api, sprite: str) -> None:
    script = "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done"
    put(api, sprite, "s", shell(script))
    wait_for_output(api, sprite, "s", "ready")
    events = api.events("POST", path(api, sprite, "/s/stop"))
    assert [kind for kind in kinds(events) if kind != "stderr"] == [
        "stopping", "stdout", "stopped", "complete",
    ]  # fmt: skip
    assert events[-2]["exit_code"] == 7
    assert state(api, sprite, "s") == {"name": "s", "status": "stopped"}
    assert refused(api, "POST", path(api, sprite, "/s/stop")) == (409, "service s is not running")


def test_what_does_not_stop_is_killed(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("trap '' TERM; echo ready; while :; do sleep 1000; done"))
    wait_for_output(api, sprite, "s", "ready")
    events = api.events("POST", path(api, sprite, "/s/stop?timeout=20ms"))
    assert kinds(events) == ["stopping", "stopped", "complete"]
    assert events[1]["exit_code"] == 137


def test_a_restart_stops_and_starts(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("echo up; exec sleep 1000"))
    pid = state(api, sprite, "s")["pid"]
    with streaming(api, "POST", sprite, "/s/restart?duration=20s") as events:
        seen = until(events, "stdout", "up")
    assert kinds(seen)[-4:] == ["stopping", "stopped", "started", "stdout"]
    assert state(api, sprite, "s")["pid"] != pid


def test_a_stopped_service_can_be_started_or_restarted(api: Api, sprite: str) -> None:
    put(api, sprite, "s", SLEEPER)
    for verb in ("start", "restart"):
        api.events("POST", path(api, sprite, "/s/stop"))
        events = api.events("POST", path(api, sprite, f"/s/{verb}?duration=0"))
        assert kinds(events) == ["started", "complete"]
        assert state(api, sprite, "s")["status"] == "running"


def test_logs_are_the_output_of_all_runs(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("echo 1; echo 2; echo 3 >&2; printf 4; exit 1"), "20s")
    events = api.events("GET", path(api, sprite, "/s/logs"))
    # Between two pipes there is no order.
    assert (printed(events), printed(events, "stderr")) == ("1\n2\n4", "3\n")
    assert events[-1]["type"] == "complete"
    assert kinds(api.events("GET", path(api, sprite, "/s/logs?lines=0"))) == ["complete"]


def test_the_last_lines_of_a_log(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("seq 5; exec sleep 1000"))
    wait_for_output(api, sprite, "s", "5")
    for lines, text in ((1, "5\n"), (3, "3\n4\n5\n"), (99, "1\n2\n3\n4\n5\n")):
        assert printed(api.events("GET", path(api, sprite, f"/s/logs?lines={lines}"))) == text


def test_a_log_can_be_followed_over_restarts(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("echo up; exec sleep 1000"))
    wait_for_output(api, sprite, "s", "up")
    with streaming(api, "GET", sprite, "/s/logs?duration=20s&lines=0") as events:
        api.events("POST", path(api, sprite, "/s/restart?duration=0"))
        assert kinds(until(events, "stdout", "up")) == ["stdout"]


def test_the_log_file_has_a_time_and_the_stream_on_each_line(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("echo a; echo b >&2; printf c; exit 1"), "20s")
    log = api.read(sprite, "/.sprite/logs/services/s.log").decode()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    found = sorted(re.findall(rf"(?m)^{stamp} (.*)$", log))
    assert found == ["[stderr] b", "[stdout] a", "[stdout] c"]


@pytest.mark.usefixtures("own_root")
def test_the_log_can_be_read_by_the_sprite_itself(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("echo hello; exit 1"), "20s")
    assert api.shell(sprite, "cat /.sprite/logs/services/s.log").endswith(" [stdout] hello\n")


def test_deletion_ends_the_process_and_keeps_the_log(api: Api, sprite: str) -> None:
    put(api, sprite, "s", shell("echo kept; exec sleep 1000"))
    wait_for_output(api, sprite, "s", "kept")
    pid = state(api, sprite, "s")["pid"]
    response = api.http.delete(path(api, sprite, "/s"))
    assert (response.status_code, response.content) == (204, b"")
    assert api.http.get(path(api, sprite)).json() == []
    assert api.shell(sprite, f"kill -0 {pid} 2>/dev/null || echo gone") == "gone\n"
    assert b"[stdout] kept" in api.read(sprite, "/.sprite/logs/services/s.log")
    for method, rest in (
        ("GET", ""), ("DELETE", ""), ("POST", "/start"), ("POST", "/stop"), ("POST", "/restart"),
        ("GET", "/logs"),
    ):  # fmt: skip
        found = refused(api, method, path(api, sprite, f"/s{rest}"))
        assert found == (404, "service not found: s")


def test_a_needed_service_stays(api: Api, sprite: str) -> None:
    put(api, sprite, "db", SLEEPER)
    put(api, sprite, "web", {**SLEEPER, "needs": ["db"]})
    needed = (409, "service db is needed by web")
    assert refused(api, "POST", path(api, sprite, "/db/stop")) == needed
    assert refused(api, "DELETE", path(api, sprite, "/db")) == needed
    api.events("POST", path(api, sprite, "/web/stop"))
    # Nothing that runs needs it now, but the definition does.
    assert refused(api, "DELETE", path(api, sprite, "/db")) == needed
    assert kinds(api.events("POST", path(api, sprite, "/db/stop")))[-2:] == ["stopped", "complete"]
    assert api.http.delete(path(api, sprite, "/web")).status_code == 204
    assert api.http.delete(path(api, sprite, "/db")).status_code == 204


def test_what_a_service_needs_is_started_with_it(api: Api, sprite: str) -> None:
    put(api, sprite, "db", SLEEPER)
    put(api, sprite, "web", {**SLEEPER, "needs": ["db"]})
    for name in ("web", "db"):
        api.events("POST", path(api, sprite, f"/{name}/stop"))
    api.events("POST", path(api, sprite, "/web/start?duration=0"))
    assert state(api, sprite, "db")["status"] == state(api, sprite, "web")["status"] == "running"
    assert state(api, sprite, "db")["started_at"] < state(api, sprite, "web")["started_at"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "cmd field is required"),
        ({"cmd": ""}, "cmd field is required"),
        ({"cmd": None}, "cmd field is required"),
        ({"cmd": 1}, "cmd must be a string without NUL characters"),
        ({"cmd": "a\x00"}, "cmd must be a string without NUL characters"),
        ({"cmd": "a", "args": "b"}, "args must be a list of strings"),
        ({"cmd": "a", "args": [1]}, "each of args must be a string without NUL characters"),
        ({"cmd": "a", "needs": ["other"]}, "unknown dependency: other"),
        ({"cmd": "a", "needs": ["s"]}, "dependency cycle: s -> s"),
        ({"cmd": "a", "env": []}, "env must be an object of strings"),
        ({"cmd": "a", "env": {"A": 1}}, "each value of env must be a string without NUL"),
        ({"cmd": "a", "env": {"A=B": "1"}}, "env has a name that no variable can have"),
        ({"cmd": "a", "dir": "tmp"}, "dir must be an absolute path"),
        ({"cmd": "a", "http_port": 0}, "http_port must be a number from 1 to 65535"),
        ({"cmd": "a", "http_port": 65536}, "http_port must be a number from 1 to 65535"),
        ({"cmd": "a", "http_port": True}, "http_port must be a number from 1 to 65535"),
        ({"cmd": "a", "http_port": "80"}, "http_port must be a number from 1 to 65535"),
    ],
)
def test_a_bad_definition_is_refused_and_wakes_nobody(
    api: Api, sprite: str, body: dict[str, Any], text: str
) -> None:
    status, said = refused(api, "PUT", path(api, sprite, "/s"), json=body)
    assert status == 400
    assert said.startswith(text)
    assert api.http.get(path(api, sprite)).json() == []
    assert api.http.get(api.path(sprite)).json()["status"] == "cold"


@pytest.mark.parametrize("name", [".hidden", "-x", "a b", "ä", "a" * 65])
def test_a_bad_name_is_refused(api: Api, shared: str, name: str) -> None:
    found = refused(api, "PUT", path(api, shared, f"/{name}"), json=SLEEPER)
    assert found == (400, "invalid service name")


def test_cycles_through_others_are_refused(api: Api, sprite: str) -> None:
    put(api, sprite, "a", SLEEPER)
    put(api, sprite, "b", {**SLEEPER, "needs": ["a"]})
    pid = state(api, sprite, "a")["pid"]
    body = {**SLEEPER, "needs": ["b"]}
    status, text = refused(api, "PUT", path(api, sprite, "/a"), json=body)
    assert (status, text.split(": ")[0]) == (400, "dependency cycle")
    assert show(api, sprite, "a")["needs"] == []
    assert state(api, sprite, "a")["pid"] == pid


def test_one_service_has_the_http_port(api: Api, sprite: str) -> None:
    body = {**SLEEPER, "http_port": 8080}
    taken = (409, "another service already has an HTTP port configured")
    with ThreadPoolExecutor() as threads:
        answers = list(
            threads.map(
                lambda name: api.http.put(path(api, sprite, f"/{name}?duration=0"), json=body),
                ["a", "b", "c"],
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (winner,) = api.http.get(path(api, sprite)).json()
    other = {"a", "b", "c"} - {winner["name"]}
    for name in other:
        assert refused(api, "PUT", path(api, sprite, f"/{name}"), json=body) == taken
    put(api, sprite, winner["name"], {**body, "http_port": 9090})
    put(api, sprite, winner["name"], SLEEPER)
    put(api, sprite, other.pop(), body)


def test_null_is_nothing(api: Api, sprite: str) -> None:
    absent = dict.fromkeys(("args", "needs", "env", "dir", "http_port"))
    put(api, sprite, "s", {"cmd": "true", **absent})
    assert set(show(api, sprite, "s")) == {"name", "cmd", "args", "needs", "state"}


def test_a_service_may_be_called_signal(api: Api, sprite: str) -> None:
    put(
        api,
        sprite,
        "signal",
        shell("trap 'echo usr1' USR1; echo ready; while :; do sleep 0.01; done"),
    )
    wait_for_output(api, sprite, "signal", "ready")
    assert show(api, sprite, "signal")["name"] == "signal"
    body = {"name": "signal", "signal": "USR1"}
    response = api.http.post(path(api, sprite, "/signal"), json=body)
    assert (response.status_code, response.content) == (204, b"")
    wait_for_output(api, sprite, "signal", "usr1")
    assert api.events("POST", path(api, sprite, "/signal/stop"))[-2]["type"] == "stopped"
    assert refused(api, "POST", path(api, sprite, "/signal"), json=body)[0] == 409
    assert api.http.delete(path(api, sprite, "/signal")).status_code == 204


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({"signal": "TERM"}, 400, "name field is required"),
        ({"name": "", "signal": "TERM"}, 400, "name field is required"),
        ({"name": "s"}, 400, "signal field is required"),
        ({"name": "s", "signal": "NONE"}, 400, "invalid signal 'NONE'"),
        ({"name": "s", "signal": "TERM"}, 404, "service not found: s"),
    ],
)
def test_bad_signals_are_refused(
    api: Api, shared: str, body: dict[str, Any], status: int, text: str
) -> None:
    assert refused(api, "POST", path(api, shared, "/signal"), json=body) == (status, text)


def test_there_is_no_other_way_to_create(api: Api, shared: str) -> None:
    assert api.http.post(path(api, shared), json=SLEEPER).status_code == 405
    assert api.http.post(path(api, shared, "/s"), json=SLEEPER).status_code == 405


@pytest.mark.parametrize("query", ["lines=-1", "lines=x", "lines=100001", "duration=soon"])
def test_bad_queries_are_refused(api: Api, shared: str, query: str) -> None:
    assert refused(api, "GET", path(api, shared, f"/s/logs?{query}"))[0] == 400


def test_an_unknown_sprite_is_told_as_everywhere(api: Api) -> None:
    for method, rest in (("GET", ""), ("PUT", "/s"), ("POST", "/s/stop"), ("GET", "/s/logs")):
        body = {"json": SLEEPER} if method == "PUT" else {}
        response = api.http.request(method, path(api, "nobody", rest), **body)
        assert (response.status_code, response.json()) == (404, {"error": "sprite not found"})
