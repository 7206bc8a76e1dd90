# Written by scripts/unasync.py from tests/_async/test_client.py. Do not edit.
"""The client and the handle: their settings, requests, values, errors and retries."""

import gzip
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sprites_facade import (
    APIResponseError,
    ConfigurationError,
    InvalidNameError,
    Sprite,
    SpriteInfo,
    SpritesClient,
    UrlSettings,
)
from tests.wire import Wire, replies, streams

pytestmark = pytest.mark.anyio

TOKEN = "org/1/id/s3cret"
DEMO = {
    "id": "sprite-1",
    "name": "demo",
    "organization": "my-org",
    "url": "https://demo-x.sprites.app",
    "status": "cold",
    "created_at": "2026-01-31T12:20:21.104233Z",
    "updated_at": "2026-01-31T12:20:24.550102Z",
    "url_settings": {"auth": "sprite"},
    "labels": ["ci"],
    "version": None,
}


INFO = SpriteInfo(
    id="sprite-1",
    name="demo",
    organization="my-org",
    url="https://demo-x.sprites.app",
    status="cold",
    created_at=datetime(2026, 1, 31, 12, 20, 21, 104233, UTC),
    updated_at=datetime(2026, 1, 31, 12, 20, 24, 550102, UTC),
    url_settings=UrlSettings(auth="sprite"),
    labels=("ci",),
)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in ("SPRITE_TOKEN", "SPRITES_TOKEN", "SPRITES_API_URL"):
        monkeypatch.delenv(name, raising=False)


def test_no_request_brings_what_an_answer_to_another_one_left(
    client: SpritesClient, wire: Wire
) -> None:
    """The API knows no cookies; those that a proxy sets tell requests apart, and take time."""
    wire.always(replies(200, DEMO, headers={"Set-Cookie": "seen=1; Path=/"}))
    for _ in range(2):
        client.get_sprite("demo")

    assert [request.headers.get("cookie") for request in wire.requests] == [None, None]


def test_the_token_comes_from_the_environment(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """P33: the documented variable first, then the other one in use."""
    wire.always(replies(200, DEMO))
    monkeypatch.setenv("SPRITES_API_URL", wire.url)
    for name, value in (("SPRITES_TOKEN", "second"), ("SPRITE_TOKEN", "first")):
        monkeypatch.setenv(name, value)
        with SpritesClient() as client:
            client.get_sprite("demo")
    seen = [request.headers["authorization"] for request in wire.requests]
    assert seen == ["Bearer second", "Bearer first"]


def test_a_base_url_may_have_a_path(wire: Wire) -> None:
    """A server may live below another one."""
    wire.then(replies(200, DEMO))
    with SpritesClient(TOKEN, base_url=f"{wire.url}/api/") as client:
        client.get_sprite("demo")
    assert wire.lines == ["GET /api/v1/sprites/demo"]


def test_a_missing_token_is_named() -> None:
    """P33: the error says which variables would do."""
    with pytest.raises(ConfigurationError, match="SPRITE_TOKEN or SPRITES_TOKEN"):
        SpritesClient()


def test_no_repr_shows_the_token(client: SpritesClient) -> None:
    """Clients and handles end up in logs."""
    for thing in (client, client.sprite("demo"), client.sprite("demo").files):
        assert "s3cret" not in repr(thing)
    assert client.base_url in repr(client)
    assert repr(client.sprite("demo")) == "Sprite('demo')"


def test_a_handle_makes_no_request(wire: Wire) -> None:
    """G6: there is nothing to wait for."""
    client = SpritesClient(TOKEN, base_url=wire.url)
    sprite = client.sprite("demo")
    assert (sprite.name, sprite.info) == ("demo", None)
    assert wire.connections == 0


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a?x=1#", "%2e%2e", "a b", "é"])
def test_a_name_that_could_hit_another_route_is_refused(
    wire: Wire, client: SpritesClient, name: str
) -> None:
    """P28, G5: before any request, whatever the operation."""
    calls: list[Callable[[], Any]] = [
        lambda: client.sprite(name),
        lambda: client.create_checkpoint(name),
        lambda: client.restore_checkpoint(name, "v1"),
        lambda: client.files(name),
    ]
    for call in calls:
        with pytest.raises(InvalidNameError):
            call()
    waits: list[Callable[[], Any]] = [
        lambda: client.create_sprite(name),
        lambda: client.get_sprite(name),
        lambda: client.delete_sprite(name),
        lambda: client.list_checkpoints(name),
        lambda: client.run_http(name, ["true"]),
    ]
    for wait in waits:
        with pytest.raises(InvalidNameError):
            wait()
    assert wire.connections == 0


@pytest.mark.parametrize("checkpoint_id", ["", "..", "a/b", "v1?x=1#"])
def test_an_id_that_could_hit_another_route_is_refused(
    wire: Wire, sprite: Sprite, checkpoint_id: str
) -> None:
    """P28, G5: ids and the `history` filter as well."""
    waits: list[Callable[[], Any]] = [
        lambda: sprite.get_checkpoint(checkpoint_id),
        lambda: sprite.delete_checkpoint(checkpoint_id),
        lambda: sprite.restore_checkpoint(checkpoint_id),
        lambda: sprite.list_checkpoints(checkpoint_id),
    ]
    for wait in waits:
        with pytest.raises(InvalidNameError):
            wait()
    assert wire.connections == 0


def test_create_returns_a_handle_with_info(wire: Wire, client: SpritesClient) -> None:
    """Only what was given is sent."""
    wire.then(replies(201, DEMO), replies(201, DEMO))
    sprite = client.create_sprite("demo")
    assert (sprite.name, sprite.info) == ("demo", INFO)
    assert wire.requests[0].json == {"name": "demo"}
    client.create_sprite(
        "demo",
        labels=["ci"],
        url_settings=UrlSettings(auth="public"),
        wait_for_capacity=True,
        runtime="dev",
    )
    assert wire.requests[1].json == {
        "name": "demo",
        "labels": ["ci"],
        "url_settings": {"auth": "public"},
        "wait_for_capacity": True,
        "runtime": "dev",
    }


def test_labels_are_a_list(wire: Wire, client: SpritesClient) -> None:
    """One text would be taken for a list of letters."""
    with pytest.raises(ConfigurationError, match="list of texts"):
        client.create_sprite("demo", labels="ci")
    assert wire.connections == 0


def test_the_life_of_a_sprite(wire: Wire, client: SpritesClient) -> None:
    """Each method asks for what it says, and the handle keeps what the server said."""
    wire.then(
        replies(200, DEMO),
        replies(200, {**DEMO, "status": "running"}),
        replies(200, {**DEMO, "labels": None}),
        replies(204),
        replies(200, {"sprite_name": "demo", "machine_id": "m1", "message": "ok"}),
        replies(200, {"status": "healthy", "elapsed": 12, "checked_at": "nonsense"}),
        replies(204),
    )
    sprite = client.get_sprite("demo")
    assert (sprite.refresh()).status == "running"
    assert sprite.info is not None
    assert sprite.info.status == "running"
    assert (sprite.update(labels=[])).labels == ()
    assert (sprite.upgrade()).status is None
    assert (sprite.restart()).machine_id == "m1"
    health = sprite.check()
    assert (health.status, health.elapsed, health.checked_at) == ("healthy", 12, None)
    sprite.delete()
    assert wire.lines == [
        "GET /v1/sprites/demo",
        "GET /v1/sprites/demo",
        "PUT /v1/sprites/demo",
        "POST /v1/sprites/demo/upgrade",
        "POST /v1/sprites/demo/restart",
        "GET /v1/sprites/demo/check",
        "DELETE /v1/sprites/demo",
    ]
    assert wire.requests[2].json == {"labels": []}


def test_the_client_has_the_same_methods(wire: Wire, client: SpritesClient) -> None:
    """With the sprite's name first."""
    wire.then(
        replies(200, DEMO),
        replies(200, {"name": "demo", "status": "upgraded"}),
        replies(200, {}),
        replies(200, {"status": "hibernated"}),
        replies(204),
    )
    settings = UrlSettings(private_access="admins")
    assert client.update_sprite("demo", url_settings=settings) == INFO
    assert (client.upgrade_sprite("demo", "1.2")).status == "upgraded"
    assert (client.restart_sprite("demo")).message is None
    assert (client.check_sprite("demo")).status == "hibernated"
    client.delete_sprite("demo")
    assert wire.requests[0].json == {"url_settings": {"private_access": "admins"}}
    assert wire.requests[1].json == {"version": "1.2"}


def test_an_update_of_nothing_is_refused(wire: Wire, sprite: Sprite) -> None:
    """A server would refuse it too, with less of an explanation."""
    with pytest.raises(ConfigurationError, match="nothing to change"):
        sprite.update()
    assert wire.connections == 0


def test_unknown_fields_and_values_do_no_harm(wire: Wire, client: SpritesClient) -> None:
    """S2: a newer server may say more, and what cannot be read is kept as it came."""
    wire.then(
        replies(
            200,
            {**DEMO, "status": "molten", "gpu": 1, "created_at": "soon", "url_settings": "none"},
        )
    )
    sprite = client.get_sprite("demo")
    info = sprite.info
    assert info is not None
    assert (info.status, info.created_at, info.url_settings) == ("molten", None, None)
    assert info.extra == {"gpu": 1, "created_at": "soon", "url_settings": "none"}


@pytest.mark.parametrize("body", ["[]", '"demo"', "1", "null", "", "{}", '{"name": 1}', "<html>"])
def test_a_body_of_another_shape_is_a_typed_error(
    wire: Wire, client: SpritesClient, body: str
) -> None:
    """S2: success with the wrong body is never an AttributeError, KeyError or JSONDecodeError."""
    wire.then(replies(200, body, headers={"X-Request-Id": "r1"}))
    with pytest.raises(APIResponseError, match="GET /v1/sprites/demo answered 200") as caught:
        client.get_sprite("demo")
    assert (caught.value.status, caught.value.request_id) == (200, "r1")


def test_one_injected_client_sees_everything(wire: Wire) -> None:
    """P14: unary requests and streams, with its own headers and hooks; it stays open."""
    seen: list[str] = []

    def hook(request: httpx.Request) -> None:
        seen.append(f"{request.method} {request.url.path}")

    wire.then(
        replies(200, DEMO),
        streams({"type": "complete"}),
        streams({"type": "heartbeat"}),
        replies(200, b"\x03\x00", content_type="application/octet-stream"),
        replies(200, b"data", content_type="application/octet-stream"),
    )
    http = httpx.Client(event_hooks={"request": [hook]}, headers={"X-Mine": "yes"})
    with http:
        with SpritesClient(TOKEN, base_url=wire.url, http_client=http) as client:
            sprite = client.get_sprite("demo")
            with sprite.create_checkpoint() as stream:
                stream.next()
            with client.watch_sprites() as watch:
                watch.next()
            sprite.run_http(["true"])
            sprite.files.read_bytes("a")
        assert not http.is_closed
    assert seen == wire.lines
    assert len(seen) == 5
    assert {request.headers.get("x-mine") for request in wire.requests} == {"yes"}


def test_compressed_answers(wire: Wire, client: SpritesClient) -> None:
    """A proxy may compress what the server did not."""
    packed = gzip.compress(json.dumps(DEMO).encode())
    wire.then(
        replies(200, packed, headers={"Content-Encoding": "gzip"}),
        replies(200, gzip.compress(b"data"), headers={"content-encoding": "gzip"}),
    )
    assert (client.get_sprite("demo")).name == "demo"
    assert client.sprite("demo").files.read_bytes("a") == b"data"


def test_parameters_of_an_injected_client_go_along(wire: Wire) -> None:
    """They are added to those of a call, and take the place of none."""
    wire.then(replies(200, b"data", content_type="application/octet-stream"), replies(200, DEMO))
    with httpx.Client(params={"team": "blue"}) as http:
        client = SpritesClient(TOKEN, base_url=wire.url, http_client=http)
        client.sprite("demo").files.read_bytes("a b")
        client.get_sprite("demo")
    assert [request.query for request in wire.requests] == [
        {"path": ["a b"], "workingDir": ["/home/sprite"], "team": ["blue"]},
        {"team": ["blue"]},
    ]


def test_its_own_client_sends_what_a_general_one_does(wire: Wire) -> None:
    """It only does so in less time."""

    def use(client: SpritesClient) -> None:
        sprite = client.sprite("demo")
        sprite.refresh()
        sprite.update(labels=["ci", "für"])
        sprite.files.write_bytes("ä/b c+d&e", b"\x00data", mode=0o600)
        sprite.files.read_bytes("%41")
        sprite.run_http(["echo", "ä", ""], env={"A": "b=c&d"}, input=b"in")
        with sprite.create_checkpoint("label") as stream:
            stream.next()

    data = replies(200, b"\x03\x00", content_type="application/octet-stream")
    answers = [replies(200, DEMO)] * 3 + [data] * 2 + [streams({"type": "complete"})]
    wire.then(*answers, *answers)
    with SpritesClient(TOKEN, base_url=wire.url) as client:
        use(client)
    with (
        httpx.Client() as http,
        SpritesClient(TOKEN, base_url=wire.url, http_client=http) as client,
    ):
        use(client)
    sent = [
        (request.line, request.query, request.headers, request.body) for request in wire.requests
    ]
    assert len(sent) == 12
    assert sent[:6] == sent[6:]


def test_the_client_of_the_other_world_is_refused() -> None:
    """It would fail at the first request, with an error about coroutines."""
    with pytest.raises(ConfigurationError, match=r"must be an httpx\.Client"):
        SpritesClient(TOKEN, http_client=object())  # type: ignore[arg-type]


def test_connections_are_reused(wire: Wire, client: SpritesClient) -> None:
    """P14: one pool serves all calls."""
    wire.always(replies(200, DEMO))
    for _ in range(5):
        client.get_sprite("demo")
    assert wire.connections == 1


def test_a_closed_client_says_so(wire: Wire) -> None:
    """It is a mistake of the program, and no request is made."""
    client = SpritesClient(TOKEN, base_url=wire.url)
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.get_sprite("demo")
    assert wire.connections == 0


def test_the_log_holds_neither_token_nor_bodies(
    wire: Wire, client: SpritesClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The logger is `sprites`; it names calls and statuses."""
    caplog.set_level(logging.DEBUG)
    wire.then(replies(503, headers={"Retry-After": "0"}), replies(200, DEMO))
    client.get_sprite("demo")
    ours = [record.getMessage() for record in caplog.records if record.name == "sprites"]
    assert "GET /v1/sprites/demo -> 200" in ours
    assert any("get_sprite: ServerError; again" in line for line in ours)
    assert "s3cret" not in caplog.text
    assert "my-org" not in "".join(ours)
