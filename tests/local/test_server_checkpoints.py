"""Checkpoints: texts, order, history, restore."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.local.conftest import Api

FILE = "/home/sprite/state.txt"


def listing(api: Api, sprite: str, query: str = "") -> list[dict[str, Any]]:
    response = api.http.get(api.path(sprite, f"/checkpoints{query}"))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/json")
    return list(response.json())


def ids(api: Api, sprite: str, query: str = "") -> list[str]:
    return [entry["id"] for entry in listing(api, sprite, query)]


def test_creation_tells_the_recorded_texts_in_order(api: Api, sprite: str) -> None:
    events = api.events("POST", api.path(sprite, "/checkpoint"), json={"comment": "label"})
    texts = [event["data"] for event in events]
    created = texts.pop(4)
    processes = texts.pop(5)
    assert texts == [
        "Creating checkpoint...",
        "Checkpoint created successfully",
        "\nCheckpoint Details:",
        "  ID: v1",
        "  Path: checkpoints/v1",
        "\nTo restore this checkpoint:",
        "  sprite checkpoint restore v1",
        "  curl -X POST /checkpoints/v1/restore",
        "Checkpoint v1 created successfully",
    ]
    assert re.fullmatch(r"  Created: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", created)
    assert re.match(r"  Processes: (saved|refused|none)", processes)
    assert [event["type"] for event in events] == ["info"] * 10 + ["complete"]
    assert all(re.fullmatch(r".*\.\d{9}Z", event["time"]) for event in events)
    times = [event["time"] for event in events]
    assert times == sorted(times)


def test_restore_tells_the_recorded_texts(api: Api, sprite: str) -> None:
    api.checkpoint(sprite)
    events = api.restore(sprite, "v1")
    texts = [event["data"] for event in events]
    assert texts[0] == "Restoring from checkpoint v1..."
    assert "Container components started successfully" in texts
    assert texts[-1] == "Restore from v1 complete"
    assert [event["type"] for event in events] == ["info"] * (len(events) - 1) + ["complete"]


def test_a_stream_is_headed_as_one(api: Api, sprite: str) -> None:
    response = api.http.post(api.path(sprite, "/checkpoint"))
    assert response.headers["content-type"] == "application/x-ndjson"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["transfer-encoding"] == "chunked"


def test_each_event_is_sent_by_itself(api: Api, sprite: str) -> None:
    for path in ("/checkpoint", "/checkpoints/v1/restore"):
        chunks = api.chunks(api.path(sprite, path))
        assert len(chunks) > 3
        assert all(json.loads(chunk) and chunk.endswith(b"\n") for chunk in chunks)


def test_the_list_begins_with_the_live_state_and_goes_back_in_time(api: Api, sprite: str) -> None:
    assert ids(api, sprite) == ["Current", "v0"]
    api.checkpoint(sprite, "one")
    api.checkpoint(sprite)
    entries = listing(api, sprite)
    assert [entry["id"] for entry in entries] == ["Current", "v2", "v1", "v0"]
    assert all(entry["is_auto"] is False for entry in entries)
    assert [entry.get("comment") for entry in entries] == [None, None, "one", None]
    assert all(datetime.fromisoformat(entry["create_time"]).tzinfo for entry in entries)
    assert all(len(entry["create_time"]) == 20 for entry in entries)


@pytest.mark.usefixtures("own_root")
def test_a_restore_brings_the_files_back_exactly(api: Api, sprite: str) -> None:
    api.write(sprite, FILE, b"before")
    kept = api.shell(sprite, f"mkdir d; ln -s state.txt link; stat -c '%n %a %Y' {FILE} d link")
    api.checkpoint(sprite)
    api.shell(sprite, f"echo after > {FILE}; rm -r d link; touch junk; chmod 600 {FILE}")
    api.restore(sprite, "v1")
    assert api.read(sprite, FILE) == b"before"
    assert api.shell(sprite, f"stat -c '%n %a %Y' {FILE} d link") == kept
    assert "junk" not in api.shell(sprite, "ls")


def test_history_follows_restores(api: Api, sprite: str) -> None:
    for comment in ("one", "two"):
        api.checkpoint(sprite, comment)
    api.restore(sprite, "v1")
    assert api.checkpoint(sprite, "three") == "v3"
    shown = {entry["id"]: entry for entry in listing(api, sprite)}
    assert shown["v2"]["history"] == ["v0", "v1"]
    assert shown["v3"]["history"] == ["v0", "v1"]
    assert shown["v3"]["source_id"] == "v1"
    assert shown["Current"]["history"] == ["v0", "v1", "v3"]
    assert "history" not in shown["v0"]
    assert ids(api, sprite, "?history=v3") == ["v0", "v1"]
    assert ids(api, sprite, "?history=v0") == []
    assert ids(api, sprite, "?history=") == ["Current", "v3", "v2", "v1", "v0"]
    assert ids(api, sprite, "?history=Current") == ["v0", "v1", "v3"]
    response = api.http.get(api.path(sprite, "/checkpoints?history=v9"))
    assert (response.status_code, response.text) == (404, "Checkpoint v9 not found\n")


def test_a_restore_keeps_what_it_replaces_out_of_sight(api: Api, sprite: str) -> None:
    api.checkpoint(sprite)
    api.write(sprite, FILE, b"would be lost")
    api.restore(sprite, "v1")
    assert ids(api, sprite) == ["Current", "v1", "v0"]
    automatic = listing(api, sprite, "?includeAuto=true")[1]
    assert automatic["id"] == "auto-1"
    assert automatic["is_auto"] is True
    assert "comment" not in automatic
    assert api.http.get(api.path(sprite, "/checkpoints/auto-1")).json() == automatic
    api.restore(sprite, "auto-1")
    assert api.read(sprite, FILE) == b"would be lost"


def test_only_a_few_automatic_checkpoints_are_kept(api: Api, sprite: str) -> None:
    for _ in range(7):
        api.restore(sprite, "v0")
    automatic = [entry for entry in ids(api, sprite, "?includeAuto=true") if "auto" in entry]
    assert automatic == ["auto-7", "auto-6", "auto-5", "auto-4", "auto-3"]


def test_numbers_are_never_used_again(api: Api, sprite: str) -> None:
    assert [api.checkpoint(sprite) for _ in range(3)] == ["v1", "v2", "v3"]
    assert api.http.delete(api.path(sprite, "/checkpoints/v3")).status_code == 204
    api.restore(sprite, "v0")
    assert api.checkpoint(sprite) == "v4"


def test_deletion_leaves_the_others_whole(api: Api, sprite: str) -> None:
    api.write(sprite, FILE, b"1")
    api.checkpoint(sprite)
    api.write(sprite, FILE, b"2")
    api.checkpoint(sprite)
    response = api.http.delete(api.path(sprite, "/checkpoints/v1"))
    assert (response.status_code, response.content) == (204, b"")
    assert ids(api, sprite) == ["Current", "v2", "v0"]
    assert listing(api, sprite)[1]["history"] == ["v0", "v1"]
    assert ids(api, sprite, "?history=v2") == ["v0"]
    api.restore(sprite, "v2")
    assert api.read(sprite, FILE) == b"2"
    for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/restore")):
        response = api.http.request(method, api.path(sprite, f"/checkpoints/v1{rest}"))
        assert (response.status_code, response.text) == (404, "Checkpoint v1 not found\n")
        assert response.headers["content-type"].startswith("text/plain")


def test_the_live_state_can_be_looked_at_and_nothing_else(api: Api, sprite: str) -> None:
    path = api.path(sprite, "/checkpoints/Current")
    assert api.http.get(path).json()["id"] == "Current"
    for method, rest in (("DELETE", ""), ("POST", "/restore")):
        response = api.http.request(method, path + rest)
        assert response.status_code == 409
        assert response.text.startswith("Current is the live state")


def test_a_cold_sprite_can_be_checkpointed_without_waking(api: Api, sprite: str) -> None:
    assert api.checkpoint(sprite) == "v1"
    assert api.http.get(api.path(sprite)).json()["status"] == "cold"


def test_restores_end_the_sessions_of_a_sprite(api: Api, sprite: str) -> None:
    api.checkpoint(sprite)
    with api.socket(sprite, params=[("cmd", "sleep"), ("cmd", "1000")]) as socket:
        assert "session_info" in str(socket.recv(timeout=10))
        api.restore(sprite, "v1")
        assert socket.recv(timeout=10) == bytes([3, 137])
    assert api.http.get(api.path(sprite, "/exec")).json()["sessions"] == []


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"comment":1}', b'{"comment":"\\ud800"}'])
def test_a_comment_that_is_no_text_is_refused_in_plain_text(
    api: Api, sprite: str, body: bytes
) -> None:
    response = api.http.post(api.path(sprite, "/checkpoint"), content=body)
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text.endswith("\n")
    assert ids(api, sprite) == ["Current", "v0"]


def test_a_comment_may_be_any_text(api: Api, sprite: str) -> None:
    comment = "zero \x00, quote ' and 🚀\n"
    api.checkpoint(sprite, comment)
    assert api.http.get(api.path(sprite, "/checkpoints/v1")).json()["comment"] == comment


def test_a_client_that_hangs_up_does_not_stop_the_operation(api: Api, sprite: str) -> None:
    with api.http.stream("POST", api.path(sprite, "/checkpoint")) as response:
        assert response.status_code == 200
    # The next one waits for its turn, so the first is done when it is.
    assert api.checkpoint(sprite) == "v2"
    assert ids(api, sprite) == ["Current", "v2", "v1", "v0"]
