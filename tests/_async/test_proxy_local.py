"""Proxies, the watch of ports and policies, on a real server."""

from collections.abc import AsyncIterator, Iterator

import pytest

from sprites_facade import (
    AsyncSprite,
    AsyncSpritesClient,
    BadRequestError,
    MemoryPolicy,
    NetworkPolicy,
    NetworkRule,
    PrivilegesPolicy,
    ResourcesPolicy,
)
from sprites_facade.testing import LocalServer
from tests._async.tunnels import connected

pytestmark = pytest.mark.anyio

# Says where it listens, then answers each connection with what it said, in capitals.
SERVER = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(connection.recv(65536).upper())
"""


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer() as server:
        yield server


@pytest.fixture
async def local(server: LocalServer) -> AsyncIterator[AsyncSprite]:
    async with AsyncSpritesClient(server.token, base_url=server.url) as client:
        sprite = await client.create_sprite("network")
        yield sprite
        await sprite.delete()


async def test_a_port_is_seen_and_reached(local: AsyncSprite) -> None:
    """A process listens, the watch tells it, and a local program talks to it."""
    async with (
        local.watch_ports() as watch,
        local.start(["python3", "-c", SERVER]) as process,
    ):
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        while (event := await watch.next(timeout=30)) and event.port != port:
            pass
        assert event is not None
        assert (event.type, event.address) == ("port_opened", "127.0.0.1")
        assert port in {found.port for found in watch.ports}
        async with local.proxy(port) as proxy:
            for word in (b"hello", b"again"):
                async with connected(proxy.port) as program:
                    await program.send(word)
                    assert await program.rest() == word.upper()
            assert proxy.errors == ()
        await process.kill()
        while (event := await watch.next(timeout=30)) and event.type != "port_closed":
            pass
        assert event is not None
        assert event.port == port


async def test_nobody_listens(local: AsyncSprite) -> None:
    """The local connection is closed, and the reason told."""
    async with local.proxy(1) as proxy, connected(proxy.port) as program:
        assert await program.rest() == b""
        assert len(proxy.errors) == 1
        assert "1011" in str(proxy.errors[0])


async def test_policies(local: AsyncSprite) -> None:
    """What is set is what is there afterwards."""
    assert await local.get_network_policy() == NetworkPolicy()
    rules = (NetworkRule.allow("*.example.com"), NetworkRule.deny("*"), NetworkRule.defaults())
    await local.set_network_policy(rules)
    assert (await local.get_network_policy()).rules == rules
    await local.set_network_policy([])
    assert (await local.get_network_policy()).rules == ()
    with pytest.raises(BadRequestError):
        await local.set_network_policy([NetworkRule.allow("under_score.example")])

    privileges = PrivilegesPolicy(profile="minimal", no_new_privileges=True)
    assert await local.get_privileges_policy() == PrivilegesPolicy()
    await local.set_privileges_policy(privileges)
    assert await local.get_privileges_policy() == privileges
    await local.delete_privileges_policy()
    assert await local.get_privileges_policy() == PrivilegesPolicy()

    resources = ResourcesPolicy(memory=MemoryPolicy(limit_mb=2048, autoscale=False))
    await local.set_resources_policy(resources)
    assert await local.get_resources_policy() == resources
    await local.delete_resources_policy()
    assert await local.get_resources_policy() == ResourcesPolicy()


async def test_the_organization(server: LocalServer) -> None:
    async with AsyncSpritesClient(server.token, base_url=server.url) as client:
        assert (await client.get_organization()).slug
