"""Operations that fail half-way: told in the stream, and not in the way of the next ones.

The tier with plain directories is used, because its files can be taken away from outside.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sprites_facade.testing import LocalServer

if TYPE_CHECKING:
    from tests.local.conftest import Api

    ApiOf = Callable[[LocalServer], AbstractContextManager[Api]]


@pytest.fixture
def breakable(tmp_path: Path, api_of: ApiOf) -> Iterator[Api]:
    """A server with the sprite `s`, which has the checkpoint v1."""
    with LocalServer(engine="portable", data_dir=tmp_path) as server, api_of(server) as api:
        assert api.http.post("/v1/sprites", json={"name": "s"}).status_code == 201
        api.write("s", "/home/sprite/file", b"1")
        api.checkpoint("s", "one")
        yield api


class Store:
    """What a sprite's checkpoints are made of, taken away and put back."""

    def __init__(self, data_dir: Path) -> None:
        (self._place,) = data_dir.glob("engine/portable/sprites/*/store")
        self._aside = data_dir / "aside"

    def __enter__(self) -> None:
        self._place.rename(self._aside)

    def __exit__(self, *exc_info: object) -> None:
        if self._place.exists():
            shutil.rmtree(self._place)
        self._aside.rename(self._place)


def broken_off(api: Api, path: str) -> str:
    """Return the text of the error that ends a stream."""
    events = api.events("POST", api.path("s", path))
    assert [event["type"] for event in events[:-1]] == ["info"] * (len(events) - 1)
    assert events[-1]["type"] == "error"
    assert "data" not in events[-1]
    return str(events[-1]["error"])


def test_a_failed_creation_is_told_and_not_listed(breakable: Api, tmp_path: Path) -> None:
    with Store(tmp_path):
        text = broken_off(breakable, "/checkpoint")
    assert text.startswith("Failed to create checkpoint: ")
    assert str(tmp_path) not in text
    listed = breakable.http.get(breakable.path("s", "/checkpoints")).json()
    assert [entry["id"] for entry in listed] == ["Current", "v1", "v0"]
    assert int(breakable.checkpoint("s", "next").removeprefix("v")) > 1


def test_a_failed_restore_is_told_and_can_be_tried_again(breakable: Api, tmp_path: Path) -> None:
    with Store(tmp_path):
        text = broken_off(breakable, "/checkpoints/v1/restore")
    assert text.startswith("Failed to restore checkpoint: ")
    assert str(tmp_path) not in text
    breakable.write("s", "/home/sprite/file", b"2")
    breakable.restore("s", "v1")
    assert breakable.read("s", "/home/sprite/file") == b"1"
