"""What a sprite may ask from inside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.listening import Held, until
from tests.local.serving import serving
from tests.local.test_server_life import states, status

if TYPE_CHECKING:
    from tests.local.conftest import Api

ApiOf = Callable[..., AbstractContextManager["Api"]]

# Runs inside: one request; the status and the body on standard output.
ASK = """
import http.client, socket, sys
method, path, body = sys.argv[1:]
wire = http.client.HTTPConnection("sprite", timeout=20)
wire.sock = socket.socket(socket.AF_UNIX)
wire.sock.settimeout(20)
wire.sock.connect("/.sprite/api.sock")
wire.request(method, path, body.encode() or None)
answer = wire.getresponse()
print(answer.status)
print(answer.read().decode())
"""

pytestmark = pytest.mark.usefixtures("own_root")


def ask(api: Api, name: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    sent = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    stdout, stderr, code = api.run(name, "python3", "-c", ASK, method, path, sent)
    assert code == 0, stderr
    head, _, text = stdout.decode().partition("\n")
    lines = [json.loads(line) for line in text.splitlines() if line.startswith(("{", "["))]
    if not lines:
        return int(head), text.strip()
    return int(head), lines if len(lines) > 1 else lines[0]


@pytest.fixture(scope="module")
def here(api: Api) -> str:
    """A sprite for tests that do not restore it."""
    return api.create()


def test_what_a_sprite_reads_about_itself_is_true(api: Api, here: str) -> None:
    """Every request that /.sprite/llm.txt names is one; `[]` is a body that none accepts."""
    text = api.shell(here, "cat /.sprite/llm.txt")
    named = re.findall(r"^    (GET|PUT|POST) +(/\S+)", text, re.MULTILINE)
    assert len(named) > 7
    for method, path in named:
        target = path.replace("NAME", "name").rstrip(";")
        status_code, answer = ask(api, here, method, target, "" if method == "GET" else "[]")
        assert answer != {"error": "not found"}, path
        assert status_code == 200 if method == "GET" else status_code in (400, 404), path


def test_info_tells_where_it_is(api: Api, here: str) -> None:
    assert api.shell(here, "true") == ""
    shown = api.http.get(api.path(here)).json()
    assert ask(api, here, "GET", "/info") == (
        200,
        {
            "version": shown["environment_version"],
            "sprite_name": here,
            "sprite_url": shown["url"],
            "sprite_id": shown["id"],
            "org": shown["organization"],
        },
    )


def test_everybody_inside_may_connect(api: Api, here: str) -> None:
    assert api.shell(here, "stat -c '%a %F' /.sprite/api.sock") == "666 socket\n"


def test_tasks_come_and_go(api: Api, here: str) -> None:
    code, first = ask(api, here, "POST", "/v1/tasks", {"name": "build-1", "expire": 60})
    assert code == 201
    assert first.keys() == {"name", "started_at", "expires_at"}
    assert ask(api, here, "POST", "/v1/tasks", {"name": "build-1", "expire": 60})[0] == 409
    code, refreshed = ask(api, here, "PUT", "/v1/tasks/build-1", {"expire": "1h"})
    assert code == 200
    assert refreshed["started_at"] == first["started_at"]
    assert refreshed["expires_at"] > first["expires_at"]
    code, other = ask(api, here, "PUT", "/v1/tasks", {"name": "other", "expire": "90s"})
    assert code == 200
    assert ask(api, here, "GET", "/v1/tasks") == (200, {"tasks": [refreshed, other]})
    assert ask(api, here, "GET", "/v1/tasks/other") == (200, other)
    for name in ("other", "build-1"):
        assert ask(api, here, "DELETE", f"/v1/tasks/{name}") == (204, "")
    assert ask(api, here, "DELETE", "/v1/tasks/other") == (404, {"error": "task not found"})
    assert ask(api, here, "GET", "/v1/tasks/other") == (404, {"error": "task not found"})
    assert ask(api, here, "GET", "/v1/tasks") == (200, {"tasks": []})


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a"},
        {"name": "a", "expire": 0},
        {"name": "a", "expire": -1},
        {"name": "a", "expire": 3601},
        {"name": "a", "expire": "61m"},
        {"name": "a", "expire": "soon"},
        {"name": "a", "expire": True},
        {"name": "a", "expire": 1e308},
        {"name": "A", "expire": 1},
        {"name": "a_b", "expire": 1},
        {"name": "", "expire": 1},
        {"name": "a" * 65, "expire": 1},
        {"expire": 1},
        "no JSON",
    ],
)
def test_a_bad_task_is_refused(api: Api, here: str, body: Any) -> None:
    code, said = ask(api, here, "POST", "/v1/tasks", body)
    assert code == 400
    assert "error" in said
    assert ask(api, here, "GET", "/v1/tasks") == (200, {"tasks": []})


def test_a_task_ends_by_itself(api: Api, here: str) -> None:
    assert ask(api, here, "PUT", "/v1/tasks/short", {"expire": "50ms"})[0] == 200
    until(api, lambda: ask(api, here, "GET", "/v1/tasks") == (200, {"tasks": []}))


def test_services_are_the_same_as_from_outside(api: Api, here: str) -> None:
    body = {"cmd": "sleep", "args": ["1000"]}
    code, events = ask(api, here, "PUT", "/v1/services/nap?duration=0s", body)
    assert code == 200
    assert "started" in [event["type"] for event in events]
    assert ask(api, here, "GET", "/v1/services/nap")[1]["state"]["status"] == "running"
    assert api.http.get(api.path(here, "/services/nap")).json()["cmd"] == "sleep"
    assert ask(api, here, "POST", "/v1/services", body)[0] == 405
    assert ask(api, here, "GET", "/v1/services/nap/logs")[0] == 404
    assert ask(api, here, "POST", "/v1/services/nap/stop")[0] == 200
    assert ask(api, here, "POST", "/v1/services/nap/start?duration=0s")[0] == 200
    signal = {"name": "nap", "signal": "CONT"}
    assert ask(api, here, "POST", "/v1/services/signal", signal) == (204, "")
    assert ask(api, here, "DELETE", "/v1/services/nap") == (204, "")
    assert ask(api, here, "GET", "/v1/services/nap")[0] == 404


def test_a_sprite_checkpoints_and_restores_itself(api: Api, sprite: str) -> None:
    api.write(sprite, "/home/sprite/f", b"one")
    code, events = ask(api, sprite, "POST", "/v1/checkpoint", {"comment": "from inside"})
    assert code == 200
    assert events[-1]["type"] == "complete"
    code, listed = ask(api, sprite, "GET", "/v1/checkpoints")
    assert [entry["id"] for entry in listed] == ["Current", "v1", "v0"]
    assert ask(api, sprite, "GET", "/v1/checkpoints/v1")[1]["comment"] == "from inside"
    assert ask(api, sprite, "POST", "/v1/checkpoints", {})[0] == 405
    assert ask(api, sprite, "PUT", "/v1/tasks/held", {"expire": 60})[0] == 200
    api.write(sprite, "/home/sprite/f", b"two")
    assert ask(api, sprite, "POST", "/v1/checkpoints/v1/restore") == (
        202,
        {
            "status": "accepted",
            "checkpoint_id": "v1",
            "message": "Restore initiated. Environment will restart shortly.",
        },
    )
    until(api, lambda: api.read(sprite, "/home/sprite/f") == b"one")
    assert ask(api, sprite, "GET", "/info")[1]["sprite_name"] == sprite
    # Who held it is gone.
    assert ask(api, sprite, "GET", "/v1/tasks") == (200, {"tasks": []})
    assert ask(api, sprite, "DELETE", "/v1/checkpoints/v1") == (204, "")
    assert ask(api, sprite, "GET", "/v1/checkpoints/v1")[0] == 404


@pytest.mark.parametrize(("checkpoint", "code"), [("v9", 404), ("Current", 409)])
def test_what_cannot_be_restored_is_told_at_once(
    api: Api, here: str, checkpoint: str, code: int
) -> None:
    assert ask(api, here, "POST", f"/v1/checkpoints/{checkpoint}/restore")[0] == code


def test_the_network_policy_is_for_reading(api: Api, here: str) -> None:
    assert ask(api, here, "GET", "/policy/network") == (200, {"rules": []})
    assert ask(api, here, "POST", "/policy/network", {"rules": []})[0] == 405


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v1/sprites"),
        ("POST", "/v1/sprites"),
        ("GET", "/v1/sprites/{other}"),
        ("DELETE", "/v1/sprites/{other}"),
        ("GET", "/v1/sprites/{other}/checkpoints"),
        ("GET", "/v1/services/..%2f..%2f{other}%2fcheckpoints"),
        ("GET", "/v1/services/../../{other}/checkpoints"),
        ("POST", "/v1/exec?cmd=true"),
        ("GET", "/v1/fs/read?path=/etc/passwd"),
        ("POST", "/v1/organizations/local/tokens"),
        ("GET", "/v1/organization"),
        ("GET", "/v1/orgs"),
        ("GET", "/policy/privileges"),
        ("GET", "/sprites/{other}/"),
    ],
)
def test_everything_else_is_not_there(
    api: Api, here: str, shared: str, method: str, path: str
) -> None:
    code, said = ask(api, here, method, path.format(other=shared))
    assert code == 404
    assert said in ({"error": "not found"}, f"service not found: {shared}")


def test_another_host_name_changes_nothing(api: Api, here: str, shared: str) -> None:
    """Neither a Host header nor one that a proxy might set leads to another sprite."""
    script = ASK.replace(
        "body.encode() or None)",
        f"headers={{'Host': '{shared}.localhost', 'X-Forwarded-Host': '{shared}'}})",
    )
    stdout, _, _ = api.run(here, "python3", "-c", script, "GET", "/info", "")
    assert json.loads(stdout.splitlines()[1])["sprite_name"] == here


MANY = """
import socket
open_, cut = [], 0
for _ in range(60):
    wire = socket.socket(socket.AF_UNIX)
    wire.settimeout(20)
    wire.connect("/.sprite/api.sock")
    try:
        wire.sendall(b"GET /info HTTP/1.1\\r\\nHost: sprite\\r\\n\\r\\n")
        answered = wire.recv(65536)
    except OSError:
        answered = b""
    cut += not answered
    open_.append(wire)
print(cut)
"""
LARGE = """
import socket, sys
wire = socket.socket(socket.AF_UNIX)
wire.settimeout(20)
wire.connect("/.sprite/api.sock")
try:
    wire.sendall(sys.argv[1].encode() + b"x" * int(sys.argv[2]) + b"\\r\\n\\r\\n")
except OSError:
    pass
try:
    print(wire.recv(65536)[:12].decode())
except OSError:
    print("cut")
"""


def test_connections_are_bounded(api: Api, here: str) -> None:
    held = Held(api.server)
    before = held.descriptors()["socket"]
    assert api.shell(here, f"python3 -c '{MANY}'") == "28\n"
    assert ask(api, here, "GET", "/info")[0] == 200
    until(api, lambda: held.descriptors()["socket"] <= before)


@pytest.mark.parametrize(
    ("head", "size", "said"),
    [
        ("GET /info HTTP/1.1\r\nHost: sprite\r\nX: ", 2_000_000, {"HTTP/1.1 400", "cut"}),
        (
            "PUT /v1/tasks HTTP/1.1\r\nHost: sprite\r\nContent-Length: 300000\r\n\r\n",
            300_000,
            {"HTTP/1.1 413"},
        ),
        ("\x01\x02\r\n\r\n", 0, {"HTTP/1.1 400"}),
    ],
)
def test_sizes_are_bounded(api: Api, here: str, head: str, size: int, said: set[str]) -> None:
    stdout, stderr, _ = api.run(here, "python3", "-c", LARGE, head, str(size))
    assert stdout.decode().strip() in said, stderr


def test_what_the_sprite_puts_there_leads_nowhere(api: Api, sprite: str) -> None:
    """A link in place of the socket is replaced; a directory stays, and the sprite boots anyway."""
    as_root = {"asRoot": "true"}
    path = {"path": "/.sprite/api.sock", **as_root}
    assert api.http.delete(api.path(sprite, "/fs/delete"), params=path).status_code == 200
    before = api.read(sprite, "/etc/passwd")
    if api.server.tier == "rootless":
        api.shell(sprite, "ln -s /etc/passwd /.sprite/api.sock")
        assert api.http.post(api.path(sprite, "/restart")).status_code == 200
        assert ask(api, sprite, "GET", "/info")[0] == 200
        assert api.shell(sprite, "stat -c %F /.sprite/api.sock") == "socket\n"
        assert api.http.delete(api.path(sprite, "/fs/delete"), params=path).status_code == 200
    api.write(sprite, "/.sprite/api.sock/inner", b"", mkdirParents="true", **as_root)
    assert api.http.post(api.path(sprite, "/restart")).status_code == 200
    assert api.shell(sprite, "stat -c %F /.sprite/api.sock") == "directory\n"
    assert api.read(sprite, "/etc/passwd") == before


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = ("--idle-timeout", "300ms", "--cold-after", "0")
    with serving(tmp_path_factory.mktemp("inside"), *options) as server:
        yield server


def test_a_task_holds_the_sprite(quick: Any, api_of: ApiOf) -> None:
    with api_of(quick) as api:
        rests = "warm" if quick.tier == "full" else "cold"
        held, free = api.create(), api.create()
        assert ask(api, held, "PUT", "/v1/tasks/work", {"expire": "1h"})[0] == 200
        with states(api, free) as seen:
            api.shell(free, "true")
            assert [next(seen), next(seen)] == ["running", rests]
        assert status(api, held) == "running"
        assert ask(api, held, "DELETE", "/v1/tasks/work")[0] == 204
        until(api, lambda: status(api, held) == rests)
