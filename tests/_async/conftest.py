"""A scripted server for each test, and a client of it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from sprites_facade import AsyncSprite, AsyncSpritesClient
from tests.wire import Wire

TOKEN = "org/1/id/s3cret"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


@pytest.fixture
async def client(wire: Wire) -> AsyncIterator[AsyncSpritesClient]:
    async with AsyncSpritesClient(TOKEN, base_url=wire.url, timeout=10) as client:
        yield client


@pytest.fixture
def sprite(client: AsyncSpritesClient) -> AsyncSprite:
    return client.sprite("demo")
