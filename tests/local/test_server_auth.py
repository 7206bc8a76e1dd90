"""Who may talk to the server."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

if TYPE_CHECKING:
    from tests.local.conftest import Api

REFUSED = {"error": "authentication failed"}


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Bearer {token}x"],
)
def test_a_request_without_the_token_is_refused(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(token=api.server.token)}
    for path in ("/v1/sprites", "/", "/no/such/path"):
        response = httpx.get(api.server.url + path, headers=headers)
        assert (response.status_code, response.json()) == (401, REFUSED)


def test_two_authorization_headers_are_refused(api: Api) -> None:
    right = ("Authorization", f"Bearer {api.server.token}")
    response = httpx.get(f"{api.server.url}/v1/sprites", headers=[right, right])
    assert response.status_code == 401


def test_the_scheme_may_be_written_in_any_case(api: Api) -> None:
    headers = {"Authorization": f"bearer {api.server.token}"}
    assert httpx.get(f"{api.server.url}/v1/sprites", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost:x", ""])
def test_a_foreign_host_is_refused_even_with_the_token(api: Api, host: str) -> None:
    response = api.http.get("/v1/sprites", headers={"Host": host})
    assert response.status_code == 403
    assert response.json() == {"error": "host not allowed"}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_names_of_loopback_with_the_own_port_are_accepted(api: Api, host: str) -> None:
    port = httpx.URL(api.server.url).port
    response = api.http.get("/v1/sprites", headers={"Host": f"{host}:{port}"})
    assert response.status_code == 200


def test_no_origin_is_ever_allowed(api: Api) -> None:
    preflight = {"Origin": "http://localhost:1", "Access-Control-Request-Method": "POST"}
    response = api.http.options("/v1/sprites", headers=preflight)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_websocket_handshake_needs_the_token_too(api: Api, shared: str) -> None:
    url = api.server.url.replace("http", "ws", 1) + api.path(shared, "/exec?cmd=true")
    with pytest.raises(InvalidStatus) as refused, connect(url, proxy=None):
        pass
    assert refused.value.response.status_code == 401
    assert b"authentication failed" in refused.value.response.body


def test_a_websocket_handshake_needs_the_host_too(api: Api, shared: str) -> None:
    address = httpx.URL(api.server.url)
    with (
        socket.create_connection((address.host, address.port), timeout=10) as raw,
        pytest.raises(InvalidStatus) as refused,
        connect(
            f"ws://evil.example/v1/sprites/{shared}/exec?cmd=true",
            sock=raw,
            additional_headers={"Authorization": f"Bearer {api.server.token}"},
            proxy=None,
        ),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_unknown_paths_and_methods_are_told_in_json(api: Api, shared: str) -> None:
    response = api.http.get("/v2/sprites")
    assert (response.status_code, response.json()) == (404, {"error": "not found"})
    response = api.http.patch(api.path(shared))
    assert response.status_code == 405
    assert response.headers["allow"] == "DELETE, GET, HEAD, PUT"
    assert api.http.get("/v1/sprites/").status_code == 404


def test_an_unknown_websocket_path_is_refused_as_not_found(api: Api, shared: str) -> None:
    with pytest.raises(InvalidStatus) as refused, api.socket(shared, "/nothing"):
        pass
    assert refused.value.response.status_code == 404


def test_an_escaped_slash_reaches_no_other_resource(api: Api, sprite: str) -> None:
    api.checkpoint(sprite)
    response = api.http.delete(f"/v1/sprites/{sprite}%2Fcheckpoints%2Fv1")
    assert response.status_code == 404
    assert api.http.get(api.path(sprite, "/checkpoints/v1")).status_code == 200


def test_every_answer_has_a_request_id_and_the_environment_its_version(
    api: Api, shared: str
) -> None:
    outside = api.http.get(api.path(shared))
    inside = api.http.head(api.path(shared, "/exec"))
    assert inside.status_code == 200
    assert outside.headers["x-request-id"] != inside.headers["x-request-id"]
    assert inside.headers["sprite-version"] == "v0.0.1-rc48"
    assert "sprite-version" not in outside.headers


def test_a_sub_resource_of_an_unknown_sprite_is_not_found(api: Api) -> None:
    for method, rest in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/checkpoints"),
        ("POST", "/checkpoint"),
        ("GET", "/exec"),
        ("POST", "/exec?cmd=true"),
        ("GET", "/fs/list?path=/"),
    ):
        response = api.http.request(method, api.path("no-such-sprite", rest))
        assert (response.status_code, response.json()) == (404, {"error": "sprite not found"})
