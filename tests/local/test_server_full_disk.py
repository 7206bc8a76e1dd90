"""A disk that is full, to its last byte, is told; it costs nothing that was there before.

Each server has a small disk of its own, which goes with it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sprites_local.state.reserve import Reserve
from tests.local.engines.tiers.helpers import needs_user_namespaces
from tests.local.serving import Served, serving
from tests.local.small_disk import MB, Disk, small_disk

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[Served], AbstractContextManager[Api]]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root mounts a disk of its own"
)

# The full tier keeps 256 MB of the disk free, below which it takes no checkpoints.
SIZES = {"full": 900, "rootless": 160, "portable": 160}


@pytest.fixture(
    params=["full", pytest.param("rootless", marks=needs_user_namespaces), "portable"],
    scope="module",
)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, api_of: ApiOf
) -> Iterator[tuple[Api, Disk]]:
    tier, place = request.param, tmp_path_factory.mktemp("disk")
    with small_disk(place, SIZES[tier]) as disk:
        data = place / "data"
        with serving(data, tier=tier, wrapper=disk.prefix) as server, api_of(server) as api:
            yield api, disk
        _check_database(disk.path / "data", place)


def _check_database(data: Path, place: Path) -> None:
    # A copy, because SQLite finds its own way to files, which does not lead here.
    for path in data.glob("state.db*"):
        shutil.copy(path, place)
    database = sqlite3.connect(place / "state.db")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


@pytest.fixture
def machine(served: tuple[Api, Disk]) -> Iterator[str]:
    """A sprite with a file and a checkpoint of it."""
    api, _ = served
    name = api.create()
    api.write(name, "/home/sprite/file", b"kept")
    assert api.checkpoint(name) == "v1"
    yield name
    assert api.http.delete(api.path(name)).status_code == 204


def said(response: httpx.Response) -> str:
    assert "Traceback" not in response.text
    return f"{response.status_code} {response.text.lower()}"


def end_of(api: Api, name: str, path: str) -> dict[str, Any]:
    event = api.events("POST", api.path(name, path))[-1]
    assert event["type"] in ("complete", "error"), event
    return event


def names_of(api: Api) -> list[str]:
    return [entry["name"] for entry in api.http.get("/v1/sprites").json()["sprites"]]


def checkpoints_of(api: Api, name: str) -> list[str]:
    return [entry["id"] for entry in api.http.get(api.path(name, "/checkpoints")).json()]


def test_a_disk_full_to_the_last_byte(served: tuple[Api, Disk], machine: str) -> None:
    """Everything is asked of a full disk: what cannot be done is told, the rest is done."""
    api, disk = served
    filled = api.run(machine, "sh", "-c", "cat /dev/zero > big", dir="/home/sprite")
    assert filled[2] == 1
    assert b"No space left" in filled[1]
    disk.fill()
    assert disk.free() < MB

    refused = end_of(api, machine, "/checkpoint")
    assert refused["type"] == "error"
    assert "disk" in refused["error"] or "No space left" in refused["error"]
    assert checkpoints_of(api, machine) == ["Current", "v1", "v0"]
    made = []
    for number in range(20):  # what was set aside for the database is enough for some
        disk.fill()
        answer = api.http.post("/v1/sprites", json={"name": f"late{number}"})
        if answer.status_code != 201:
            break
        made.append(f"late{number}")
    assert said(answer)[:4] in ("503 ", "507 ")
    assert "disk" in said(answer)
    assert names_of(api) == sorted([*made, machine])
    for attempt in range(30):
        answer = api.http.put(
            api.path(machine, "/fs/write"), params={"path": f"/tmp/n{attempt}"}, content=bytes(MB)
        )
        if answer.status_code != 200:
            break
    assert said(answer).startswith("507 ")
    assert "no space left" in said(answer)

    assert api.read(machine, "/home/sprite/file") == b"kept"
    assert api.shell(machine, "echo runs") == "runs\n"
    gone = end_of(api, machine, "/checkpoints/v1/restore")["type"] == "complete"
    assert checkpoints_of(api, machine) == ["Current", "v1", "v0"]
    assert api.read(machine, "/home/sprite/file") == b"kept"
    removed = api.http.delete(api.path(machine, "/fs/delete"), params={"path": "/home/sprite/big"})
    assert removed.status_code == (404 if gone else 200)
    disk.clear()
    deadline = time.monotonic() + 20
    while end_of(api, machine, "/checkpoint")["type"] == "error":
        assert time.monotonic() < deadline
    api.write(machine, "/home/sprite/file", bytes(10 * MB))
    api.restore(machine, "v1")
    assert api.read(machine, "/home/sprite/file") == b"kept"
    assert api.http.post("/v1/sprites", json={"name": "after"}).status_code == 201
    for name in (*made, "after"):
        assert api.http.delete(api.path(name)).status_code == 204


@pytest.mark.parametrize("tier", ["full", "portable"])
def test_a_server_starts_on_a_full_disk(tmp_path: Path, api_of: ApiOf, tier: str) -> None:
    """What it needs was set aside by the one before; sprites run, and what is there is read."""
    data = tmp_path / "data"
    with small_disk(tmp_path, SIZES[tier]) as disk:
        with serving(data, tier=tier, wrapper=disk.prefix) as server, api_of(server) as api:
            name = api.create()
            api.write(name, "/home/sprite/file", b"kept")
        disk.fill()
        with serving(data, tier=tier, wrapper=disk.prefix) as server, api_of(server) as api:
            assert api.read(name, "/home/sprite/file") == b"kept"
            assert api.shell(name, "echo runs") == "runs\n"
            disk.clear()
            assert api.checkpoint(name) == "v1"


def test_a_checkpoint_and_a_restore_that_run_full(served: tuple[Api, Disk], machine: str) -> None:
    """They end half-way: nothing half-made is there, the files stay as they were."""
    api, disk = served
    make = "cd && head -c 30000000 /dev/urandom > big && sha256sum < big"
    before = api.shell(machine, make)
    assert api.checkpoint(machine) == "v2"
    after = api.shell(machine, f"{make} && echo new > file")
    disk.fill(leave=20 * MB)
    if api.server.tier == "full":  # snapshots take no space of their own
        assert "MB left" in end_of(api, machine, "/checkpoint")["error"]
        told = api.restore(machine, "v2")
        assert [event for event in told if "was not kept" in event.get("data", "")]
        assert api.shell(machine, "cd && sha256sum < big && cat file") == f"{before}kept"
        disk.clear()
        return
    free = disk.free()

    for path in ("/checkpoint", "/checkpoints/v2/restore"):
        assert "no space left" in end_of(api, machine, path)["error"].lower()
        assert abs(disk.free() - free) < 2 * MB
        assert checkpoints_of(api, machine) == ["Current", "v2", "v1", "v0"]
        look = "cd && sha256sum < big && cat file && ls"
        assert api.shell(machine, look) == f"{after}new\nbig\nfile\n"
    disk.clear()
    assert api.checkpoint(machine) > "v2"
    api.restore(machine, "v2")
    assert api.shell(machine, "cd && sha256sum < big && cat file") == f"{before}kept"


def test_what_is_set_aside_for_the_database_is_given_and_taken_back(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve")
    assert not reserve.use()
    reserve.keep()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 8 * MB
    assert reserve.use()
    assert not (tmp_path / "reserve").exists()
    reserve.keep()  # not at once: what was let go is needed now
    assert not reserve.use()
