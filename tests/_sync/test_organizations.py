# Written by scripts/unasync.py from tests/_async/test_organizations.py. Do not edit.
"""Tokens and the organization; a macaroon is nobody else's business."""

import logging
from typing import Any

import httpx
import pytest

from sprites_facade import (
    APIResponseError,
    AuthenticationError,
    ConfigurationError,
    InvalidNameError,
    Organization,
    SpritesClient,
)
from tests._sync.conftest import TOKEN
from tests.wire import Wire, replies

pytestmark = pytest.mark.anyio

MACAROON = "fm2_c2VjcmV0,fm2_bW9yZQ=="


@pytest.mark.parametrize("given", [MACAROON, f"FlyV1 {MACAROON}", f"flyv1  {MACAROON}\n"])
@pytest.mark.parametrize("status", [200, 201])
def test_a_token_is_exchanged(
    wire: Wire,
    client: SpritesClient,
    caplog: pytest.LogCaptureFixture,
    given: str,
    status: int,
) -> None:
    """The macaroon goes in place of the token, and into no log."""
    caplog.set_level(logging.DEBUG)
    wire.then(replies(status, {"token": "my-org/1/2/fresh"}))
    token = client.create_token("my-org", given, description="ci", invite_code="x")
    assert token == "my-org/1/2/fresh"
    request = wire.requests[0]
    assert request.line == "POST /v1/organizations/my-org/tokens"
    assert request.headers["authorization"] == f"FlyV1 {MACAROON}"
    assert request.json == {"description": "ci", "invite_code": "x"}
    assert not any(secret in caplog.text for secret in (MACAROON, "fresh", TOKEN))


def test_nothing_has_to_be_said_about_a_token(wire: Wire, client: SpritesClient) -> None:
    wire.then(replies(200, {"token": "t"}))
    assert client.create_token("my-org", MACAROON) == "t"
    assert wire.requests[0].json == {}


def test_a_first_token(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has nothing but a macaroon needs no client, and the macaroon is all that is sent."""
    for name in ("SPRITE_TOKEN", "SPRITES_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    wire.then(replies(201, {"token": "my-org/1/2/fresh"}), replies(200, {"token": "t"}))
    monkeypatch.setenv("SPRITES_API_URL", wire.url)
    token = SpritesClient.mint_token("my-org", MACAROON, description="ci")
    assert token == "my-org/1/2/fresh"
    with SpritesClient(token, base_url=wire.url) as client:
        assert client.mint_token("my-org", MACAROON, base_url=wire.url) == "t"
    first, second = wire.requests
    assert first.line == "POST /v1/organizations/my-org/tokens"
    assert first.json == {"description": "ci"}
    for request in first, second:
        assert request.headers["authorization"] == f"FlyV1 {MACAROON}"
        assert "fresh" not in str(request.headers)


def test_a_first_token_takes_the_way_that_was_said(wire: Wire) -> None:
    wire.then(replies(200, {"token": "t"}))
    with httpx.Client(headers={"X-Mine": "yes"}) as http:
        assert SpritesClient.mint_token("my-org", MACAROON, base_url=wire.url, http_client=http)
        assert not http.is_closed
    assert wire.requests[0].headers["x-mine"] == "yes"


def test_a_first_token_that_is_refused(wire: Wire) -> None:
    """It is asked for once, and nothing that makes no sense is sent."""
    wire.always(replies(401, {"error": f"FlyV1 {MACAROON} is not valid"}))
    mint = SpritesClient.mint_token
    with pytest.raises(AuthenticationError) as caught:
        mint("my-org", MACAROON, base_url=wire.url)
    assert MACAROON not in f"{caught.value} {caught.value!r}"
    for bad in {"macaroon": ""}, {"timeout": -1}, {"base_url": "nowhere"}, {"org_slug": ".."}:
        options: dict[str, Any] = {
            "org_slug": "my-org",
            "macaroon": MACAROON,
            "base_url": wire.url,
            **bad,
        }
        with pytest.raises(ConfigurationError):
            mint(**options)
    assert len(wire.requests) == 1


def test_a_macaroon_that_is_refused(wire: Wire, client: SpritesClient) -> None:
    """It is asked once, and the error does not repeat what was sent, even if the server does."""
    echo = {"error": f"FlyV1 {MACAROON} is not valid"}
    wire.then(replies(401, echo))
    with pytest.raises(AuthenticationError) as caught:
        client.create_token("my-org", MACAROON)
    assert MACAROON not in f"{caught.value} {caught.value!r}"
    wire.always(replies(503, headers={"Retry-After": "0"}))
    with pytest.raises(Exception, match="503"):
        client.create_token("my-org", MACAROON)
    assert len(wire.requests) == 2


@pytest.mark.parametrize("macaroon", ["", "FlyV1 ", "two words", "Bearer x", "ümlaut", None])
def test_what_is_no_macaroon(wire: Wire, client: SpritesClient, macaroon: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        client.create_token("my-org", macaroon)
    assert "two" not in str(caught.value)
    with pytest.raises(InvalidNameError):
        client.create_token("my/org", MACAROON)
    assert wire.requests == []


def test_an_answer_without_a_token(wire: Wire, client: SpritesClient) -> None:
    wire.then(replies(200, {"tok": "fresh"}))
    with pytest.raises(APIResponseError) as caught:
        client.create_token("my-org", MACAROON)
    assert "fresh" not in f"{caught.value} {caught.value!r}"


def test_the_organization(wire: Wire, client: SpritesClient) -> None:
    """Null lists are empty, and what is unknown is kept."""
    wire.then(
        replies(
            200,
            {
                "organization": {
                    "slug": "my-org",
                    "sprites_enabled": True,
                    "active_sprites": [{"name": "a"}],
                    "max_sprites": 100,
                    "active_sprite_limit": None,
                    "plan": "free",
                }
            },
        ),
        replies(200, {"organization": {"active_sprites": None}}),
        replies(200, {}),
    )
    assert client.get_organization() == Organization(
        slug="my-org",
        sprites_enabled=True,
        active_sprites=({"name": "a"},),
        max_sprites=100,
        extra={"plan": "free"},
    )
    assert client.get_organization() == Organization()
    with pytest.raises(APIResponseError):
        client.get_organization()
    assert wire.lines == ["GET /v1/organization"] * 3
