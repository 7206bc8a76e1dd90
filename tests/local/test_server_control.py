"""Many operations over one socket."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection

from sprites_local.control import envelope
from tests.local.listening import Held, closed, listening, until

if TYPE_CHECKING:
    from tests.local.conftest import Api


class Control:
    def __init__(self, client: ClientConnection) -> None:
        self.client = client

    def start(self, operation: str, **arguments: Any) -> None:
        message = {"type": "op.start", "op": operation, "args": arguments}
        self.client.send("control:" + json.dumps(message))

    def text(self) -> str:
        text = self.client.recv(timeout=15)
        assert isinstance(text, str), text[:100]
        return text

    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.text()))

    def data(self) -> bytes:
        data = self.client.recv(timeout=15)
        assert isinstance(data, bytes), data[:100]
        return data

    def end(self) -> dict[str, Any]:
        text = self.text()
        assert text.startswith("control:"), text
        return dict(json.loads(text.removeprefix("control:")))

    def output(self) -> tuple[bytes, bytes, int]:
        """Read a command's frames, up to its end: what it said, and the two codes, the same."""
        outputs = {1: b"", 2: b""}
        while (frame := self.data())[0] != 3:
            outputs[frame[0]] += frame[1:]
        assert self.end() == {"type": "op.complete", "op": "exec", "args": {"exitCode": frame[1]}}
        return outputs[1], outputs[2], frame[1]


@contextlib.contextmanager
def control(api: Api, name: str, **options: Any):
    with api.socket(name, "/control", **options) as client:
        yield Control(client)


def run(operations: Control, script: str, **arguments: Any) -> tuple[bytes, bytes, int]:
    operations.start("exec", cmd=["sh", "-c", script], path="sh", **arguments)
    assert operations.json()["type"] == "session_info"
    return operations.output()


def test_commands_run_one_after_the_other(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        assert operations.client.response is not None
        assert operations.client.response.headers["X-Sprite-Capabilities"] == "signal"
        assert run(operations, "echo out; echo err >&2; exit 3") == (b"out\n", b"err\n", 3)
        assert run(operations, "cat") == (b"", b"", 0)
        script = "echo $A; pwd"
        done = run(operations, script, env=["A=b", "PATH=/bin:/usr/bin"], dir="/tmp")
        assert done[0].startswith(b"b\n/")
        operations.client.send('{"type":"release"}')
        assert run(operations, "kill -TERM $$")[2] == 143


def test_hundreds_of_operations_in_a_row(api: Api, shared: str) -> None:
    """The next one may begin as soon as the end of the last one was told."""
    with control(api, shared) as operations:
        for number in range(300):
            operations.start("fs.list", path=f"/missing{number}")
            assert operations.json()["code"] == "ENOENT"
            assert operations.end()["type"] == "op.error"


@pytest.mark.parametrize(
    "frames",
    [
        [b"\x00one ", b"\x00two", b"\x04"],
        [b"one ", b"two", b"\x04"],
        [b"\x00one two", b"\x04", b"\x04", b"late"],
    ],
    ids=["prefixed", "raw", "late"],
)
def test_input_comes_with_a_first_byte_or_without(
    api: Api, shared: str, frames: list[bytes]
) -> None:
    with control(api, shared) as operations:
        operations.start("exec", cmd=["cat"], stdin="true")
        operations.json()
        for frame in frames:
            operations.client.send(frame)
        assert operations.output() == (b"one two", b"", 0)


@pytest.mark.parametrize("binary", [True, False])
def test_signals_come_as_text_or_binary(api: Api, shared: str, binary: bool) -> None:
    with control(api, shared) as operations:
        operations.start("exec", cmd=["sleep", "1000"], stdin="true")
        operations.json()
        message = '{"type":"signal","signal":"INT"}'
        operations.client.send(message.encode() if binary else message)
        assert operations.output()[2] == 130


def test_json_that_is_input_stays_input(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        operations.start("exec", cmd=["cat"], stdin="true")
        operations.json()
        data = b'{"type":"signal","signal":"KILL","more":1}'
        operations.client.send(data)
        operations.client.send(b"\x04")
        assert operations.output() == (data, b"", 0)


def test_a_terminal_is_raw_and_ends_with_a_text(api: Api, shared: str) -> None:
    script = "stty -echo; stty size; read a; stty size; read b; echo [$a$b]; exit 4"
    with control(api, shared) as operations:
        operations.start(
            "exec", cmd=["sh", "-c", script], tty="true", rows="30", cols="100", stdin="true"
        )
        info = operations.json()
        assert (info["tty"], info["rows"], info["cols"]) == (True, 30, 100)

        def until_seen(text: bytes) -> None:
            seen = b""
            while text not in seen:
                seen += operations.data()

        until_seen(b"30 100\r\n")
        operations.client.send(b'{"type":"resize","cols":132,"rows":43}')
        operations.client.send(b"x\r")
        until_seen(b"43 132\r\n")
        operations.client.send(b"y\r")
        until_seen(b"[xy]\r\n")
        assert operations.json() == {"type": "exit", "exit_code": 4}
        assert operations.end()["args"] == {"exitCode": 4}
        assert run(operations, "exit 1")[2] == 1


def test_a_second_operation_is_refused_and_the_first_goes_on(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        operations.start("exec", cmd=["cat"], stdin="true")
        operations.json()
        operations.client.send(
            'control:{"type":"op.start","id":"2","op":"fs.list","args":{"path":"/"}}'
        )
        refused = operations.end()
        assert (refused["type"], refused["id"], refused["op"]) == ("op.error", "2", "fs.list")
        assert "another operation" in refused["args"]["error"]
        operations.client.send(b"on\x04")
        operations.client.send(b"\x04")
        assert operations.output() == (b"on\x04", b"", 0)


def test_a_command_that_cannot_start_is_an_error_and_an_exit(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        for arguments, text in (
            ({}, "No command specified"),
            ({"cmd": ["true"], "env": ["bad"]}, "env must be KEY=VALUE"),
            ({"id": "999999"}, "session not found: 999999"),
        ):
            operations.start("exec", **arguments)
            assert operations.json() == {"type": "error", "message": text}
            assert operations.json() == {"type": "exit", "exit_code": 127}
            assert operations.end() == {"type": "op.error", "op": "exec", "args": {"error": text}}
        operations.start("exec", cmd=["no-such-program"])
        assert operations.json()["type"] == "session_info"
        assert operations.output()[2] == 127


def test_attaching(api: Api, shared: str) -> None:
    params = [("cmd", "sh"), ("cmd", "-c"), ("cmd", "echo up; read x; echo $x"), ("stdin", "true")]
    with api.socket(shared, params=params) as first, control(api, shared) as operations:
        session = json.loads(first.recv(timeout=10))["session_id"]
        assert first.recv(timeout=10) == b"\x01up\n"
        operations.start("exec", id=session)
        assert operations.json()["is_owner"] is False
        operations.client.send(b"\x00it\n")
        assert operations.output() == (b"up\nit\n", b"", 0)


def test_files(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        path = "/home/sprite/control/file"
        operations.start("fs.write", path=path, mode="0600")
        operations.client.send(b"0123456789")
        assert operations.json() == {"path": path, "size": 10, "mode": "0600"}
        assert operations.end() == {"type": "op.complete", "op": "fs.write"}
        for arguments, expected in (
            ({}, b"0123456789"),
            ({"start": "2"}, b"23456789"),
            ({"start": "2", "end": "4"}, b"234"),
            ({"end": "0"}, b"0"),
        ):
            operations.start("fs.read", path="file", workingDir="/home/sprite/control", **arguments)
            assert operations.json() == {"path": path, "size": len(expected)}
            assert operations.data() == expected
            assert operations.end()["type"] == "op.complete"
        for operation, arguments, key in (
            ("fs.list", {"path": "/home/sprite/control"}, "entries"),
            ("fs.copy", {"source": path, "dest": f"{path}2"}, "copied"),
            ("fs.rename", {"source": f"{path}2", "dest": f"{path}3"}, "dest"),
            ("fs.chmod", {"path": path, "mode": "0644"}, "affected"),
            ("fs.chown", {"path": path, "uid": "1000"}, "affected"),
            ("fs.delete", {"path": "/home/sprite/control", "recursive": "true"}, "deleted"),
        ):
            operations.start(operation, **arguments)
            answer = operations.json()
            if operation == "fs.chown" and api.server.tier != "full":
                # There is one user only, whatever its number is to the host.
                assert operations.end()["type"] in ("op.complete", "op.error")
                continue
            assert key in answer, answer
            assert operations.end() == {"type": "op.complete", "op": operation}


def test_failures_of_files_are_told_twice(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        for operation, arguments, code in (
            ("fs.read", {"path": "/nope"}, "ENOENT"),
            ("fs.read", {"path": "/tmp"}, "EISDIR"),
            ("fs.list", {}, "EINVAL"),
            ("fs.read", {"path": "/etc/hostname", "start": "9999"}, None),
        ):
            operations.start(operation, **arguments)
            answer = operations.json()
            assert answer["error"]
            assert answer.get("code") == code or code is None
            end = operations.end()
            assert (end["type"], end["args"]) == ("op.error", {"error": answer["error"]})


def test_a_file_that_is_too_large_for_a_frame_is_refused(api: Api, shared: str) -> None:
    api.shell(shared, "truncate -s 20M ~/large")
    with control(api, shared) as operations:
        operations.start("fs.read", path="/home/sprite/large")
        assert "read it in parts" in operations.json()["error"]
        operations.end()
        operations.start("fs.read", path="/home/sprite/large", start="10", end="1000009")
        assert operations.json()["size"] == 1_000_000
        assert operations.data() == bytes(1_000_000)
        operations.end()
    api.shell(shared, "rm ~/large")


def test_the_second_spelling_is_answered_in_it(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        for path, last in (("/", "op.complete"), ("/nope", "op.error")):
            arguments = urlencode({"path": path, "workingDir": "/"})
            message = {"type": "op.start", "op": "fs.list", "args": arguments}
            operations.client.send(json.dumps(message))
            answer = operations.json()
            assert answer.get("path") == path
            end = operations.json()
            assert end.pop("args", "") == (
                urlencode({"error": answer["error"]}) if path == "/nope" else ""
            )
            assert end == {"type": last, "op": "fs.list"}


def test_the_third_spelling_is_answered_in_it(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        start = {"type": "start", "operation": "fs.read", "params": {"path": "/nope"}, "id": "7"}
        operations.client.send(json.dumps(start))
        error = operations.json()["error"]
        assert operations.json() == {
            "type": "error",
            "id": "7",
            "operation": "fs.read",
            "params": {"error": error},
        }


@pytest.mark.parametrize("third", [True, False])
def test_a_tunnel(api: Api, shared: str, third: bool) -> None:
    script = """
connection, _ = listener.accept()
connection.sendall(connection.recv(100)[::-1])
"""
    with listening(api, shared, script) as (port, _), control(api, shared) as operations:
        if third:
            params = {"host": "localhost", "port": port, "keep_alive": True}
            message = {"type": "start", "operation": "proxy", "params": params}
            operations.client.send(json.dumps(message))
        else:
            operations.start("proxy", host="localhost", port=str(port))
        assert operations.json() == {"status": "connected", "target": f"localhost:{port}"}
        operations.client.send(b"abc")
        assert operations.data() == b"cba"
        end = operations.json() if third else operations.end()
        assert end["type"] == ("complete" if third else "op.complete")
        assert closed(operations.client)[0] == 1000


def test_everything_said_before_the_close_arrives(api: Api, shared: str) -> None:
    script = """
connection, _ = listener.accept()
size = 0
while data := connection.recv(65536):
    size += len(data)
print(size, flush=True)
"""
    with listening(api, shared, script) as (port, command):
        with control(api, shared) as operations:
            operations.start("proxy", port=port)
            operations.json()
            for _ in range(30):
                operations.client.send(bytes(50_000))
        frame = command.recv(timeout=15)
        while not isinstance(frame, bytes):
            frame = command.recv(timeout=15)
    assert frame == b"\x011500000\n"


def test_a_tunnel_to_nowhere_is_an_error_and_the_socket_goes_on(api: Api, shared: str) -> None:
    with control(api, shared) as operations:
        operations.start("proxy", port="1")
        assert "connection refused" in operations.end()["args"]["error"]
        operations.start("proxy", port="0")
        assert "invalid port" in operations.end()["args"]["error"]
        assert run(operations, "echo on")[0] == b"on\n"


@pytest.mark.parametrize(
    "message",
    [
        'control:{"type":"op.start"}',
        'control:{"type":"op.start","op":"nope","args":{}}',
        'control:{"type":"op.start","op":7}',
        'control:{"type":"op.start","op":"exec","args":[1]}',
        'control:{"type":"op.start","op":"exec","args":{"cmd":{"a":1}}}',
        'control:{"type":"op.start","op":"exec","args":{"cmd":[[1]]}}',
    ],
)
def test_a_start_that_makes_no_sense_is_an_error(api: Api, shared: str, message: str) -> None:
    with control(api, shared) as operations:
        for ignored in ("no json", "control:no json", "{}", "[]", b"", b"x", "control:{}"):
            operations.client.send(ignored)
        operations.client.send(message)
        end = operations.end()
        assert end["type"] == "op.error"
        assert end.get("op") != ""  # left out where none was named
        assert run(operations, "echo on")[0] == b"on\n"


def test_a_command_survives_its_control_socket_for_a_while(api: Api, sprite: str) -> None:
    with control(api, sprite) as operations:
        script = ["sh", "-c", "read x; echo $x"]
        operations.start("exec", cmd=script, stdin="true", max_run_after_disconnect="60s")
        session = operations.json()["session_id"]
    with api.socket(sprite, f"/exec/{session}") as client:
        assert json.loads(client.recv(timeout=10))["session_id"] == session
        client.send(b"\x00back\n")
        assert client.recv(timeout=10) == b"\x01back\n"


def test_the_sprite_ends_its_control_sockets(api: Api, sprite: str) -> None:
    with control(api, sprite) as idle, control(api, sprite) as busy:
        assert run(idle, "true")[2] == 0
        busy.start("exec", cmd=["sleep", "1000"])
        busy.json()
        assert api.http.post(api.path(sprite, "/restart")).status_code == 200
        assert closed(idle.client) == (1001, "the sprite stopped")
        assert closed(busy.client)[0] == 1001


def test_nothing_is_left_behind(api: Api, shared: str) -> None:
    held = Held(api.server)
    with listening(api, shared) as (port, _):
        before = held.descriptors()
        with contextlib.ExitStack() as stack:
            for number in range(12):
                operations = stack.enter_context(control(api, shared, close_timeout=0.2))
                if number % 4 == 1:
                    operations.start("exec", cmd=["sleep", "1000"], max_run_after_disconnect="10ms")
                    operations.json()
                if number % 4 == 2:
                    operations.start("proxy", port=port)
                    operations.json()
                if number % 4 == 3:
                    operations.start("fs.write", path="/home/sprite/never")
                if number % 3 == 0:
                    linger = struct.pack("ii", 1, 0)
                    operations.client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    operations.client.socket.shutdown(socket.SHUT_RDWR)
        until(api, lambda: held.no_more_than(before))
        sessions = api.path(shared, "/exec")
        until(api, lambda: api.http.get(sessions).json()["count"] == 1)
    assert api.http.get(
        api.path(shared, "/fs/read"), params={"path": "/home/sprite/never"}
    ).is_error


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.dictionaries(TEXT, st.lists(TEXT, min_size=1, max_size=3), max_size=4))
def test_the_spellings_mean_the_same(arguments: dict[str, list[str]]) -> None:
    expected = [(key, value) for key, values in arguments.items() for value in values]
    plain = json.dumps({"type": "op.start", "op": "exec", "args": arguments})
    encoded = urlencode(arguments, doseq=True)
    texts = [
        f"control:{plain}",
        plain,
        json.dumps({"type": "op.start", "op": "exec", "args": encoded}),
        json.dumps({"type": "start", "operation": "exec", "params": arguments}),
    ]
    for text in texts:
        start = envelope.read(text)
        assert start is not None
        assert (start.operation, start.pairs()) == ("exec", expected)
    assert {key: list(values) for key, values in arguments.items()} == parse_qs(
        encoded, keep_blank_values=True
    )
