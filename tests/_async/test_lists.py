"""Lists of sprites and of checkpoints, and the stream of changes."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from sprites_facade import (
    APIResponseError,
    AsyncSprite,
    AsyncSpritesClient,
    Checkpoint,
    OrganizationCounters,
    SpriteEvent,
    SpriteInfo,
    StreamTruncatedError,
)
from tests.wire import Exchange, Wire, replies, streams, wait_for

pytestmark = pytest.mark.anyio

V1 = {
    "id": "v1",
    "create_time": "2026-01-31T12:20:24.555839485Z",
    "comment": "pre-migration",
    "source_id": "v0",
    "history": ["v0"],
    "is_auto": False,
    "health": "mount_failed",
}
CURRENT = {"id": "Current", "create_time": "2026-01-31T12:20:24Z", "is_auto": False}


def page(*names: str, more: bool = False, token: str | None = None) -> dict[str, Any]:
    return {
        "sprites": [{"name": name} for name in names],
        "has_more": more,
        "next_continuation_token": token,
    }


async def names(client: AsyncSpritesClient, **options: Any) -> list[str]:
    return [sprite.name async for sprite in client.list_sprites(**options)]


async def test_a_list_spans_all_pages(wire: Wire, client: AsyncSpritesClient) -> None:
    """The token of a page brings the next one."""
    wire.then(
        replies(200, page("a", "b", more=True, token="t1")), replies(200, page("c")), replies(401)
    )
    assert await names(client, prefix="x", page_size=2) == ["a", "b", "c"]
    assert [request.query for request in wire.requests] == [
        {"prefix": ["x"], "max_results": ["2"]},
        {"prefix": ["x"], "max_results": ["2"], "continuation_token": ["t1"]},
    ]


async def test_a_list_says_what_it_is_of(client: AsyncSpritesClient) -> None:
    """Without asking for it."""
    assert repr(client.list_sprites()).endswith("SpriteList of the sprites>")
    assert "whose names begin with 'ci-'" in repr(client.list_sprites(prefix="ci-"))


async def test_a_list_is_lazy(wire: Wire, client: AsyncSpritesClient) -> None:
    """Making it asks nobody, and the second page waits until it is needed."""
    listing = client.list_sprites()
    assert wire.connections == 0
    wire.always(replies(200, page("a", "b", more=True, token="t1")))
    async for sprite in listing:
        assert sprite == SpriteInfo(name="a")
        break
    assert len(wire.requests) == 1


@pytest.mark.parametrize("token", [None, ""])
async def test_more_without_a_token_is_the_end(
    wire: Wire, client: AsyncSpritesClient, token: str | None
) -> None:
    """P27: production said so once on a complete list."""
    wire.then(replies(200, page("a", more=True, token=token)))
    assert await names(client) == ["a"]
    assert len(wire.requests) == 1


async def test_a_token_without_more_is_the_end(wire: Wire, client: AsyncSpritesClient) -> None:
    """A server that says there is no more is believed."""
    wire.then(replies(200, page("a", more=False, token="t1")))
    assert await names(client) == ["a"]


async def test_a_repeated_token_is_the_end(wire: Wire, client: AsyncSpritesClient) -> None:
    """P27: a server that goes in circles cannot hold the program."""
    wire.then(
        replies(200, page("a", more=True, token="t1")),
        replies(200, page("b", more=True, token="t2")),
        replies(200, page("c", more=True, token="t1")),
    )
    assert await names(client) == ["a", "b", "c"]
    assert len(wire.requests) == 3


async def test_a_listing_can_start_where_another_ended(
    wire: Wire, client: AsyncSpritesClient
) -> None:
    """Pages hold the token and the counters."""
    counters = {"name": "my-org", "running": 1, "warm": 0, "cold": 2, "running_limit": 10}
    wire.then(
        replies(200, {**page("a", more=True, token="t1"), **counters}), replies(200, page("b"))
    )
    async for first in client.list_sprites().pages():
        assert first.next_token == "t1"
        assert first.org == OrganizationCounters(
            name="my-org", running=1, warm=0, cold=2, running_limit=10
        )
        break
    assert await names(client, continuation_token="t1") == ["b"]
    assert wire.requests[1].query == {"continuation_token": ["t1"]}


async def test_a_null_list_is_empty(wire: Wire, client: AsyncSpritesClient) -> None:
    """P11: Go writes an empty list as null."""
    wire.then(replies(200, {"sprites": None}), replies(200, "null"))
    assert await names(client) == []
    assert await client.list_checkpoints("demo") == []


@pytest.mark.parametrize("body", ["[]", "{}", "null", '{"sprites": {}}', '{"sprites": [1]}'])
async def test_a_list_of_another_shape_is_a_typed_error(
    wire: Wire, client: AsyncSpritesClient, body: str
) -> None:
    """S2: never a TypeError."""
    wire.then(replies(200, body))
    with pytest.raises(APIResponseError):
        await names(client)


async def test_checkpoints_keep_all_their_fields(wire: Wire, sprite: AsyncSprite) -> None:
    """P9, P34: what the server sent is there, and nothing else."""
    wire.then(replies(200, [V1, {**V1, "id": "v2", "color": "red"}]))
    expected = Checkpoint(
        id="v1",
        create_time=datetime(2026, 1, 31, 12, 20, 24, 555839, UTC),
        comment="pre-migration",
        source_id="v0",
        history=("v0",),
        health="mount_failed",
    )
    first, second = await sprite.list_checkpoints()
    assert first == expected
    assert (second.id, second.extra) == ("v2", {"color": "red"})


@pytest.mark.parametrize(
    "time",
    [None, "", "soon", 5, "2026-01-31", "2026-01-31T12:20:24", "0001-01-01T00:00:00Z", [], {}],
)
async def test_a_time_is_never_invented(wire: Wire, sprite: AsyncSprite, time: Any) -> None:
    """P8, G3, J3: missing, wrong, naive and unset times are None, and lists stay sortable."""
    wire.then(replies(200, [{"id": "v1", "create_time": time}, {"id": "v2"}, V1]))
    found = await sprite.list_checkpoints()
    assert [checkpoint.create_time is None for checkpoint in found] == [True, True, False]
    known = [checkpoint.create_time for checkpoint in found if checkpoint.create_time]
    assert sorted(known) == [datetime(2026, 1, 31, 12, 20, 24, 555839, UTC)]


async def test_null_fields_are_empty(wire: Wire, sprite: AsyncSprite) -> None:
    """P11, J3: a null list is an empty tuple, never None in its place."""
    nulls = dict.fromkeys(("comment", "source_id", "history", "health", "is_auto"))
    wire.then(replies(200, [{"id": "v1", **nulls}]))
    assert await sprite.list_checkpoints() == [Checkpoint(id="v1")]


async def test_the_live_state_is_left_out(wire: Wire, sprite: AsyncSprite) -> None:
    """`Current` cannot be restored; it is there for whoever asks."""
    wire.always(replies(200, [CURRENT, V1]))
    assert [found.id for found in await sprite.list_checkpoints()] == ["v1"]
    both = await sprite.list_checkpoints(include_current=True)
    assert [found.id for found in both] == ["Current", "v1"]


async def test_the_options_of_a_list_are_sent(
    wire: Wire, sprite: AsyncSprite, client: AsyncSpritesClient
) -> None:
    """P9, J9: what is not asked for is left out."""
    wire.always(replies(200, []))
    await sprite.list_checkpoints()
    await sprite.list_checkpoints("v3", include_auto=True)
    await client.list_checkpoints("demo", history="v3", include_auto=True)
    asked = {"history": ["v3"], "includeAuto": ["true"]}
    assert [request.query for request in wire.requests] == [{}, asked, asked]


async def test_ancestors_are_oldest_first(wire: Wire, sprite: AsyncSprite) -> None:
    """Whatever the order in which a server lists them."""
    ancestors = [{"id": f"v{n}", "history": [f"v{m}" for m in range(n)]} for n in (2, 0, 1)]
    wire.then(replies(200, ancestors))
    assert [found.id for found in await sprite.list_checkpoints("v3")] == ["v0", "v1", "v2"]


@pytest.mark.parametrize("body", ["v1: v0\nv2: v1\n", ""])
async def test_a_history_in_text_is_a_typed_error(
    wire: Wire, sprite: AsyncSprite, body: str
) -> None:
    """P10, G11, J3: the error says what the server did and what to do."""
    wire.then(replies(200, body, content_type="text/plain; charset=utf-8"))
    with pytest.raises(APIResponseError, match="text instead of a list") as caught:
        await sprite.list_checkpoints("v3")
    assert caught.value.body == body


async def test_deleting_a_checkpoint(wire: Wire, sprite: AsyncSprite) -> None:
    """On the handle and on the client."""
    wire.always(replies(204))
    await sprite.delete_checkpoint("v1")
    assert wire.lines == ["DELETE /v1/sprites/demo/checkpoints/v1"]


async def test_changes_arrive_live(wire: Wire, client: AsyncSpritesClient) -> None:
    """P1 for the watch: the second event is sent after the first was seen."""
    seen = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line({"name": "demo", "status": "running", "org": {"running": 1}})
        wait_for(seen)
        exchange.line({"type": "heartbeat", "timestamp": "2026-01-31T12:20:24Z", "new": 1})
        assert exchange.hung_up()

    wire.then(handler)
    async with client.watch_sprites("de") as watch:
        first = await watch.next()
        seen.set()
        second = await watch.next()
    org = OrganizationCounters(running=1)
    assert first == SpriteEvent(name="demo", status="running", org=org)
    assert second == SpriteEvent(
        type="heartbeat",
        timestamp=datetime(2026, 1, 31, 12, 20, 24, tzinfo=UTC),
        extra={"new": 1},
    )
    request = wire.requests[0]
    assert request.headers["accept"] == "application/x-ndjson"
    assert (request.line, request.query) == ("GET /v1/sprites", {"prefix": ["de"]})


async def test_a_watch_that_the_server_ends_is_over(wire: Wire, client: AsyncSpritesClient) -> None:
    """It has no last event, so a clean end is one; a broken connection is not."""
    wire.then(streams({"name": "a"}), streams({"name": "b"}, finish="cut"))
    assert [event.name async for event in await client.watch_sprites()] == ["a"]
    stream = await client.watch_sprites()
    assert await stream.next() == SpriteEvent(name="b")
    with pytest.raises(StreamTruncatedError):
        await stream.next()


async def test_a_server_without_a_watch_is_told_apart(
    wire: Wire, client: AsyncSpritesClient
) -> None:
    """It answers with its list, which is no event."""
    wire.then(replies(200, page("a")))
    with pytest.raises(APIResponseError, match="does not report changes of sprites"):
        await client.watch_sprites()
