"""A data directory of which something is missing or damaged: that is told, and costs no more."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.local.kills import evidence
from tests.local.needs import needs_full_tier
from tests.local.serving import Served, serving

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[Served], AbstractContextManager[Api]]

FILE = "/home/sprite/file"


def fill(data_dir: Path, tier: str, api_of: ApiOf) -> None:
    """Make a sprite with a file and a checkpoint."""
    with serving(data_dir, tier=tier) as server, api_of(server) as api:
        assert api.http.post("/v1/sprites", json={"name": "s"}).status_code == 201
        api.write("s", FILE, b"kept")
        api.checkpoint("s")


def refusal(data_dir: Path, tier: str, *wrapper: str) -> str:
    """Start a server that must refuse, and return what it says."""
    command = [
        *wrapper,
        sys.executable,
        "-m",
        "sprites_local",
        "serve",
        "--data-dir",
        str(data_dir),
    ]
    done = subprocess.run(
        [*command, "--engine", tier], capture_output=True, text=True, timeout=55, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def test_a_database_without_its_tables_is_told(tmp_path: Path, api_of: ApiOf) -> None:
    fill(tmp_path, "portable", api_of)
    with closing(sqlite3.connect(tmp_path / "state.db")) as database:
        database.execute("DROP TABLE checkpoints")
    assert "the database of the data directory is damaged: no such table" in refusal(
        tmp_path, "portable"
    )


def test_a_token_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "token").mkdir()
    assert "cannot read the token: [Errno 21] Is a directory" in refusal(tmp_path, "portable")


def test_a_token_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes("schlüssel".encode())
    assert "does not hold a token; delete it to get a new one" in refusal(tmp_path, "portable")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away, and lose rights")
@pytest.mark.parametrize("place", ["engine", "engine/portable"])
def test_a_directory_that_may_not_be_read_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "state.db").touch()
    closed = tmp_path / place
    closed.mkdir(parents=True)
    closed.chmod(0)
    if place != "engine":
        with closing(sqlite3.connect(tmp_path / "state.db")) as database:
            database.execute("PRAGMA journal_mode = WAL")
    bounds = "-dac_override,-dac_read_search,-fowner"
    text = refusal(tmp_path, "portable", "setpriv", "--bounding-set", bounds)
    assert "Permission denied" in text


@needs_full_tier
def test_a_pool_that_is_gone_is_told_and_may_be_put_back(tmp_path: Path, api_of: ApiOf) -> None:
    """No empty sprites take the place of those that were there, today or at the next start."""
    fill(tmp_path, "full", api_of)
    pool = tmp_path / "engine/pool.img"
    pool.rename(tmp_path / "aside")
    for _ in range(2):
        assert "pool.img, and it is gone; put it back" in refusal(tmp_path, "full")
        assert not pool.exists()
    assert evidence.traces(tmp_path) == []
    (tmp_path / "aside").rename(pool)
    with serving(tmp_path, tier="full") as server, api_of(server) as api:
        assert api.read("s", FILE) == b"kept"


@needs_full_tier
def test_a_damaged_pool_is_told_and_left_alone(tmp_path: Path, api_of: ApiOf) -> None:
    fill(tmp_path, "full", api_of)
    pool = tmp_path / "engine/pool.img"
    with pool.open("r+b") as file:
        file.write(bytes(1 << 20))
    before = pool.stat().st_mtime
    text = refusal(tmp_path, "full")
    assert "pool.img, and it is damaged: [Errno 22] mount btrfs" in text
    assert "delete the data directory to begin anew" in text
    assert pool.stat().st_mtime == before
    assert evidence.traces(tmp_path) == []


@needs_full_tier
def test_the_files_of_one_sprite_that_are_gone_are_told(tmp_path: Path, api_of: ApiOf) -> None:
    """It is not replaced by an empty one, others are served, and it can be deleted."""
    fill(tmp_path, "full", api_of)
    with closing(sqlite3.connect(tmp_path / "state.db")) as database, database:
        columns = "private_access, labels, environment_version, last_running_at, base, live_since"
        rest = f"created_at, updated_at, auth, {columns}, next_number, next_automatic"
        database.execute(
            f"INSERT INTO sprites (id, name, state, {rest})"
            f" SELECT 'sprite-lost', 'lost', 'ready', {rest} FROM sprites"
        )
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        serving(tmp_path, tier="full", errors=errors) as server,
        api_of(server) as api,
    ):
        assert api.read("s", FILE) == b"kept"
        refused = api.http.post(api.path("lost", "/exec"), params={"cmd": "true"})
        assert (refused.status_code, refused.text) == (503, "there is no sprite sprite-lost\n")
        assert api.http.delete(api.path("lost")).status_code == 204
    assert "The files of sprite sprite-lost are gone" in log.read_text()


@pytest.mark.parametrize("empty", [False, True])
def test_a_database_that_is_gone_is_told_and_may_be_put_back(
    tmp_path: Path, api_of: ApiOf, *, empty: bool
) -> None:
    """Files of which nothing is known are deleted at a start, so there must be no such start."""
    fill(tmp_path, "portable", api_of)
    database = tmp_path / "state.db"
    database.rename(tmp_path / "aside")
    for _ in range(2):
        if empty:
            database.touch()
        assert "in state.db is gone; put it back" in refusal(tmp_path, "portable")
    (tmp_path / "aside").replace(database)
    with serving(tmp_path, tier="portable") as server, api_of(server) as api:
        assert api.read("s", FILE) == b"kept"
