# Written by scripts/unasync.py from tests/_async/test_lists.py. Do not edit.
"""Lists of sprites and of checkpoints, and the stream of changes."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from sprites_facade import (
    APIResponseError,
    Checkpoint,
    OrganizationCounters,
    Sprite,
    SpriteEvent,
    SpriteInfo,
    SpritesClient,
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


def names(client: SpritesClient, **options: Any) -> list[str]:
    return [sprite.name for sprite in client.list_sprites(**options)]


def test_a_list_spans_all_pages(wire: Wire, client: SpritesClient) -> None:
    """The token of a page brings the next one."""
    wire.then(
        replies(200, page("a", "b", more=True, token="t1")), replies(200, page("c")), replies(401)
    )
    assert names(client, prefix="x", page_size=2) == ["a", "b", "c"]
    assert [request.query for request in wire.requests] == [
        {"prefix": ["x"], "max_results": ["2"]},
        {"prefix": ["x"], "max_results": ["2"], "continuation_token": ["t1"]},
    ]


def test_a_list_says_what_it_is_of(client: SpritesClient) -> None:
    """Without asking for it."""
    assert repr(client.list_sprites()).endswith("SpriteList of the sprites>")
    assert "whose names begin with 'ci-'" in repr(client.list_sprites(prefix="ci-"))


def test_a_list_is_lazy(wire: Wire, client: SpritesClient) -> None:
    """Making it asks nobody, and the second page waits until it is needed."""
    listing = client.list_sprites()
    assert wire.connections == 0
    wire.always(replies(200, page("a", "b", more=True, token="t1")))
    for sprite in listing:
        assert sprite == SpriteInfo(name="a")
        break
    assert len(wire.requests) == 1


@pytest.mark.parametrize("token", [None, ""])
def test_more_without_a_token_is_the_end(
    wire: Wire, client: SpritesClient, token: str | None
) -> None:
    """P27: production said so once on a complete list."""
    wire.then(replies(200, page("a", more=True, token=token)))
    assert names(client) == ["a"]
    assert len(wire.requests) == 1


def test_a_token_without_more_is_the_end(wire: Wire, client: SpritesClient) -> None:
    """A server that says there is no more is believed."""
    wire.then(replies(200, page("a", more=False, token="t1")))
    assert names(client) == ["a"]


def test_a_repeated_token_is_the_end(wire: Wire, client: SpritesClient) -> None:
    """P27: a server that goes in circles cannot hold the program."""
    wire.then(
        replies(200, page("a", more=True, token="t1")),
        replies(200, page("b", more=True, token="t2")),
        replies(200, page("c", more=True, token="t1")),
    )
    assert names(client) == ["a", "b", "c"]
    assert len(wire.requests) == 3


def test_a_listing_can_start_where_another_ended(wire: Wire, client: SpritesClient) -> None:
    """Pages hold the token and the counters."""
    counters = {"name": "my-org", "running": 1, "warm": 0, "cold": 2, "running_limit": 10}
    wire.then(
        replies(200, {**page("a", more=True, token="t1"), **counters}), replies(200, page("b"))
    )
    for first in client.list_sprites().pages():
        assert first.next_token == "t1"
        assert first.org == OrganizationCounters(
            name="my-org", running=1, warm=0, cold=2, running_limit=10
        )
        break
    assert names(client, continuation_token="t1") == ["b"]
    assert wire.requests[1].query == {"continuation_token": ["t1"]}


def test_a_null_list_is_empty(wire: Wire, client: SpritesClient) -> None:
    """P11: Go writes an empty list as null."""
    wire.then(replies(200, {"sprites": None}), replies(200, "null"))
    assert names(client) == []
    assert client.list_checkpoints("demo") == []


@pytest.mark.parametrize("body", ["[]", "{}", "null", '{"sprites": {}}', '{"sprites": [1]}'])
def test_a_list_of_another_shape_is_a_typed_error(
    wire: Wire, client: SpritesClient, body: str
) -> None:
    """S2: never a TypeError."""
    wire.then(replies(200, body))
    with pytest.raises(APIResponseError):
        names(client)


def test_checkpoints_keep_all_their_fields(wire: Wire, sprite: Sprite) -> None:
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
    first, second = sprite.list_checkpoints()
    assert first == expected
    assert (second.id, second.extra) == ("v2", {"color": "red"})


@pytest.mark.parametrize(
    "time",
    [None, "", "soon", 5, "2026-01-31", "2026-01-31T12:20:24", "0001-01-01T00:00:00Z", [], {}],
)
def test_a_time_is_never_invented(wire: Wire, sprite: Sprite, time: Any) -> None:
    """P8, G3, J3: missing, wrong, naive and unset times are None, and lists stay sortable."""
    wire.then(replies(200, [{"id": "v1", "create_time": time}, {"id": "v2"}, V1]))
    found = sprite.list_checkpoints()
    assert [checkpoint.create_time is None for checkpoint in found] == [True, True, False]
    known = [checkpoint.create_time for checkpoint in found if checkpoint.create_time]
    assert sorted(known) == [datetime(2026, 1, 31, 12, 20, 24, 555839, UTC)]


def test_null_fields_are_empty(wire: Wire, sprite: Sprite) -> None:
    """P11, J3: a null list is an empty tuple, never None in its place."""
    nulls = dict.fromkeys(("comment", "source_id", "history", "health", "is_auto"))
    wire.then(replies(200, [{"id": "v1", **nulls}]))
    assert sprite.list_checkpoints() == [Checkpoint(id="v1")]


def test_the_live_state_is_left_out(wire: Wire, sprite: Sprite) -> None:
    """`Current` cannot be restored; it is there for whoever asks."""
    wire.always(replies(200, [CURRENT, V1]))
    assert [found.id for found in sprite.list_checkpoints()] == ["v1"]
    both = sprite.list_checkpoints(include_current=True)
    assert [found.id for found in both] == ["Current", "v1"]


def test_the_options_of_a_list_are_sent(wire: Wire, sprite: Sprite, client: SpritesClient) -> None:
    """P9, J9: what is not asked for is left out."""
    wire.always(replies(200, []))
    sprite.list_checkpoints()
    sprite.list_checkpoints("v3", include_auto=True)
    client.list_checkpoints("demo", history="v3", include_auto=True)
    asked = {"history": ["v3"], "includeAuto": ["true"]}
    assert [request.query for request in wire.requests] == [{}, asked, asked]


def test_ancestors_are_oldest_first(wire: Wire, sprite: Sprite) -> None:
    """Whatever the order in which a server lists them."""
    ancestors = [{"id": f"v{n}", "history": [f"v{m}" for m in range(n)]} for n in (2, 0, 1)]
    wire.then(replies(200, ancestors))
    assert [found.id for found in sprite.list_checkpoints("v3")] == ["v0", "v1", "v2"]


@pytest.mark.parametrize("body", ["v1: v0\nv2: v1\n", ""])
def test_a_history_in_text_is_a_typed_error(wire: Wire, sprite: Sprite, body: str) -> None:
    """P10, G11, J3: the error says what the server did and what to do."""
    wire.then(replies(200, body, content_type="text/plain; charset=utf-8"))
    with pytest.raises(APIResponseError, match="text instead of a list") as caught:
        sprite.list_checkpoints("v3")
    assert caught.value.body == body


def test_deleting_a_checkpoint(wire: Wire, sprite: Sprite) -> None:
    """On the handle and on the client."""
    wire.always(replies(204))
    sprite.delete_checkpoint("v1")
    assert wire.lines == ["DELETE /v1/sprites/demo/checkpoints/v1"]


def test_changes_arrive_live(wire: Wire, client: SpritesClient) -> None:
    """P1 for the watch: the second event is sent after the first was seen."""
    seen = threading.Event()

    def handler(exchange: Exchange) -> None:
        exchange.start()
        exchange.line({"name": "demo", "status": "running", "org": {"running": 1}})
        wait_for(seen)
        exchange.line({"type": "heartbeat", "timestamp": "2026-01-31T12:20:24Z", "new": 1})
        assert exchange.hung_up()

    wire.then(handler)
    with client.watch_sprites("de") as watch:
        first = watch.next()
        seen.set()
        second = watch.next()
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


def test_a_watch_that_the_server_ends_is_over(wire: Wire, client: SpritesClient) -> None:
    """It has no last event, so a clean end is one; a broken connection is not."""
    wire.then(streams({"name": "a"}), streams({"name": "b"}, finish="cut"))
    assert [event.name for event in client.watch_sprites()] == ["a"]
    stream = client.watch_sprites()
    assert stream.next() == SpriteEvent(name="b")
    with pytest.raises(StreamTruncatedError):
        stream.next()


def test_a_server_without_a_watch_is_told_apart(wire: Wire, client: SpritesClient) -> None:
    """It answers with its list, which is no event."""
    wire.then(replies(200, page("a")))
    with pytest.raises(APIResponseError, match="does not report changes of sprites"):
        client.watch_sprites()
