"""The operations table: calls as values."""

import httpx
import pytest

from sprites_facade._core import bodies, operations
from sprites_facade._core.calls import given, upload
from sprites_facade._core.config import ClientConfig
from sprites_facade._core.models import UrlSettings
from sprites_facade._core.requests import build_request

CONFIG = ClientConfig(token="s3cret", base_url="http://127.0.0.1:1")


def test_a_call_says_what_to_send() -> None:
    """Path, query, body and headers come from the generated builders."""
    call = operations.create_checkpoint("demo", body=bodies.checkpoint_create("label"))
    assert (call.operation, call.method, call.path) == (
        "create_checkpoint",
        "POST",
        "/v1/sprites/demo/checkpoint",
    )
    assert call.json == {"comment": "label"}
    assert call.headers == {"Accept": "application/x-ndjson", "Content-Type": "application/json"}
    assert call.safe_to_retry is False


def test_no_type_is_declared_for_a_body_that_is_not_sent() -> None:
    """A server may refuse an empty document of JSON."""
    call = operations.upgrade_sprite("demo")
    assert (call.json, call.headers) == (None, {"Accept": "application/json"})


def test_what_is_not_given_is_not_sent() -> None:
    """Defaults are the server's."""
    assert operations.list_sprites(prefix=given(None)).params == {}
    body = bodies.sprite_create(
        "demo", labels=None, url_settings=None, wait_for_capacity=None, runtime=None
    )
    assert operations.create_sprite(body=body).json == {"name": "demo"}


def test_unknown_settings_go_to_the_server() -> None:
    """It may be newer than this package."""
    body = bodies.sprite_update(labels=None, url_settings=UrlSettings(auth="members"))
    assert operations.update_sprite("demo", body=body).json == {"url_settings": {"auth": "members"}}


@pytest.mark.parametrize("secret", ["s3cret", "hunter2"])
def test_no_repr_shows_what_is_sent(secret: str) -> None:
    """Calls and settings may end up in a traceback with locals."""
    call = operations.run_command(
        "demo", cmd=["x", "hunter2"], env=["A=hunter2"], body=upload(b"hunter2")
    )
    assert secret not in f"{call!r} {CONFIG!r}"
    request = build_request(httpx.Client(), call, CONFIG, idle=None, streaming=True)
    assert request.url.params["env"] == "A=hunter2"
    assert request.headers["Authorization"] == "Bearer s3cret"
    assert secret not in f"{request!r} {request.url} {request.url!r}"
