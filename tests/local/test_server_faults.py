"""Faults on demand: off unless asked for, scoped, counted, listed, cleared."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from sprites_facade import ConfigurationError, ServerError
from sprites_facade.testing import AsyncLocalServer, Fault, LocalServer
from sprites_local.faults.operations import OPERATIONS
from tests.local.conftest import Api


@pytest.fixture(scope="module")
def faulty() -> Iterator[Api]:
    with LocalServer(faults=True) as server:
        api = Api(server)
        with api.http:
            yield api


@pytest.fixture
def sprite(faulty: Api) -> Iterator[str]:
    name = faulty.create()
    yield name
    faulty.server.faults.clear()
    assert faulty.http.delete(faulty.path(name)).status_code == 204


def lines(api: Api, path: str) -> list[str]:
    """Return the lines of a stream that ends as if it were whole."""
    response = api.http.post(path, json={})
    assert response.status_code == 200
    return response.text.splitlines()


def types(answer: list[str]) -> list[str]:
    return [json.loads(line)["type"] for line in answer]


def test_off_unless_asked_for(api: Api) -> None:
    """Without `--faults` there is no such path, and the handle says so."""
    for method in ("GET", "POST", "DELETE"):
        response = api.http.request(method, "/_faults")
        assert (response.status_code, response.json()) == (404, {"error": "not found"})
    with pytest.raises(ConfigurationError, match="faults=True"):
        _ = api.server.faults


@pytest.mark.anyio
async def test_asynchronous_handle() -> None:
    """The same, awaited; a server that does not run has no faults."""
    server = AsyncLocalServer(faults=True)
    with pytest.raises(ConfigurationError, match="not running"):
        _ = server.faults
    async with server, server.client() as client:
        fault = await server.faults.inject("status", operation="create_sprite", status=500)
        with pytest.raises(ServerError):
            await client.create_sprite("async")
        assert [fault.id] == [one.id for one in await server.faults.list() if one.used == 1]
        await server.faults.clear(fault)
        assert await server.faults.list() == []


def test_for_the_holder_of_the_token(faulty: Api) -> None:
    """Nobody else sees or makes faults."""
    for method in ("GET", "POST", "DELETE"):
        response = httpx.request(method, f"{faulty.server.url}/_faults")
        assert response.status_code == 401
    assert faulty.server.faults.list() == []


def test_listed_counted_cleared(faulty: Api, sprite: str) -> None:
    """A fault is shown with how often it happened, until it is cleared."""
    faults = faulty.server.faults
    one = faults.inject("status", sprite=sprite, operation="get_sprite", times=2)
    two = faults.inject("status", operation="get_sprite", status=500)
    assert [one, two] == faults.list()
    assert one == Fault(one.id, "status", sprite, "get_sprite", 2, 0)
    answers = [faulty.http.get(faulty.path(sprite)).status_code for _ in range(4)]
    assert answers == [503, 503, 500, 200]
    assert [fault.used for fault in faults.list()] == [2, 1]
    faults.clear(one)
    assert [two.id] == [fault.id for fault in faults.list()]
    faults.clear()
    assert faults.list() == []
    with pytest.raises(ConfigurationError, match="no such fault"):
        faults.clear(one)


def test_scopes(faulty: Api, sprite: str) -> None:
    """Another sprite and another operation go on as ever."""
    other = faulty.create()
    fault = faulty.server.faults.inject("status", sprite=sprite, operation="list_files", times=None)
    params = {"path": "/"}
    for name, path, status in (
        (sprite, "/fs/list", 503),
        (other, "/fs/list", 200),
        (sprite, "/checkpoints", 200),
        (sprite, "/fs/list", 503),
    ):
        response = faulty.http.get(faulty.path(name, path), params=params)
        assert response.status_code == status
    faulty.server.faults.clear(fault)
    assert faulty.http.get(faulty.path(sprite, "/fs/list"), params=params).status_code == 200
    assert faulty.http.delete(faulty.path(other)).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "nonsense"},
        {"kind": "cut", "operation": "no_such"},
        {"kind": "garbage", "operation": "get_sprite"},
        {"kind": "no_exit", "operation": "create_checkpoint"},
        {"kind": "not_ready", "operation": "run_command"},
        {"kind": "status", "status": 200},
        {"kind": "status", "status": "503"},
        {"kind": "cut", "after": -1},
        {"kind": "cut", "after": True},
        {"kind": "cut", "abrupt": 1},
        {"kind": "cut", "after": None},
        {"kind": "cut", "sprite": 1},
        {"kind": "status", "body": "", "content_type": "text/html\r\nX-Other: 1"},
        {"kind": "drip", "seconds": 1e9},
        {"kind": "drip", "times": 0},
        {"kind": "drip", "unknown": 0},
    ],
)
def test_refused_orders(faulty: Api, body: dict[str, Any]) -> None:
    """An order that makes no sense is refused, with the reason, and not listed."""
    response = faulty.http.post("/_faults", json=body)
    assert response.status_code == 400
    assert response.json()["error"]
    assert faulty.server.faults.list() == []


def test_rate_limit(faulty: Api, sprite: str) -> None:
    """A 429 has Retry-After and its twin in the body; a page of HTML is as it was ordered."""
    faults = faulty.server.faults
    faults.inject("status", operation="create_sprite", status=429, retry_after=7, text="slow down")
    faults.inject("status", operation="create_sprite", status=502, body="<h1>Bad gateway</h1>")
    first = faulty.http.post("/v1/sprites", json={"name": "refused"})
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    expected = {"error": "rate_limited", "message": "slow down", "retry_after_seconds": 7}
    assert expected == first.json()
    second = faulty.http.post("/v1/sprites", json={"name": "refused"})
    assert (second.status_code, second.text) == (502, "<h1>Bad gateway</h1>")
    assert second.headers["content-type"].startswith("text/html")
    assert faulty.http.get(faulty.path("refused")).status_code == 404


def test_cut_streams(faulty: Api, sprite: str) -> None:
    """A cut stream ends after n events as if it were whole, and its work is done all the same."""
    faults = faulty.server.faults
    faults.inject("cut", sprite=sprite, operation="create_checkpoint", after=2)
    faults.inject("cut", sprite=sprite, operation="create_checkpoint", after=1, inside=True)
    assert types(lines(faulty, faulty.path(sprite, "/checkpoint"))) == ["info", "info"]
    first, half = lines(faulty, faulty.path(sprite, "/checkpoint"))
    assert json.loads(first)["type"] == "info"
    with pytest.raises(json.JSONDecodeError):
        json.loads(half)
    listed = faulty.http.get(faulty.path(sprite, "/checkpoints")).json()
    assert [one["id"] for one in listed] == ["Current", "v2", "v1", "v0"]


def test_dropped_connections(faulty: Api, sprite: str) -> None:
    """An abrupt cut leaves an answer that is visibly not whole."""
    faults = faulty.server.faults
    faults.inject("cut", sprite=sprite, operation="create_checkpoint", after=1, abrupt=True)
    with pytest.raises(httpx.RemoteProtocolError):
        faulty.http.post(faulty.path(sprite, "/checkpoint"), json={})
    faulty.write(sprite, "/tmp/file", b"0123456789")
    faults.inject("cut", sprite=sprite, operation="read_file", inside=True)
    with pytest.raises(httpx.RemoteProtocolError):
        faulty.http.get(faulty.path(sprite, "/fs/read"), params={"path": "/tmp/file"})
    assert faulty.read(sprite, "/tmp/file") == b"0123456789"


def test_events_that_do_not_belong(faulty: Api, sprite: str) -> None:
    """An error event ends the stream; a line of garbage does not."""
    faults = faulty.server.faults
    path = faulty.path(sprite, "/checkpoint")
    faults.inject("error_event", sprite=sprite, after=1, text="disk on fire")
    answer = lines(faulty, path)
    assert types(answer) == ["info", "error"]
    assert json.loads(answer[-1])["error"] == "disk on fire"
    faults.inject("garbage", sprite=sprite, after=1, text="not json")
    answer = lines(faulty, path)
    assert answer[1] == "not json"
    assert types([answer[0], answer[-1]]) == ["info", "complete"]
    # An answer that is no stream is not the one that was meant.
    faults.inject("garbage", sprite=sprite, operation="restore_checkpoint")
    assert faulty.http.post(faulty.path(sprite, "/checkpoints/v9/restore")).status_code == 404
    assert faults.list()[-1].used == 0


def test_drip(faulty: Api, sprite: str) -> None:
    """A dripping stream comes in small pieces, all of it."""
    faulty.server.faults.inject("drip", sprite=sprite, size=40, seconds=0.001)
    chunks = faulty.chunks(faulty.path(sprite, "/checkpoint"))
    assert max(map(len, chunks)) <= 40
    assert types(b"".join(chunks).decode().splitlines())[-1] == "complete"


def read_to_the_end(command: ClientConnection, received: list[str | bytes]) -> int | None:
    """Receive what comes, and return the close code, None for a connection that was dropped."""
    try:
        while True:
            received.append(command.recv(timeout=10))
    except ConnectionClosed as closed:
        return None if closed.rcvd is None else closed.rcvd.code


@pytest.mark.parametrize("tty", ["true", "false"])
@pytest.mark.parametrize("abrupt", [True, False])
def test_sockets_without_exit(faulty: Api, sprite: str, tty: str, abrupt: bool) -> None:
    """A command's socket ends with all its output and no exit code, closed or dropped."""
    faulty.server.faults.inject("no_exit", sprite=sprite, code=1000, abrupt=abrupt)
    params = [("cmd", "echo"), ("cmd", "out"), ("tty", tty)]
    received: list[str | bytes] = []
    with faulty.socket(sprite, params=params) as command:
        closed = read_to_the_end(command, received)
    output = b"".join(part for part in received if isinstance(part, bytes))
    assert output == (b"out\r\n" if tty == "true" else b"\x01out\n")
    assert not [part for part in received if isinstance(part, str) and '"exit"' in part]
    assert closed == (None if abrupt else 1000)


def test_answers_without_exit(faulty: Api, sprite: str) -> None:
    """The same over plain HTTP."""
    faulty.server.faults.inject("no_exit", sprite=sprite)
    assert faulty.frames(sprite, [("cmd", "echo"), ("cmd", "out")]) == [b"\x01out\n"]
    assert faulty.run(sprite, "echo", "out") == (b"out\n", b"", 0)


def test_sockets_cut(faulty: Api, sprite: str) -> None:
    """A socket is closed with the code that was ordered, after n messages."""
    faulty.server.faults.inject("cut", operation="start_session", after=1, code=1011)
    with faulty.socket(sprite, params=[("cmd", "echo")]) as command:
        assert json.loads(command.recv(timeout=10))["type"] == "session_info"
        with pytest.raises(ConnectionClosed) as closed:
            command.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011


@pytest.mark.parametrize(
    "start",
    [
        'control:{"type":"op.start","op":"exec","args":{"cmd":["sh","-c","exit 7"]}}',
        '{"type":"op.start","op":"exec","args":"cmd=sh&cmd=-c&cmd=exit+7"}',
        '{"type":"start","operation":"exec","params":{"cmd":["sh","-c","exit 7"]}}',
    ],
)
def test_operations_complete_without_a_code(faulty: Api, sprite: str, start: str) -> None:
    """The end of an operation does not say the code, in any spelling; the exit frame does."""
    faulty.server.faults.inject("no_exit_code", sprite=sprite)
    with faulty.socket(sprite, "/control") as control:
        ends = [operation_to_its_end(control, start) for _ in range(2)]
    assert "complete" in ends[0]
    assert "exitCode" not in ends[0]
    assert "exitCode" in ends[1]


def operation_to_its_end(control: ClientConnection, start: str) -> str:
    """Run a command that fails with 7, and return the message after its exit frame."""
    control.send(start)
    while control.recv(timeout=10) != b"\x03\x07":
        pass
    return str(control.recv(timeout=10))


def test_restore_that_never_gets_ready(faulty: Api, sprite: str) -> None:
    """The stream says complete, and the inside of the sprite does not answer until cleared."""
    version = faulty.checkpoint(sprite)
    fault = faulty.server.faults.inject("not_ready", sprite=sprite)
    assert faulty.http.get(faulty.path(sprite, "/exec")).status_code == 200
    faulty.restore(sprite, version)
    for path in ("/exec", "/fs/list?path=/", "/services"):
        response = faulty.http.get(faulty.path(sprite, path))
        assert (response.status_code, response.text) == (503, "sprite is not ready\n")
    assert faulty.http.get(faulty.path(sprite, "/checkpoints")).status_code == 200
    assert faulty.server.faults.list()[0].used == 1
    faulty.server.faults.clear(fault)
    assert faulty.run(sprite, "echo", "up") == (b"up\n", b"", 0)


def test_stale_files(faulty: Api, sprite: str) -> None:
    """After a restore the file endpoints say what they said before it, and commands the truth."""
    faulty.write(sprite, "/tmp/state", b"old")
    version = faulty.checkpoint(sprite)
    faulty.server.faults.inject("stale_files", sprite=sprite)
    faulty.write(sprite, "/tmp/state", b"new")
    assert faulty.read(sprite, "/tmp/state") == b"new"
    faulty.restore(sprite, version)
    assert faulty.read(sprite, "/tmp/state") == b"new"
    assert faulty.shell(sprite, "cat /tmp/state") == "old"
    faulty.server.faults.clear()
    assert faulty.read(sprite, "/tmp/state") == b"old"


def test_a_fault_is_for_one_request_at_a_time(faulty: Api, sprite: str) -> None:
    """Of two requests at once, a fault that happens once befalls one."""
    faulty.server.faults.inject("cut", sprite=sprite, operation="create_checkpoint", after=1)
    address = httpx.URL(faulty.server.url)
    head = (
        f"POST {faulty.path(sprite, '/checkpoint')} HTTP/1.1\r\nHost: {address.netloc.decode()}\r\n"
        f"Authorization: Bearer {faulty.server.token}\r\n"
        "Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
    open_ = [socket.create_connection((address.host, address.port or 80), 30) for _ in range(2)]
    for connection in open_:
        connection.sendall(head.encode())
    answers = []
    for connection in open_:
        with connection, connection.makefile("rb") as file:
            answers.append(file.read())
    assert sorted(b'"complete"' in answer for answer in answers) == [False, True]


def test_the_names_are_those_of_the_contract() -> None:
    """Operations are named as in `openapi.yaml`, where one is missing for starting commands."""
    document = yaml.safe_load((Path(__file__).parents[2] / "openapi.yaml").read_text())
    methods = {"get", "put", "post", "delete", "head"}
    described = {
        (operation["operationId"], method.upper(), path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in methods
    }
    known = {(one.name, one.method, one.path) for one in OPERATIONS}
    assert known - described == {("start_session", "GET", "/v1/sprites/{name}/exec")}
    assert described - known == set()
    streams = {one.name for one in OPERATIONS if one.form == "events"}
    assert streams == {
        operation["operationId"]
        for item in document["paths"].values()
        for method, operation in item.items()
        if method in methods and streams_events(document, operation)
    }


def streams_events(document: dict[str, Any], operation: dict[str, Any]) -> bool:
    """Tell whether a success is a stream of events."""
    success = operation["responses"].get("200", {})
    name = success.get("$ref", "").rpartition("/")[2]
    response = document["components"]["responses"].get(name, success)
    return "application/x-ndjson" in response.get("content", {})


def test_clients_of_a_faulty_server_need_not_know(
    faulty: Api, api_of: Callable[[LocalServer], AbstractContextManager[Api]]
) -> None:
    """Without an order, a server with faults answers like any other."""
    with api_of(faulty.server) as api:
        name = api.create()
        assert api.run(name, "echo", "hello") == (b"hello\n", b"", 0)
        assert api.restore(name, api.checkpoint(name))[-1]["type"] == "complete"
        assert api.http.get("/v1/nothing").status_code == 404
        assert api.http.delete(api.path(name)).status_code == 204
