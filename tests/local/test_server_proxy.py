"""Tunnels into a sprite."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.local.listening import Held, closed, listening, until

if TYPE_CHECKING:
    from tests.local.conftest import Api


@contextlib.contextmanager
def tunnel(api: Api, name: str, port: int, host: str | None = None):
    with api.socket(name, "/proxy") as client:
        client.send(json.dumps({"port": port, **({} if host is None else {"host": host})}))
        shown = f"[{host}]" if host and ":" in host else host or "localhost"
        expected = {"status": "connected", "target": f"{shown}:{port}"}
        assert json.loads(client.recv(timeout=15)) == expected
        yield client


def exactly(client: ClientConnection, size: int) -> bytes:
    data = b""
    while len(data) < size:
        frame = client.recv(timeout=15)
        assert isinstance(frame, bytes)
        assert len(frame) <= 65536
        data += frame
    return data


@pytest.mark.parametrize("host", [None, "localhost", "127.0.0.1"])
def test_bytes_go_both_ways(api: Api, shared: str, host: str | None) -> None:
    with listening(api, shared) as (port, _), tunnel(api, shared, port, host) as client:
        client.send("a text means nothing here")
        client.send(b"hello ")
        client.send(b"\x00\x04\xff")
        assert exactly(client, 9) == b"hello \x00\x04\xff"


@pytest.mark.parametrize(("address", "host"), [("::1", None), ("::1", "::1"), ("::1", "[::1]")])
def test_ipv6_works_and_localhost_means_both(
    api: Api, shared: str, address: str, host: str | None
) -> None:
    with (
        listening(api, shared, address=address) as (port, _),
        api.socket(shared, "/proxy") as client,
    ):
        client.send(json.dumps({"host": host, "port": port}))
        assert json.loads(client.recv(timeout=15))["status"] == "connected"
        client.send(b"six")
        assert exactly(client, 3) == b"six"


def test_the_connection_is_made_inside(api: Api, own_root: None, shared: str) -> None:
    del own_root
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        with api.socket(shared, "/proxy") as client:
            client.send(json.dumps({"port": port}))
            code, reason = closed(client)
    assert code == 1011
    assert reason == f"Failed to connect to target: localhost:{port}: connection refused"


def test_a_tunnel_wakes_the_sprite(api: Api, sprite: str) -> None:
    with api.socket(sprite, "/proxy") as client:
        assert api.http.get(api.path(sprite)).json()["status"] == "running"
        client.send('{"port": 1}')
        assert closed(client)[0] == 1011


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("no json", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "invalid port"),
        ('{"port": 0}', "invalid port"),
        ('{"port": 65536}', "invalid port"),
        ('{"port": true}', "invalid port"),
        ('{"port": 1, "host": 7}', "invalid host"),
        ('{"port": 1, "host": "%s"}' % ("x" * 300), "invalid host"),
        (b'{"port": 1}', "JSON text"),
        ('{"port": 1, "x": "%s"}' % ("x" * 5000), "short JSON text"),
    ],
)
def test_a_bad_first_message_is_1003(
    api: Api, shared: str, message: str | bytes, reason: str
) -> None:
    with api.socket(shared, "/proxy") as client:
        client.send(message)
        code, said = closed(client)
    assert code == 1003
    assert said is not None
    assert reason in said


@pytest.mark.parametrize("host", ["example.com", "no host at all", "192.0.2.1", "10.0.0.1"])
def test_what_is_not_in_the_sprite_cannot_be_reached(api: Api, shared: str, host: str) -> None:
    with api.socket(shared, "/proxy") as client:
        client.send(json.dumps({"port": 80, "host": host}))
        code, reason = closed(client)
    assert code == 1011
    assert reason is not None
    assert reason.startswith("Failed to connect to target: ")


def test_the_end_of_the_remote_side_closes_normally(api: Api, shared: str) -> None:
    script = "connection, _ = listener.accept(); connection.sendall(b'x' * 300000)"
    with listening(api, shared, script) as (port, _), tunnel(api, shared, port) as client:
        assert exactly(client, 300_000) == b"x" * 300_000
        assert closed(client)[0] == 1000


def test_a_reset_of_the_remote_side_is_1001(api: Api, shared: str) -> None:
    script = """
import struct
connection, _ = listener.accept()
connection.recv(1)
connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
connection.close()
"""
    with listening(api, shared, script) as (port, _), tunnel(api, shared, port) as client:
        client.send(b"x")
        assert closed(client)[0] == 1001


def test_everything_said_before_the_close_arrives(api: Api, shared: str) -> None:
    script = """
import hashlib
connection, _ = listener.accept()
connection.sendall(b"never read" * 1000)
digest, size = hashlib.sha256(), 0
while data := connection.recv(65536):
    digest.update(data)
    size += len(data)
print(size, digest.hexdigest(), flush=True)
"""
    data = bytes(range(256)) * 8192
    with listening(api, shared, script) as (port, command):
        with tunnel(api, shared, port) as client:
            for start in range(0, len(data), 100_000):
                client.send(data[start : start + 100_000])
        frame = command.recv(timeout=15)
        while not isinstance(frame, bytes):
            frame = command.recv(timeout=15)
    expected = f"{len(data)} {hashlib.sha256(data).hexdigest()}\n"
    assert frame == b"\x01" + expected.encode()


def test_a_client_that_does_not_read_slows_the_remote_side_down(api: Api, shared: str) -> None:
    script = """
connection, _ = listener.accept()
connection.setblocking(False)
sent = 0
import select
while select.select([], [connection], [], 0.3)[1] and sent < 200_000_000:
    sent += connection.send(bytes(65536))
print(sent, flush=True)
"""
    with (
        listening(api, shared, script) as (port, command),
        api.socket(shared, "/proxy", max_queue=1, close_timeout=0.5) as client,
    ):
        client.send(json.dumps({"port": port}))
        client.recv(timeout=15)
        client.recv(timeout=15)
        frame = command.recv(timeout=20)
        while not isinstance(frame, bytes):
            frame = command.recv(timeout=20)
        assert int(frame[1:]) < 100_000_000


def test_megabytes_go_both_ways_at_once(api: Api, shared: str) -> None:
    data = bytes(range(256)) * 16_384
    with listening(api, shared) as (port, _), tunnel(api, shared, port) as client:

        def send() -> None:
            for start in range(0, len(data), 1 << 18):
                client.send(data[start : start + (1 << 18)])

        sender = threading.Thread(target=send)
        sender.start()
        assert exactly(client, len(data)) == data
        sender.join(20)


def test_the_sprite_ends_its_tunnels(api: Api, sprite: str) -> None:
    with listening(api, sprite) as (port, command), tunnel(api, sprite, port) as client:
        assert api.http.post(api.path(sprite, "/restart")).status_code == 200
        assert closed(client)[0] in (1000, 1001)
        closed(command)
        with contextlib.suppress(ConnectionClosed):
            command.send(b"")


def test_nothing_is_left_behind(api: Api, shared: str) -> None:
    held = Held(api.server)
    with listening(api, shared) as (port, _):
        before = held.descriptors()
        with contextlib.ExitStack() as stack:
            for number in range(10):
                client = stack.enter_context(api.socket(shared, "/proxy", close_timeout=0.2))
                if number % 5 < 3:
                    client.send(json.dumps({"port": port}))
                    client.recv(timeout=15)
                if number % 5 == 1:
                    client.send(bytes(100_000))
                if number % 5 == 4:
                    client.send('{"port": 1}')
                if number % 5 in (0, 3):
                    client.socket.shutdown(socket.SHUT_RDWR)
            assert held.descriptors()["socket"] > before["socket"]
        until(api, lambda: held.descriptors() == before)


@pytest.mark.parametrize("rest", ["/proxy", "/ports/watch", "/fs/watch", "/control"])
def test_handshakes_are_checked(api: Api, shared: str, rest: str) -> None:
    with pytest.raises(InvalidStatus) as refused, api.socket("no-such-sprite", rest):
        pass
    assert refused.value.response.status_code == 404
    assert refused.value.response.body == b'{"error":"sprite not found"}'
    wrong = {"Authorization": "Bearer wrong"}
    url = api.server.url.replace("http", "ws", 1) + api.path(shared, rest)
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(url, additional_headers=wrong, proxy=None),
    ):
        pass
    assert refused.value.response.status_code == 401


def test_a_checkpoint_disturbs_no_socket(api: Api, sprite: str) -> None:
    with (
        listening(api, sprite) as (port, _),
        tunnel(api, sprite, port) as client,
        api.socket(sprite, "/ports/watch") as ports,
        api.socket(sprite, "/fs/watch") as files,
        api.socket(sprite, "/control") as control,
    ):
        assert json.loads(ports.recv(timeout=15))["ports"][0]["port"] == port
        files.send('{"type":"subscribe","paths":["/home/sprite"]}')
        assert json.loads(files.recv(timeout=15))["type"] == "subscribed"
        client.send(b"before")
        assert exactly(client, 6) == b"before"
        api.checkpoint(sprite)
        client.send(b"after")
        assert exactly(client, 5) == b"after"
        api.shell(sprite, ": > ~/after")
        assert json.loads(files.recv(timeout=15))["path"] == "/home/sprite/after"
        with listening(api, sprite) as (other, _):
            assert json.loads(ports.recv(timeout=15))["port"] == other
        start = {"type": "op.start", "op": "fs.list", "args": {"path": "/home/sprite"}}
        control.send(json.dumps(start))
        assert json.loads(control.recv(timeout=15))["path"] == "/home/sprite"
