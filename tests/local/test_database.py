"""The server's database: what is looked at is what was written last."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sprites_local.state import sprites as rows
from sprites_local.state.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "state.db")
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def add(database: Database, name: str) -> None:
    await database.run(rows.insert, rows.NewSprite(name, name, "sprite", None, ()))
    await database.run(rows.set_state, name, "ready")


async def test_a_look_sees_each_change(database: Database) -> None:
    assert database.look(rows.find, "one") is None
    await add(database, "one")
    found = database.look(rows.find, "one")
    assert found is not None
    assert found.labels == ()
    await database.run(rows.update, "one", auth=None, private_access=None, labels=("new",))
    changed = database.look(rows.find, "one")
    assert changed is not None
    assert changed.labels == ("new",)
    await database.run(rows.remove, "one")
    assert database.look(rows.find, "one") is None


async def test_a_look_asks_once_until_something_is_written(database: Database) -> None:
    asked = []

    def find(_: sqlite3.Connection, key: str) -> str:
        asked.append(key)
        return key

    assert [database.look(find, key) for key in ("a", "b", "a", "b")] == ["a", "b", "a", "b"]
    assert asked == ["a", "b"]
    await add(database, "one")
    assert database.look(find, "a") == "a"
    assert asked == ["a", "b", "a"]


async def test_what_failed_is_not_seen(database: Database) -> None:
    await add(database, "one")
    assert database.look(rows.find, "one") is not None

    def fail(connection: sqlite3.Connection) -> None:
        rows.remove(connection, "one")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await database.run(fail)
    assert database.look(rows.find, "one") is not None


async def test_looking_for_many_names_keeps_few(database: Database) -> None:
    for number in range(5000):
        assert database.look(rows.find, f"no-{number}") is None
    assert len(database._seen) <= 1000
