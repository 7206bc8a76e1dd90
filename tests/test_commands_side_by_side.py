"""Warm connections against a real server: many at a time, and none gets another's output."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sprites_facade import (
    AsyncSpritesClient,
    CommandTimeoutError,
    Completed,
    NotFoundError,
    SpritesClient,
)
from sprites_facade.testing import LocalServer

pytestmark = pytest.mark.anyio

NAMES = "abcd"
ROUNDS = 12


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


def text(name: str, number: int) -> str:
    return f"echo {name}{number}; echo {number} >&2; exit {number}"


def check(done: Completed[str], name: str, number: int) -> None:
    found = (done.stdout, done.stderr, done.returncode)
    assert found == (f"{name}{number}\n", f"{number}\n", number)


def test_threads(server: LocalServer) -> None:
    """With commands that run out of their time in between."""
    with server.client() as client, ThreadPoolExecutor(len(NAMES)) as threads:
        sprite = client.create_sprite("threads")

        def work(name: str) -> None:
            for number in range(ROUNDS):
                check(sprite.run(text(name, number)), name, number)
                if number % 4 == 3:
                    with pytest.raises(CommandTimeoutError) as caught:
                        sprite.run(f"echo late{name}; exec sleep 60", timeout=0.3)
                    assert caught.value.stdout in ("", f"late{name}\n")

        list(threads.map(work, NAMES))
        assert not sprite.list_sessions()
        sprite.delete()


async def test_tasks(server: LocalServer) -> None:
    """With tasks that are cancelled in between."""
    async with AsyncSpritesClient(server.token, base_url=server.url) as client:
        sprite = await client.create_sprite("tasks")

        async def work(name: str) -> None:
            for number in range(ROUNDS):
                check(await sprite.run(text(name, number)), name, number)
                if number % 4 == 3:
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await sprite.run(f"echo late{name}; exec sleep 60")

        await asyncio.gather(*map(work, NAMES))
        assert not await sprite.list_sessions()
        await sprite.delete()


def test_another_life(server: LocalServer) -> None:
    """A restore and a deletion end the connections; what comes after works at once."""
    with server.client() as client:
        for _ in range(2):
            sprite = client.create_sprite("lives")
            checkpoint = sprite.create_checkpoint().result()
            for number in range(3):
                check(sprite.run(text("x", number)), "x", number)
            sprite.restore_checkpoint(checkpoint.id).result()
            for number in range(3):
                check(sprite.run(text("y", number)), "y", number)
            sprite.delete()
            with pytest.raises(NotFoundError):
                sprite.run("echo")


def test_another_clients_restore(server: LocalServer) -> None:
    """The server closes the connections of all clients, which see it."""
    with server.client() as client, SpritesClient(server.token, base_url=server.url) as other:
        sprite = client.create_sprite("others")
        checkpoint = sprite.create_checkpoint().result()
        for number in range(3):
            check(sprite.run(text("x", number)), "x", number)
        other.sprite("others").restore_checkpoint(checkpoint.id).result()
        for number in range(3):
            check(sprite.run(text("y", number)), "y", number)
        sprite.delete()
