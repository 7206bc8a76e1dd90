"""The last checkpoints inside a sprite, as clients and commands find them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sprites_facade.testing import LocalServer

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[LocalServer], AbstractContextManager[Api]]

FILE = "/home/sprite/x"
TOP = "/.sprite/checkpoints"

pytestmark = pytest.mark.usefixtures("snapshots")


@pytest.fixture
def snapshots(api: Api) -> None:
    """Skip where checkpoints are no trees of files."""
    if api.server.tier != "full":
        pytest.skip("only the full tier, which needs root and btrfs, has trees to show")


def shown(api: Api, sprite: str) -> list[str]:
    return api.shell(sprite, f"ls {TOP}").split()


def fill(api: Api, sprite: str, count: int) -> None:
    """Take checkpoints, each with its own id in a file."""
    for number in range(1, count + 1):
        api.write(sprite, FILE, f"v{number}".encode())
        assert api.checkpoint(sprite) == f"v{number}"


def test_whoever_is_told_of_a_checkpoint_finds_it(api: Api, sprite: str) -> None:
    assert shown(api, sprite) == ["v0"]

    for number in range(1, 7):
        api.write(sprite, FILE, str(number).encode())
        checkpoint = api.checkpoint(sprite)
        assert api.read(sprite, f"{TOP}/{checkpoint}{FILE}") == str(number).encode()
        assert shown(api, sprite) == [f"v{one}" for one in range(max(0, number - 4), number + 1)]


def test_what_is_deleted_goes_and_an_older_one_returns(api: Api, sprite: str) -> None:
    fill(api, sprite, 6)

    for gone in ("v4", "v1"):
        assert api.http.delete(api.path(sprite, f"/checkpoints/{gone}")).status_code == 204

    assert shown(api, sprite) == ["v0", "v2", "v3", "v5", "v6"]
    response = api.http.get(api.path(sprite, "/fs/read"), params={"path": f"{TOP}/v4{FILE}"})
    assert response.status_code == 404
    assert api.read(sprite, f"{TOP}/v3{FILE}") == b"v3"


def test_they_are_there_after_each_new_beginning(api: Api, sprite: str) -> None:
    fill(api, sprite, 5)
    before = ["v1", "v2", "v3", "v4", "v5"]

    api.restore(sprite, "v2")

    assert api.read(sprite, FILE) == b"v2"
    assert shown(api, sprite) == before  # not the automatic one
    assert api.read(sprite, f"{TOP}/v5{FILE}") == b"v5"
    assert api.http.post(api.path(sprite, "/restart")).is_success
    assert shown(api, sprite) == before


def test_they_are_there_for_the_next_server(tmp_path: Path, api_of: ApiOf) -> None:
    with LocalServer(data_dir=tmp_path / "data") as server, api_of(server) as api:
        assert api.http.post("/v1/sprites", json={"name": "kept"}).status_code == 201
        fill(api, "kept", 2)
    with LocalServer(data_dir=tmp_path / "data") as server, api_of(server) as api:
        assert shown(api, "kept") == ["v0", "v1", "v2"]
        assert api.read("kept", f"{TOP}/v1{FILE}") == b"v1"


@pytest.mark.parametrize("root", ["true", "false"])
def test_writing_is_refused_for_the_true_reason(api: Api, sprite: str, root: str) -> None:
    fill(api, sprite, 1)
    url, path = api.path(sprite, "/fs/write"), f"{TOP}/v1{FILE}"

    response = api.http.put(url, params={"path": path, "asRoot": root}, content=b"other")

    assert response.status_code == 403
    assert "read-only file system" in response.json()["error"].lower()
    assert api.read(sprite, path) == b"v1"


def test_a_sprite_that_is_in_the_way_is_told(api: Api, sprite: str) -> None:
    """What it put there is its own, and stays."""
    assert shown(api, sprite) == ["v0"]
    for source, dest in (("/.sprite", "/gone"), ("/gone/control", "/.sprite/control")):
        body = {"source": source, "dest": dest, "asRoot": True}
        assert api.http.post(api.path(sprite, "/fs/rename"), json=body).is_success
        api.write(sprite, TOP, b"mine", asRoot="true")

    events = api.events("POST", api.path(sprite, "/checkpoint"), json={})

    assert events[-1]["type"] == "complete"
    (told,) = [event["data"] for event in events if "does not show" in event["data"]]
    assert "/.sprite/checkpoints is no plain directory" in told
    assert api.read(sprite, TOP) == b"mine"
    assert api.shell(sprite, "ls -A /gone/checkpoints") == ""
