"""WebSockets to the URL of a sprite, and the end of what is under way."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.local.listening import closed
from tests.local.urls import client, serve_web

if TYPE_CHECKING:
    from tests.local.conftest import Api


@contextlib.contextmanager
def websocket(
    api: Api, name: str, path: str = "/socket", *, by_path: bool = False, **options: Any
) -> Iterator[ClientConnection]:
    address = api.server.url.removeprefix("http://")
    host, _, port = address.rpartition(":")
    at = f"{address}/sprites/{name}" if by_path else f"{name}.localhost:{port}"
    options.setdefault("additional_headers", {"Authorization": f"Bearer {api.server.token}"})
    with (
        socket.create_connection((host, int(port)), timeout=20) as raw,
        connect(f"ws://{at}{path}", sock=raw, compression=None, proxy=None, **options) as one,
    ):
        yield one


@pytest.mark.parametrize("by_path", [False, True])
def test_a_websocket_goes_both_ways(api: Api, web: str, by_path: bool) -> None:
    with websocket(api, web, "/socket?a=b", by_path=by_path, max_size=None) as one:
        headers = json.loads(one.recv(timeout=20))
        for message in ("text ü", b"\x00\xff", b"z" * 300_000, ""):
            one.send(message)
            assert one.recv(timeout=20) == message
        port = api.server.url.rpartition(":")[2]
        assert headers["host"].endswith(f":{port}")
        assert headers["x-forwarded-for"] == headers["sprite-client-ip"] == "127.0.0.1"
        assert "authorization" not in headers
        assert one.response is not None
        assert one.response.headers["set-cookie"] == "seen=1"
        one.send("close")
        with pytest.raises(ConnectionClosed):
            one.recv(timeout=20)
        assert (one.close_code, one.close_reason) == (4321, "as told")


def test_a_websocket_keeps_origin_and_subprotocol(api: Api, web: str) -> None:
    with websocket(api, web, origin="http://here", subprotocols=["one", "two"]) as one:
        assert json.loads(one.recv(timeout=20))["origin"] == "http://here"
        assert one.subprotocol == "two"


def test_a_refused_websocket_tells_the_programs_answer(api: Api, web: str) -> None:
    with pytest.raises(InvalidStatus) as refused, websocket(api, web, "/refuse"):
        pass
    answer = refused.value.response
    assert (answer.status_code, answer.body) == (418, b"no!")


def test_a_websocket_to_a_private_sprite_needs_the_token(api: Api, web: str) -> None:
    with pytest.raises(InvalidStatus) as refused, websocket(api, web, additional_headers={}):
        pass
    assert refused.value.response.status_code == 401


def test_the_end_of_the_sprite_ends_what_is_under_way(api: Api, sprite: str) -> None:
    serve_web(api, sprite)
    with client(api, sprite) as one, websocket(api, sprite) as other:
        one.head("POST", "/duplex", [("Transfer-Encoding", "chunked")])
        one.wire.send(b"1\r\nx\r\n")
        response = one.wire.getresponse()
        assert response.read1(10) == b"X"
        ended = threading.Thread(target=api.http.delete, args=[api.path(sprite)])
        ended.start()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
        assert closed(other)[0] in (1001, 1011)
        ended.join(20)
