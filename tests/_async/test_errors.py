"""Refusals, lost connections and silence: their errors, and what is tried again."""

import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sprites_facade import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncSpritesClient,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    SpriteInfo,
    SpritesError,
)
from tests.wire import Exchange, Wire, replies, silence

pytestmark = pytest.mark.anyio

TOKEN = "org/1/id/s3cret"
DEMO = {"name": "demo"}
INFO = SpriteInfo(name="demo")
STATUSES = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    418: APIStatusError,
    422: BadRequestError,
    429: RateLimitError,
    500: ServerError,
    599: ServerError,
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ({"error": "because"}, "application/json"),
        ("because\n", "text/plain"),
        ("<html><title>because</title></html>", "text/html"),
        ('{"error": "bec', "application/json"),
        ("", "text/plain"),
    ],
)
async def test_every_refusal_has_its_class(
    wire: Wire, status: int, body: Any, content_type: str
) -> None:
    """P12, G4, J4: the status decides, whatever the body is."""
    headers = {"Fly-Request-Id": "r1", "Retry-After": "9"}
    wire.then(replies(status, body, content_type=content_type, headers=headers))
    async with AsyncSpritesClient(TOKEN, base_url=wire.url, max_retries=0) as client:
        with pytest.raises(SpritesError) as caught:
            await client.get_sprite("demo")
    error = caught.value
    assert type(error) is STATUSES[status]
    assert isinstance(error, APIStatusError)
    assert (error.status, error.retry_after, error.request_id) == (status, 9, "r1")
    assert (error.method, error.path) == ("GET", "/v1/sprites/demo")
    assert "s3cret" not in f"{error} {error!r} {vars(error)}"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


async def test_an_error_that_breaks_off_keeps_its_status(wire: Wire) -> None:
    """P5, P12: the status arrived, so it is not a matter of the connection."""

    def handler(exchange: Exchange) -> None:
        exchange.start(503, "text/plain")
        exchange.chunk(b"half of a sen")
        exchange.close()

    wire.then(handler)
    async with AsyncSpritesClient(TOKEN, base_url=wire.url, max_retries=0) as client:
        with pytest.raises(ServerError, match="half of a sen"):
            await client.get_sprite("demo")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_reads_are_tried_again(wire: Wire, client: AsyncSpritesClient, status: int) -> None:
    """P14: after what passes by itself, with the server's own delay."""
    again = replies(status, headers={"Retry-After": "0"})
    wire.then(again, again, replies(200, DEMO))
    assert (await client.get_sprite("demo")).info == INFO
    assert len(wire.requests) == 3


async def test_retries_end(wire: Wire, client: AsyncSpritesClient) -> None:
    """P14: max_retries is the number of further attempts."""
    wire.always(replies(503, headers={"Retry-After": "0"}))
    with pytest.raises(ServerError):
        await client.get_sprite("demo")
    assert len(wire.requests) == 3


async def test_a_read_that_was_cut_is_tried_again(wire: Wire, client: AsyncSpritesClient) -> None:
    """P14: a GET may be repeated even if it arrived."""
    wire.then(lambda exchange: exchange.cut(), replies(200, DEMO))
    assert (await client.get_sprite("demo")).info == INFO


async def test_an_answer_that_breaks_off_is_asked_for_again(
    wire: Wire, client: AsyncSpritesClient
) -> None:
    """P14: the body belongs to the attempt."""

    def handler(exchange: Exchange) -> None:
        exchange.start(200, "application/json")
        exchange.chunk(b'{"name": "de')
        exchange.close()

    wire.then(handler, replies(200, DEMO))
    assert (await client.get_sprite("demo")).info == INFO


async def test_writes_are_not_repeated(wire: Wire, client: AsyncSpritesClient) -> None:
    """P14: what changes something is asked for once."""
    wire.always(replies(503, headers={"Retry-After": "0"}))
    sprite = client.sprite("demo")
    waits: list[Callable[[], Awaitable[Any]]] = [
        lambda: client.create_sprite("demo"),
        lambda: sprite.update(labels=["a"]),
        sprite.delete,
        sprite.upgrade,
        sprite.restart,
        lambda: sprite.delete_checkpoint("v1"),
        lambda: sprite.run_http(["true"]),
        lambda: sprite.files.write_text("a", "b"),
        lambda: sprite.files.remove("a"),
    ]
    for wait in waits:
        with pytest.raises(ServerError):
            await wait()
    assert len(wire.requests) == len(waits)


async def test_what_never_left_is_tried_again(wire: Wire) -> None:
    """P14: a refused connection carried nothing, so even a write may be repeated."""
    with Wire() as gone:
        url = gone.url
    async with AsyncSpritesClient(TOKEN, base_url=url, max_retries=1) as client:
        with pytest.raises(APIConnectionError, match="could not connect") as caught:
            await client.create_sprite("demo")
    assert caught.value.sent is False


async def test_a_silent_server_is_a_timeout(wire: Wire) -> None:
    """Every wait has a bound, and the error is the builtin one as well."""
    wire.always(silence)
    async with AsyncSpritesClient(TOKEN, base_url=wire.url, timeout=0.1, max_retries=0) as client:
        with pytest.raises(APITimeoutError, match=r"no answer in time \(after 0\.1 s\)") as caught:
            await client.get_sprite("demo")
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.sent is True


async def test_a_dripping_answer_is_a_timeout(wire: Wire) -> None:
    """The bound is on the whole answer, not on each of its pieces."""

    def handler(exchange: Exchange) -> None:
        exchange.start(200, "application/json")
        while True:  # until the client hangs up
            exchange.chunk(b" " * 1000)

    wire.then(handler)
    async with AsyncSpritesClient(TOKEN, base_url=wire.url, timeout=0.5, max_retries=0) as client:
        with pytest.raises(APITimeoutError, match="not complete after"):
            await client.get_sprite("demo")
