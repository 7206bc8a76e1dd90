# Written by scripts/unasync.py from tests/_async/conftest.py. Do not edit.
"""A scripted server for each test, and a client of it."""

from collections.abc import Iterator

import pytest

from sprites_facade import Sprite, SpritesClient
from tests.wire import Wire

TOKEN = "org/1/id/s3cret"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
def client(wire: Wire) -> Iterator[SpritesClient]:
    with SpritesClient(TOKEN, base_url=wire.url, timeout=10) as client:
        yield client


@pytest.fixture
def sprite(client: SpritesClient) -> Sprite:
    return client.sprite("demo")
