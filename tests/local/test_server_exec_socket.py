"""Commands over a WebSocket."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

if TYPE_CHECKING:
    from tests.local.conftest import Api


def words(*argv: str, **query: Any) -> list[tuple[str, str]]:
    return [("cmd", word) for word in argv] + [(key, str(value)) for key, value in query.items()]


def info_of(socket: ClientConnection) -> dict[str, Any]:
    message = json.loads(socket.recv(timeout=10))
    assert message["type"] == "session_info"
    return dict(message)


def rest_of(socket: ClientConnection) -> tuple[bytes, bytes, int]:
    """Read to the exit frame and the close."""
    outputs = {1: b"", 2: b""}
    while True:
        frame = socket.recv(timeout=20)
        assert isinstance(frame, bytes)
        assert len(frame) <= 65536
        if frame[0] == 3:
            break
        outputs[frame[0]] += frame[1:]
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=10)
    assert socket.close_code == 1000
    return outputs[1], outputs[2], frame[1]


def test_info_comes_first_then_output_exit_and_close(api: Api, shared: str) -> None:
    with api.socket(shared, params=words("sh", "-c", "echo out; echo err >&2; exit 3")) as socket:
        info = info_of(socket)
        assert info["is_owner"] is True
        assert info["tty"] is False
        assert info["session_id"].isdecimal()
        assert info["command"].startswith("sh -c")
        assert isinstance(info["created"], int)
        assert rest_of(socket) == (b"out\n", b"err\n", 3)
    assert socket.response is not None
    assert socket.response.headers["X-Sprite-Capabilities"] == "signal"
    assert socket.response.headers["Sprite-Version"] == "v0.0.1-rc48"


def test_input_goes_in_frames_and_ends(api: Api, shared: str) -> None:
    with api.socket(shared, params=words("cat", stdin="true")) as socket:
        info_of(socket)
        socket.send(b"\x00hello ")
        socket.send(b"\x00world")
        socket.send(b"\x04")
        assert rest_of(socket) == (b"hello world", b"", 0)


def test_without_stdin_input_is_at_its_end(api: Api, shared: str) -> None:
    with api.socket(shared, params=words("cat")) as socket:
        info_of(socket)
        # The server may have said everything, and closed, before these arrive.
        with contextlib.suppress(ConnectionClosed):
            socket.send(b"\x00dropped")
            socket.send(b"\x04")
        assert rest_of(socket)[2] == 0


def test_megabytes_go_both_ways_at_once(api: Api, shared: str) -> None:
    data = bytes(range(256)) * 16_384
    with api.socket(shared, params=words("cat", stdin="true")) as socket:
        info_of(socket)

        def send() -> None:
            for start in range(0, len(data), 1 << 18):
                socket.send(b"\x00" + data[start : start + (1 << 18)])
            socket.send(b"\x04")

        sender = threading.Thread(target=send)
        sender.start()
        stdout, _, code = rest_of(socket)
        sender.join(20)
    assert (stdout == data, code) == (True, 0)


def test_a_client_that_does_not_read_slows_the_command_down(api: Api, sprite: str) -> None:
    script = "trap '' PIPE; head -c 200000000 /dev/zero; echo end > /tmp/end"
    with api.socket(
        sprite, params=words("sh", "-c", script), max_queue=1, close_timeout=0.5
    ) as socket:
        info_of(socket)
        socket.recv(timeout=10)
        # Far less than the command has to say fits into buffers on the way.
        assert api.run(sprite, "test", "-e", "/tmp/end")[2] == 1
        (session,) = api.http.get(api.path(sprite, "/exec")).json()["sessions"]
        events = api.events(
            "POST", api.path(sprite, f"/exec/{session['id']}/kill"), params={"signal": "KILL"}
        )
        assert events[-1]["exit_code"] == 137


@pytest.mark.parametrize(("signal", "code"), [("INT", 130), ("TERM", 143), ("KILL", 137)])
def test_signals_go_as_text(api: Api, shared: str, signal: str, code: int) -> None:
    with api.socket(shared, params=words("sleep", "1000")) as socket:
        info_of(socket)
        socket.send('{"type":"signal","signal":"NOPE"}')
        socket.send("no json")
        socket.send("[]")
        socket.send(json.dumps({"type": "signal", "signal": signal}))
        assert rest_of(socket)[2] == code


def test_a_missing_program_is_127_with_a_text(api: Api, shared: str) -> None:
    with api.socket(shared, params=words("no-such-program")) as socket:
        info_of(socket)
        stdout, stderr, code = rest_of(socket)
    assert (stdout, code) == (b"", 127)
    assert b"no-such-program" in stderr


@pytest.mark.parametrize(
    ("params", "status", "text"),
    [
        ([], 400, b"No command specified"),
        ([("cmd", "a"), ("env", "bad")], 400, b"env must be KEY=VALUE"),
        ([("cmd", "a"), ("tty", "true"), ("rows", "x")], 400, b"rows must be a number"),
        ([("id", "999999")], 404, b"session not found: 999999"),
    ],
)
def test_a_handshake_that_makes_no_sense_is_refused(
    api: Api, shared: str, params: list[tuple[str, str]], status: int, text: bytes
) -> None:
    with pytest.raises(InvalidStatus) as refused, api.socket(shared, params=params):
        pass
    assert refused.value.response.status_code == status
    assert refused.value.response.body is not None
    assert refused.value.response.body.startswith(text)


def test_a_handshake_for_an_unknown_sprite_is_refused(api: Api) -> None:
    for rest in ("/exec", "/exec/1"):
        with (
            pytest.raises(InvalidStatus) as refused,
            api.socket("no-such-sprite", rest, params=words("true")),
        ):
            pass
        assert refused.value.response.status_code == 404
        assert b"sprite not found" in refused.value.response.body


@pytest.mark.parametrize("by_path", [True, False])
def test_attaching_replays_and_follows(api: Api, shared: str, by_path: bool) -> None:
    script = "echo before; read line; echo got $line; exit 5"
    with api.socket(shared, params=words("sh", "-c", script, stdin="true")) as first:
        session = info_of(first)["session_id"]
        assert first.recv(timeout=10) == b"\x01before\n"
        rest, params = (f"/exec/{session}", []) if by_path else ("/exec", [("id", session)])
        with api.socket(shared, rest, params=params) as second:
            info = info_of(second)
            assert (info["session_id"], info["is_owner"]) == (session, False)
            assert second.recv(timeout=10) == b"\x01before\n"
            second.send(b"\x00it\n")
            assert rest_of(second) == (b"got it\n", b"", 5)
        assert rest_of(first) == (b"got it\n", b"", 5)
    with pytest.raises(InvalidStatus) as refused, api.socket(shared, f"/exec/{session}"):
        pass
    assert refused.value.response.status_code == 404


def test_a_command_survives_its_client_for_a_while(api: Api, shared: str) -> None:
    script = "read line; echo $line"
    params = words("sh", "-c", script, stdin="true", max_run_after_disconnect="60s")
    with api.socket(shared, params=params) as socket:
        session = info_of(socket)["session_id"]
    with api.socket(shared, f"/exec/{session}") as socket:
        assert info_of(socket)["session_id"] == session
        socket.send(b"\x00back\n")
        assert rest_of(socket) == (b"back\n", b"", 0)


def test_a_command_ends_when_no_client_comes_back(api: Api, sprite: str) -> None:
    params = words("sleep", "1000", max_run_after_disconnect="0.1s")
    with api.socket(sprite, params=params) as socket:
        session = info_of(socket)["session_id"]
    # tail ends when the process it waits for is gone.
    assert api.run(sprite, "tail", "-f", "/dev/null", f"--pid={session}", "-s", "0.05")[2] == 0
    assert api.http.get(api.path(sprite, "/exec")).json()["count"] == 0


def test_a_terminal_is_raw_both_ways(api: Api, shared: str) -> None:
    params = words("sh", "-c", "stty size; read line; echo [$line]; exit 4", tty="true")
    with api.socket(shared, params=[*params, ("rows", "30"), ("cols", "100")]) as socket:
        info = info_of(socket)
        assert (info["tty"], info["rows"], info["cols"]) == (True, 30, 100)
        seen = b""
        while b"30 100\r\n" not in seen:
            seen += bytes(socket.recv(timeout=10, decode=False))
        socket.send(b"typed\r")
        while b"[typed]\r\n" not in seen:
            seen += bytes(socket.recv(timeout=10, decode=False))
        assert json.loads(socket.recv(timeout=10)) == {"type": "exit", "exit_code": 4}
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
        assert socket.close_code == 4004


def test_a_terminal_is_resized_and_closes_normally_on_success(api: Api, shared: str) -> None:
    params = words("sh", "-c", "echo up; read x; stty size", tty="true")
    with api.socket(shared, params=params) as socket:
        info_of(socket)
        seen = b""
        while b"up\r\n" not in seen:
            seen += bytes(socket.recv(timeout=10, decode=False))
        socket.send('{"type":"resize","cols":0,"rows":true}')
        socket.send('{"type":"resize","cols":132,"rows":43}')
        socket.send(b"\r")
        while b"43 132\r\n" not in seen:
            seen += bytes(socket.recv(timeout=10, decode=False))
        assert json.loads(socket.recv(timeout=10)) == {"type": "exit", "exit_code": 0}
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
        assert socket.close_code == 1000


def test_odd_frames_do_no_harm(api: Api, shared: str) -> None:
    with api.socket(shared, params=words("cat", stdin="true")) as socket:
        info_of(socket)
        for frame in (b"", b"\x01x", b"\x03", b"\xff" * 10, b"\x00"):
            socket.send(frame)
        socket.send(b"\x00ok")
        with contextlib.suppress(ConnectionClosed):
            socket.send(b"\x04")
            socket.send(b"\x04")
            socket.send(b"\x00late")
        assert rest_of(socket) == (b"ok", b"", 0)
