"""Sprites: create, list, get, update, delete."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.local.conftest import Api


def test_a_new_sprite_is_cold_and_complete(api: Api, sprite: str) -> None:
    shown = api.http.get(api.path(sprite)).json()
    assert shown["name"] == sprite
    assert uuid.UUID(shown["id"].removeprefix("sprite-"))
    assert shown["status"] == "cold"
    assert shown["version"] is None
    assert shown["environment_version"] is None
    assert shown["url_settings"] == {"auth": "sprite"}
    assert shown["created_at"].endswith("Z")
    assert "labels" not in shown


def test_a_command_wakes_a_sprite(api: Api, sprite: str) -> None:
    api.shell(sprite, "true")
    shown = api.http.get(api.path(sprite)).json()
    assert shown["status"] == "running"
    assert shown["environment_version"] == "v0.0.1-rc48"
    assert shown["last_running_at"] >= shown["created_at"]


def test_a_look_does_not_wake_a_sprite(api: Api, sprite: str) -> None:
    for rest in ("", "/exec", "/checkpoints", "/check"):
        assert api.http.get(api.path(sprite, rest)).status_code == 200
    assert api.http.get(api.path(sprite)).json()["status"] == "cold"


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "UPPER", "-a", "a-", "a_b", "ä", "a" * 64, "a\n", "\ud800", 5, None]
)
def test_a_bad_name_is_refused(api: Api, name: Any) -> None:
    body = b'{"name":"\\ud800"}' if name == "\ud800" else None
    if body is None:
        response = api.http.post("/v1/sprites", json={"name": name})
        assert response.json() == {"errors": ["invalid sprite name format"]}
    else:
        response = api.http.post("/v1/sprites", content=body)
    assert response.status_code == 400


def test_a_taken_name_is_a_conflict(api: Api, sprite: str) -> None:
    response = api.http.post("/v1/sprites", json={"name": sprite})
    assert response.status_code == 409
    assert response.json() == {
        "error": f"A sprite named '{sprite}' already exists. Please choose a different name."
    }


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        (
            {"url_settings": {"auth": "x"}},
            "invalid auth type, must be one of: sprite, public",
        ),
        ({"url_settings": 1}, "url_settings must be an object"),
        (
            {"url_settings": {"private_access": "x"}},
            "invalid private_access, must be one of: admins, organization, org_users",
        ),
        ({"labels": "x"}, "labels must be a list of strings"),
        ({"labels": [1]}, "labels must be a list of strings"),
        ({"wait_for_capacity": "yes"}, "invalid wait_for_capacity parameter"),
        ({"runtime": "fast"}, "invalid runtime, must be one of: default, dev"),
        ({"runtime": []}, "invalid runtime, must be one of: default, dev"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    api: Api, fields: dict[str, Any], complaint: str
) -> None:
    response = api.http.post("/v1/sprites", json={"name": "never-made", **fields})
    assert (response.status_code, response.json()) == (400, {"errors": [complaint]})
    assert api.http.get(api.path("never-made")).status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'{"name":NaN}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(api: Api, body: bytes) -> None:
    response = api.http.post("/v1/sprites", content=body)
    assert response.status_code == 400
    assert set(response.json()) in ({"error"}, {"errors"})


def test_unknown_fields_are_ignored_and_options_kept(api: Api) -> None:
    body = {
        "name": "with-options",
        "labels": ["a", "ü"],
        "url_settings": {"auth": "public", "private_access": "admins"},
        "config": {"ram_mb": 1},
        "something": {"new": True},
        "runtime": "dev",
    }
    response = api.http.post("/v1/sprites", json=body)
    assert response.status_code == 201
    shown = api.http.get(api.path("with-options")).json()
    assert response.json() == shown
    assert shown["labels"] == ["a", "ü"]
    assert shown["url_settings"] == {"auth": "public", "private_access": "admins"}
    assert api.http.delete(api.path("with-options")).status_code == 204


def test_update_changes_only_what_is_given(api: Api, sprite: str) -> None:
    path = api.path(sprite)
    response = api.http.put(path, json={"labels": ["one"]})
    assert response.status_code == 200
    assert response.json()["labels"] == ["one"]
    response = api.http.put(path, json={"url_settings": {"auth": "public"}})
    assert response.json()["labels"] == ["one"]
    assert response.json()["url_settings"] == {"auth": "public"}
    assert "labels" not in api.http.put(path, json={"clear_labels": True}).json()


def test_an_update_of_nothing_is_refused(api: Api, sprite: str) -> None:
    response = api.http.put(api.path(sprite), json={"unknown": 1})
    assert response.status_code == 400
    assert "nothing to update" in response.json()["errors"][0]
    response = api.http.put(api.path(sprite), json={"url_settings": {"auth": "x"}})
    assert response.json() == {"errors": ["invalid auth type, must be one of: sprite, public"]}
    assert api.http.put(api.path("no-such-sprite"), json={"labels": []}).status_code == 404


def test_delete_frees_the_name_for_another_sprite(api: Api) -> None:
    name = api.create()
    before = api.http.get(api.path(name)).json()["id"]
    api.write(name, "/home/sprite/file", b"x")
    response = api.http.delete(api.path(name))
    assert (response.status_code, response.content) == (204, b"")
    assert api.http.delete(api.path(name)).status_code == 404
    assert api.http.post("/v1/sprites", json={"name": name}).status_code == 201
    assert api.http.get(api.path(name)).json()["id"] != before
    response = api.http.get(api.path(name, "/fs/read"), params={"path": "/home/sprite/file"})
    assert response.status_code == 404
    assert api.http.delete(api.path(name)).status_code == 204


def test_pages_cover_everything_once_and_end(api: Api) -> None:
    names = [f"page-{letter}" for letter in "abcde"]
    for name in names:
        assert api.http.post("/v1/sprites", json={"name": name}).status_code == 201
    found, token = [], ""
    while True:
        params = {"prefix": "page-", "max_results": "2", "continuation_token": token}
        page = api.http.get("/v1/sprites", params=params).json()
        found += [sprite["name"] for sprite in page["sprites"]]
        assert page["cold"] == len(page["sprites"])
        assert page["org"]["name"] == page["name"]
        assert page["has_more"] == (page["next_continuation_token"] is not None)
        if not page["has_more"]:
            break
        token = page["next_continuation_token"]
    assert found == names
    for name in names:
        assert api.http.delete(api.path(name)).status_code == 204


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("max_results=0", 200),
        ("max_results=-5", 200),
        (f"max_results={'9' * 5000}", 200),
        ("max_results=x", 400),
        ("max_results=²", 400),
        ("continuation_token=x", 400),
        ("continuation_token=bm8=", 400),
        ("continuation_token=%00", 400),
        ("prefix=%ff%00", 200),
        ("bulk_load=true", 200),
    ],
)
def test_listing_clamps_numbers_and_refuses_nonsense(api: Api, query: str, status: int) -> None:
    assert api.http.get(f"/v1/sprites?{query}").status_code == status


def test_check_restart_and_upgrade(api: Api, sprite: str) -> None:
    path = api.path(sprite)
    assert api.http.get(f"{path}/check").json()["status"] == "hibernated"
    api.shell(sprite, "sleep 1000 >/dev/null 2>&1 & echo $!")
    answer = api.http.post(f"{path}/restart")
    assert answer.status_code == 200
    assert answer.json()["sprite_name"] == sprite
    assert api.shell(sprite, "pgrep -x sleep || echo none") == "none\n"
    check = api.http.get(f"{path}/check").json()
    assert (check["status"], check["reason"]) == ("healthy", None)
    upgrade = api.http.post(f"{path}/upgrade", json={"version": "1"})
    assert upgrade.json() == {"name": sprite, "status": "upgraded"}


def test_a_body_over_the_limit_is_refused(api: Api) -> None:
    body = b'{"name":"' + b"x" * (2 << 20) + b'"}'
    assert api.http.post("/v1/sprites", content=body).status_code == 413

    def pieces() -> Any:
        for _ in range(40):
            yield b" " * (64 << 10)

    response = api.http.post("/v1/sprites", content=pieces())
    assert response.status_code == 413
    assert "larger than" in response.json()["error"]


@pytest.mark.parametrize("query", ["max_results=x", "max_results=", "bulk_load=x"])
def test_a_stream_refuses_nonsense_as_a_page_does(api: Api, query: str) -> None:
    headers = {"Accept": "application/x-ndjson"}
    page = api.http.get(f"/v1/sprites?{query}")
    with api.http.stream("GET", f"/v1/sprites?{query}", headers=headers) as response:
        assert (page.status_code, response.status_code) == (400, 400)


def test_states_are_followed_as_a_stream(api: Api) -> None:
    headers = {"Accept": "application/x-ndjson"}
    params = {"prefix": "watched"}
    with api.http.stream("GET", "/v1/sprites", params=params, headers=headers) as response:
        assert response.headers["content-type"] == "application/x-ndjson"
        lines = map(json.loads, response.iter_lines())
        first = next(lines)
        assert (first["type"], first["org"]["cold"]) == ("heartbeat", 0)
        assert api.http.post("/v1/sprites", json={"name": "watched"}).status_code == 201
        api.http.post("/v1/sprites", json={"name": "unwatched"})
        made = next(lines)
        assert (made["name"], made["status"], made["org"]["cold"]) == ("watched", "cold", 1)
        assert "type" not in made
        api.shell("watched", "true")
        woken = next(lines)
        assert (woken["name"], woken["status"]) == ("watched", "running")
        assert woken["running_version"] == "v0.0.1-rc48"
        shown = api.http.get(api.path("watched")).json()
        for key in ("last_running_at", "last_warming_at"):
            assert (made[key], woken[key]) == (None, shown[key])
        assert woken["last_running_at"]
        for name in ("unwatched", "watched"):
            assert api.http.delete(api.path(name)).status_code == 204
        assert next(lines)["status"] == "deleted"
