"""The URL of a sprite: who may use it, and what passes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.local.needs import needs_full_tier
from tests.local.urls import PROGRAM, client

if TYPE_CHECKING:
    from tests.local.conftest import Api


@pytest.mark.parametrize("by_path", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"])
def test_every_method_reaches_the_program(api: Api, web: str, method: str, by_path: bool) -> None:
    with client(api, web, by_path=by_path) as one:
        said = one.seen(method, "/a/b?c=d", body=b"hello")
    assert (said["method"], said["path"], said["size"]) == (method, "/a/b?c=d", 5)


def test_head_has_the_headers_and_no_body(api: Api, web: str) -> None:
    with client(api, web) as one:
        response = one.ask("HEAD", "/")
        assert response.status == 207
        assert int(response.headers["content-length"]) > 100
        assert response.read() == b""
        # The connection is still in step.
        assert one.seen()["method"] == "GET"


@pytest.mark.parametrize("by_path", [False, True])
@pytest.mark.parametrize("path", ["/", "//", "/a%2Fb/%2e%2e/c;d", "/x?", "/%00%ff?a=%20&b=?/"])
def test_paths_are_not_touched(api: Api, web: str, path: str, by_path: bool) -> None:
    with client(api, web, by_path=by_path) as one:
        assert one.seen("GET", path)["path"] == path.removesuffix("?")


def test_the_program_learns_who_asks_and_never_the_token(api: Api, web: str) -> None:
    sent = [
        ("X-Forwarded-For", "192.0.2.1"),
        ("X-Forwarded-For", "192.0.2.2"),
        ("Via", "1.0 other"),
        ("Sprite-Client-Ip", "192.0.2.3"),
        ("X-Forwarded-Prefix", "/lie"),
        ("X-Forwarded-Proto", "https"),
        ("Cookie", "a=b"),
        ("Connection", "x-secret, x-forwarded-for, host"),
        ("X-Secret", "for this hop"),
        ("TE", "trailers"),
        ("Expect", "100-continue"),
    ]
    with client(api, web) as one:
        said = one.seen("GET", "/", sent)
    headers = said["headers"]
    assert api.server.token not in json.dumps(said)
    assert headers["host"] == one.host
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["via"] == "1.0 other, 1.1 sprites"
    assert headers["sprite-client-ip"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "https"
    assert headers["cookie"] == "a=b"
    gone = {"authorization", "connection", "x-secret", "te", "expect", "x-forwarded-prefix"}
    assert not gone & headers.keys()
    assert len(said["all"]) == len(headers)


def test_forwarded_for_is_continued(api: Api, web: str) -> None:
    with client(api, web, by_path=True) as one:
        said = one.seen("GET", "/", [("X-Forwarded-For", "192.0.2.1")])["headers"]
    assert said["x-forwarded-for"] == "192.0.2.1, 127.0.0.1"
    assert said["x-forwarded-prefix"] == f"/sprites/{web}"


@pytest.mark.parametrize("by_path", [False, True])
def test_the_answer_passes_but_for_this_hop(api: Api, web: str, by_path: bool) -> None:
    with client(api, web, by_path=by_path) as one:
        response = one.ask()
        response.read()
    assert response.headers.get_all("x-two") == ["1", "2"]
    assert response.headers["via"] == "1.1 sprites"
    assert "x-mine" not in response.headers
    assert len(response.headers.get_all("date") or []) == 1
    # Pages by path share an origin with the API and other sprites, so they are nobody's.
    sandbox = response.headers.get("content-security-policy", "")
    assert sandbox.startswith("sandbox ") is by_path
    assert "same-origin" not in sandbox


def test_a_path_without_its_slash_is_sent_on(api: Api, web: str) -> None:
    with client(api, web, by_path=True) as one:
        response = one.ask("GET", "?a=b")
        response.read()
    assert (response.status, response.headers["location"]) == (308, f"/sprites/{web}/?a=b")


@pytest.mark.parametrize("by_path", [False, True])
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic x", "Bearer"])
def test_a_private_sprite_needs_the_token(
    api: Api, web: str, header: str | None, by_path: bool
) -> None:
    headers = [] if header is None else [("Authorization", header)]
    for name in (web, "no-such-sprite"):
        with client(api, name, by_path=by_path, token=False) as one:
            response = one.ask("GET", "/", headers)
            assert json.loads(response.read()) == {"error": "authentication failed"}
            assert response.status == 401
            assert response.headers["www-authenticate"] == "Bearer"


def test_two_tokens_are_none(api: Api, web: str) -> None:
    with client(api, web) as one:
        response = one.ask("GET", "/", [("Authorization", f"Bearer {api.server.token}")])
        response.read()
    assert response.status == 401


def test_an_unknown_sprite_is_404_for_those_who_know(api: Api) -> None:
    with client(api, "no-such-sprite") as one:
        response = one.ask()
        assert (response.status, json.loads(response.read())) == (
            404,
            {"error": "sprite not found"},
        )


def test_a_public_sprite_asks_for_nothing(api: Api, shop: str) -> None:
    with client(api, shop, token=False) as one:
        assert (
            one.seen("GET", "/", [("Authorization", "Bearer theirs")])["headers"]["authorization"]
            == "Bearer theirs"
        )
    with client(api, shop) as one:
        assert "authorization" not in one.seen()["headers"]


@pytest.mark.parametrize("token", [False, True])
def test_the_api_does_not_answer_under_a_sprites_name(api: Api, shop: str, token: bool) -> None:
    with client(api, shop, token=token) as one:
        assert one.seen("GET", "/v1/sprites")["path"] == "/v1/sprites"


@pytest.mark.parametrize(
    "host",
    ["{}.localhost", "{}.localhost:1", "{}.localhost.evil:{port}", "{}.evil:{port}",
     "a.{}.localhost:{port}", "{}.127.0.0.1:{port}", "{}.localhost.:{port}", ".localhost:{port}"],
)  # fmt: skip
def test_other_hosts_are_refused(api: Api, shop: str, host: str) -> None:
    with client(api, shop) as one:
        one.host = host.format(shop, port=api.server.url.rpartition(":")[2])
        response = one.ask()
        assert (response.status, json.loads(response.read())) == (
            403,
            {"error": "host not allowed"},
        )


def test_the_name_in_the_host_may_be_in_capitals(api: Api, shop: str) -> None:
    with client(api, shop) as one:
        one.host = one.host.upper()
        assert one.seen()["method"] == "GET"


@needs_full_tier
def test_without_a_service_it_is_port_8080(api: Api, sprite: str) -> None:
    if api.server.tier != "full":
        pytest.skip("where the network is the host's, port 8080 may be in use")
    words = [("cmd", word) for word in ("python3", "-c", PROGRAM, "8080")]
    with api.socket(sprite, params=words), client(api, sprite) as one:
        assert one.seen()["method"] == "GET"
