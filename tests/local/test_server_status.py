"""What the server says about itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from sprites_local.answers import ENVIRONMENT_VERSION
from tests.local.serving import TOKEN, serving

if TYPE_CHECKING:
    from tests.local.conftest import Api


def test_the_status_tells_the_tier_and_what_it_does(api: Api, shared: str) -> None:
    api.shell(shared, "true")
    status = api.http.get("/_status").json()
    assert status["tier"] == api.server.tier
    assert status["environment_version"] == ENVIRONMENT_VERSION
    assert status["version"]
    assert status["sprites"]["running"] >= 1
    assert isinstance(status["processes"], bool)
    assert bool(status["isolation"]) == (status["tier"] != "portable")
    tiers = ["full", "rootless", "portable"]
    better = tiers[: tiers.index(status["tier"])]
    assert [one["tier"] for one in status["passed_over"]] == better
    assert all(one["reason"] for one in status["passed_over"])


def test_the_status_is_for_holders_of_a_token(api: Api) -> None:
    assert httpx.get(f"{api.server.url}/_status").status_code == 401
    assert api.http.post("/_status").status_code == 405


def test_a_tier_that_was_chosen_is_told_as_the_reason(tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with serving(tmp_path, "--engine", "portable") as server:
        status = httpx.get(f"{server.url}/_status", headers=headers).json()
    assert {one["reason"] for one in status["passed_over"]} == {
        "not tried: --engine portable was asked for"
    }
    with serving(tmp_path, "--engine", "auto") as server:
        status = httpx.get(f"{server.url}/_status", headers=headers).json()
    assert [one["tier"] for one in status["passed_over"]] == ["full", "rootless"]
    assert all("made by the tier portable" in one["reason"] for one in status["passed_over"])
