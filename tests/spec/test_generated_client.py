"""The generated client works on its own, against a real server: calls, streams, odd answers."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest

from sprites_api import AuthenticatedClient
from sprites_api.api.checkpoints import create_checkpoint, list_checkpoints
from sprites_api.api.sprites import create_sprite, delete_sprite, get_sprite
from sprites_api.models import CheckpointCreate, ErrorBody, SpriteCreate, SpriteInfo

SPRITE = {"id": "sprite-1", "name": "a", "status": "cold", "labels": None}


def send(request: BaseHTTPRequestHandler, status: int, media_type: str, body: bytes) -> None:
    """Answer with a whole body."""
    request.send_response(status)
    request.send_header("Content-Type", media_type)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def answering(status: int, value: Any, media_type: str = "application/json") -> Any:
    """Make an answer from JSON, or from bytes as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return lambda request: send(request, status, media_type, body)


@pytest.fixture
def client(web_server: Any) -> Any:
    """A client of the test's server."""
    with AuthenticatedClient(base_url=web_server.url, token="t0ken") as client:
        yield client


def test_call_returns_the_model(web_server: Any, client: AuthenticatedClient):
    """A call sends the token and the body, and reads the answer."""
    web_server.answer = answering(201, SPRITE, "application/json; charset=utf-8")
    info = create_sprite.sync(client=client, body=SpriteCreate(name="a"))

    assert SpriteInfo.from_dict(SPRITE) == info
    method, path, headers, body = web_server.requests[0]
    assert (method, path, json.loads(body)) == ("POST", "/v1/sprites", {"name": "a"})
    assert headers["Authorization"] == "Bearer t0ken"


@pytest.mark.anyio
async def test_asynchronous_call_returns_the_model(web_server: Any):
    """The same without blocking."""
    web_server.answer = answering(200, SPRITE)
    async with AuthenticatedClient(base_url=web_server.url, token="t0ken") as client:
        info = await get_sprite.asyncio("a", client=client)

    assert SpriteInfo.from_dict(SPRITE) == info


def test_answer_without_body_is_none(web_server: Any, client: AuthenticatedClient):
    """Deleting succeeds with nothing to read."""
    web_server.answer = answering(204, b"")
    response = delete_sprite.sync_detailed("a", client=client)

    assert (response.status_code, response.parsed) == (204, None)


def test_error_is_a_model(web_server: Any, client: AuthenticatedClient):
    """A documented error as JSON is read."""
    web_server.answer = answering(404, {"error": "sprite not found"})

    assert get_sprite.sync("a", client=client) == ErrorBody(error="sprite not found")


@pytest.mark.parametrize(
    ("status", "media_type", "body"),
    [
        (502, "text/html", b"<html>Bad Gateway</html>"),
        (404, "text/plain; charset=utf-8", b"checkpoint not found\n"),
        (200, "text/plain", b"v1 pre-migration\n"),
        (599, "text/html", b"nobody knows this status"),
        (418, "application/json", b'{"error": "undocumented"}'),
    ],
)
def test_answer_that_is_no_json_is_not_parsed(
    web_server: Any, client: AuthenticatedClient, status: int, media_type: str, body: bytes
):
    """Proxies answer in HTML, the environment in plain text: the status and the bytes remain."""
    web_server.answer = answering(status, body, media_type)
    response = list_checkpoints.sync_detailed("a", client=client)

    assert (status, body, None) == (response.status_code, response.content, response.parsed)


def test_calls_have_a_bound():
    """The stock client waits without end."""
    client = AuthenticatedClient(base_url="http://127.0.0.1", token="t0ken")
    with client:
        assert client.get_httpx_client().timeout == httpx.Timeout(30.0)


def test_stream_is_read_while_it_is_written(web_server: Any, client: AuthenticatedClient):
    """Each line can be read before the server writes the next one."""
    seen = threading.Event()
    events = [
        {"type": "info", "data": "  ID: v1", "time": "2026-01-31T12:20:24.104233415Z"},
        {"type": "complete", "data": "Checkpoint v1 created successfully"},
    ]
    waited: list[bool] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "application/x-ndjson")
        request.end_headers()
        request.wfile.write(json.dumps(events[0]).encode() + b"\n")
        waited.append(seen.wait(10))
        request.wfile.write(json.dumps(events[1]).encode() + b"\n")

    web_server.answer = answer
    kwargs = create_checkpoint.get_kwargs("a", body=CheckpointCreate(comment="pre-migration"))
    received = []
    with client.get_httpx_client().stream(**kwargs) as response:
        assert response.headers["Content-Type"] == create_checkpoint.STREAM_MEDIA_TYPE
        for line in response.iter_lines():
            received.append(create_checkpoint.parse_event(json.loads(line)))
            seen.set()

    assert waited == [True]
    assert events == [event.to_dict() for event in received]


@pytest.mark.parametrize(
    ("status", "body", "media_type", "expected"),
    [
        (404, {"error": "sprite not found"}, "application/json", "sprite not found"),
        (503, {"error": "not ready"}, "application/json", "not ready"),
        (500, b"Failed to create checkpoint\n", "text/plain", None),
        (418, {"error": "undocumented"}, "application/json", None),
    ],
)
def test_refused_stream_is_an_error(
    web_server: Any,
    client: AuthenticatedClient,
    status: int,
    body: Any,
    media_type: str,
    expected: str | None,
):
    """A stream that does not start has a body like any other error."""
    web_server.answer = answering(status, body, media_type)
    with client.get_httpx_client().stream(**create_checkpoint.get_kwargs("a")) as response:
        response.read()
        error = create_checkpoint.parse_error(response)

    assert (ErrorBody(error=expected) if expected else None) == error
