"""Following the ports of a sprite."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.client import ClientConnection

from sprites_local import listeners
from tests.local.listening import Held, closed, listening, until

if TYPE_CHECKING:
    from tests.local.conftest import Api

KEEP = "sys.stdin.read()"


def message(client: ClientConnection) -> dict[str, Any]:
    text = client.recv(timeout=15)
    assert isinstance(text, str)
    return dict(json.loads(text))


def test_the_list_comes_first_then_changes(api: Api, sprite: str) -> None:
    with api.socket(sprite, "/ports/watch") as client:
        assert message(client) == {"type": "port_list", "ports": []}
        client.send("what a client says means nothing here")
        with listening(api, sprite, KEEP) as (port, command):
            opened = message(client)
            pid = opened.pop("pid")
            assert opened == {"type": "port_opened", "port": port, "address": "127.0.0.1"}
            sessions = api.http.get(api.path(sprite, "/exec")).json()["sessions"]
            assert [session["id"] for session in sessions] == [str(pid)]
            with api.socket(sprite, "/ports/watch") as second:
                assert message(second) == {
                    "type": "port_list",
                    "ports": [{**opened, "pid": pid}],
                }
            del command
        assert message(client) == {**opened, "type": "port_closed", "pid": pid}


@pytest.mark.parametrize("address", ["0.0.0.0", "::1", "::"])
def test_addresses_are_told_as_they_are(api: Api, sprite: str, address: str) -> None:
    with listening(api, sprite, KEEP, address) as (port, _):
        with api.socket(sprite, "/ports/watch") as client:
            (told,) = message(client)["ports"]
        assert (told["address"], told["port"]) == (address, port)


def test_a_port_shared_by_workers_is_one_port(api: Api, sprite: str) -> None:
    script = """
import os
if os.fork() == 0:
    os.fork()
sys.stdin.read()
"""
    with listening(api, sprite, script) as (port, _), api.socket(sprite, "/ports/watch") as client:
        assert [told["port"] for told in message(client)["ports"]] == [port]


def test_ports_of_others_are_not_the_sprites(api: Api, shared: str) -> None:
    with socket.create_server(("127.0.0.1", 0)), api.socket(shared, "/ports/watch") as client:
        assert message(client) == {"type": "port_list", "ports": []}


@pytest.mark.parametrize("tty", ["false", "true"])
def test_commands_are_told_of_changes_too(api: Api, sprite: str, tty: str) -> None:
    with listening(api, sprite, KEEP):
        params = [("cmd", "sh"), ("cmd", "-c"), ("cmd", "read x"), ("stdin", "true"), ("tty", tty)]
        with api.socket(sprite, params=params) as client:
            assert message(client)["type"] == "session_info"
            # What is told on both sockets has been noticed after both began to follow.
            with api.socket(sprite, "/ports/watch") as watching:
                message(watching)
                with listening(api, sprite, KEEP) as (port, _):
                    told = [message(client), message(watching)]
                assert told[0] == told[1]
                assert (told[0]["type"], told[0]["port"]) == ("port_opened", port)
                assert message(client) == message(watching) == {**told[0], "type": "port_closed"}


def test_the_sprite_ends_the_following(api: Api, sprite: str) -> None:
    with api.socket(sprite, "/ports/watch") as client:
        message(client)
        assert api.http.post(api.path(sprite, "/restart")).status_code == 200
        assert closed(client) == (1001, "the sprite stopped")


def test_nothing_is_left_behind(api: Api, shared: str) -> None:
    held = Held(api.server)
    with api.socket(shared, "/ports/watch", close_timeout=0.2) as client:
        message(client)  # from here on the server keeps what it asks about this sprite with
    before = held.descriptors()
    with contextlib.ExitStack() as stack:
        for number in range(6):
            client = stack.enter_context(api.socket(shared, "/ports/watch", close_timeout=0.2))
            if number % 2:
                message(client)
            if number % 3 == 0:
                client.socket.shutdown(socket.SHUT_RDWR)
    until(api, lambda: held.no_more_than(before))


@given(st.ip_addresses(), st.integers(0, 65535))
def test_the_kernels_addresses_are_read(address: Any, port: int) -> None:
    words = [
        int.from_bytes(address.packed[start : start + 4], "little")
        for start in range(0, len(address.packed), 4)
    ]
    text = "".join(f"{word:08X}" for word in words) + f":{port:04X}"
    expected = socket.inet_ntop(
        socket.AF_INET if address.version == 4 else socket.AF_INET6, address.packed
    )
    assert listeners._address(text) == (expected, port)
