# Written by scripts/unasync.py from tests/_async/test_proxy_local.py. Do not edit.
"""Proxies, the watch of ports and policies, on a real server."""

from collections.abc import Iterator

import pytest

from sprites_facade import (
    BadRequestError,
    MemoryPolicy,
    NetworkPolicy,
    NetworkRule,
    PrivilegesPolicy,
    ResourcesPolicy,
    Sprite,
    SpritesClient,
)
from sprites_facade.testing import LocalServer
from tests._sync.tunnels import connected

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
def local(server: LocalServer) -> Iterator[Sprite]:
    with SpritesClient(server.token, base_url=server.url) as client:
        sprite = client.create_sprite("network")
        yield sprite
        sprite.delete()


def test_a_port_is_seen_and_reached(local: Sprite) -> None:
    """A process listens, the watch tells it, and a local program talks to it."""
    with (
        local.watch_ports() as watch,
        local.start(["python3", "-c", SERVER]) as process,
    ):
        assert process.stdout is not None
        port = int(process.stdout.readline())
        while (event := watch.next(timeout=30)) and event.port != port:
            pass
        assert event is not None
        assert (event.type, event.address) == ("port_opened", "127.0.0.1")
        assert port in {found.port for found in watch.ports}
        with local.proxy(port) as proxy:
            for word in (b"hello", b"again"):
                with connected(proxy.port) as program:
                    program.send(word)
                    assert program.rest() == word.upper()
            assert proxy.errors == ()
        process.kill()
        while (event := watch.next(timeout=30)) and event.type != "port_closed":
            pass
        assert event is not None
        assert event.port == port


def test_nobody_listens(local: Sprite) -> None:
    """The local connection is closed, and the reason told."""
    with local.proxy(1) as proxy, connected(proxy.port) as program:
        assert program.rest() == b""
        assert len(proxy.errors) == 1
        assert "1011" in str(proxy.errors[0])


def test_policies(local: Sprite) -> None:
    """What is set is what is there afterwards."""
    assert local.get_network_policy() == NetworkPolicy()
    rules = (NetworkRule.allow("*.example.com"), NetworkRule.deny("*"), NetworkRule.defaults())
    local.set_network_policy(rules)
    assert (local.get_network_policy()).rules == rules
    local.set_network_policy([])
    assert (local.get_network_policy()).rules == ()
    with pytest.raises(BadRequestError):
        local.set_network_policy([NetworkRule.allow("under_score.example")])

    privileges = PrivilegesPolicy(profile="minimal", no_new_privileges=True)
    assert local.get_privileges_policy() == PrivilegesPolicy()
    local.set_privileges_policy(privileges)
    assert local.get_privileges_policy() == privileges
    local.delete_privileges_policy()
    assert local.get_privileges_policy() == PrivilegesPolicy()

    resources = ResourcesPolicy(memory=MemoryPolicy(limit_mb=2048, autoscale=False))
    local.set_resources_policy(resources)
    assert local.get_resources_policy() == resources
    local.delete_resources_policy()
    assert local.get_resources_policy() == ResourcesPolicy()


def test_the_organization(server: LocalServer) -> None:
    with SpritesClient(server.token, base_url=server.url) as client:
        assert (client.get_organization()).slug
