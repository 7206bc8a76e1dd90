"""A client in two processes, two event loops, or a pickle: nobody gets what another was sent."""

import asyncio
import copy
import os
import pickle
import traceback
import warnings
from collections.abc import Callable, Iterator

import pytest

from sprites_facade import AsyncSpritesClient, ConfigurationError, Sprite, SpritesClient
from sprites_facade.testing import LocalServer
from tests.wire import Wire

ROUNDS = 12


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
def client(server: LocalServer) -> Iterator[SpritesClient]:
    with server.client() as client:
        yield client


@pytest.fixture
def sprite(client: SpritesClient) -> Iterator[Sprite]:
    sprite = client.create_sprite("forks")
    for _ in range(3):  # from the second on by a connection that stays open
        sprite.run(["true"], check=True)
    yield sprite
    sprite.delete()


class Child:
    """A fork of this process that does something, and what came of it."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._news, told = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # there are threads, and it forks
            self._pid = os.fork()
        if self._pid == 0:
            try:
                os.write(told, repr(work()).encode())
            except BaseException:  # noqa: BLE001 - it is told to the parent
                os.write(told, traceback.format_exc().encode())
            finally:
                os._exit(0)
        os.close(told)

    def result(self) -> str:
        with os.fdopen(self._news, "rb") as news:
            said = news.read().decode()
        os.waitpid(self._pid, 0)
        return said


def echoes(sprite: Sprite, who: str) -> list[str]:
    return [sprite.run(["echo", f"{who}{number}"]).stdout.strip() for number in range(ROUNDS)]


def here(work: Callable[[], object]) -> str:
    return repr(work())


def elsewhere(work: Callable[[], object]) -> str:
    return Child(work).result()


def test_commands_of_two_processes_do_not_meet(sprite: Sprite) -> None:
    child = Child(lambda: echoes(sprite, "child"))
    mine = echoes(sprite, "parent")
    assert child.result() == repr([f"child{number}" for number in range(ROUNDS)])
    assert mine == [f"parent{number}" for number in range(ROUNDS)]


def test_requests_of_two_processes_have_connections_of_their_own() -> None:
    """Else one could read the answer to the other's question."""
    with Wire() as wire, SpritesClient("t0ken", base_url=wire.url) as client:
        wire.always(lambda exchange: exchange.reply(body={"organization": {"slug": "org"}}))
        counts = []
        for process in (here, elsewhere, here):
            assert process(lambda: client.get_organization().slug) == "'org'"
            counts.append(wire.connections)
    assert counts == [1, 2, 2]


def test_a_child_that_closes_its_client_takes_nothing_from_the_parent(
    client: SpritesClient, sprite: Sprite
) -> None:
    with sprite.start(["cat"]) as process:
        assert Child(client.close).result() == "None"
        process.stdin.write("still here\n")
        assert process.stdout.readline() == "still here\n"
    assert echoes(sprite, "parent")[-1] == f"parent{ROUNDS - 1}"


def test_a_client_that_was_closed_is_closed_in_the_child_too(server: LocalServer) -> None:
    client = server.client()
    client.close()
    assert "ConfigurationError: the client is closed" in Child(client.get_organization).result()


def test_a_client_belongs_to_one_event_loop(server: LocalServer) -> None:
    client = AsyncSpritesClient(server.token, base_url=server.url)

    async def use() -> None:
        await client.get_organization()

    async def use_and_close() -> None:
        await use()
        with pytest.raises(ConfigurationError, match="another event loop"):
            await asyncio.to_thread(asyncio.run, use())
        await use()
        await client.aclose()

    asyncio.run(use_and_close())


@pytest.mark.parametrize("kind", [SpritesClient, AsyncSpritesClient])
def test_neither_a_client_nor_what_it_made_can_be_pickled(
    kind: type[SpritesClient] | type[AsyncSpritesClient],
) -> None:
    """It would take the token along."""
    client = kind("t0ken", base_url="http://127.0.0.1:9")
    sprite = client.sprite("demo")
    for thing in (client, sprite, sprite.files, sprite.path("a"), client.list_sprites()):
        for way in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError, match="make a client in each process"):
                way(thing)
