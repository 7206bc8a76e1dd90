"""The types of services, proxies, ports and policies; checked by mypy, never run."""

from datetime import datetime
from typing import assert_type

from sprites_facade import (
    AsyncPortWatch,
    AsyncProxy,
    AsyncServiceStream,
    AsyncSprite,
    AsyncSpritesClient,
    MemoryPolicy,
    NetworkPolicy,
    NetworkRule,
    Organization,
    PortEvent,
    PortWatch,
    PrivilegesPolicy,
    Proxy,
    ResourcesPolicy,
    Service,
    ServiceLogEvent,
    ServiceState,
    ServiceStream,
    Sprite,
    SpritesClient,
    SpritesError,
)


def sync_services(client: SpritesClient, sprite: Sprite) -> None:
    """The handle and the client return the same."""
    assert_type(sprite.list_services(), list[Service])
    assert_type(client.get_service("demo", "web").state, ServiceState | None)
    with sprite.put_service("web", "python3", ["-V"], env={"A": "1"}, http_port=80) as stream:
        assert_type(stream, ServiceStream)
        for event in stream:
            assert_type(event, ServiceLogEvent)
            assert_type(event.timestamp, datetime | None)
        assert_type(stream.next(timeout=1), ServiceLogEvent | None)
        assert_type(stream.result(), Service)
    assert_type(client.service_logs("demo", "web", lines=1, follow=2.5), ServiceStream)


def sync_network(client: SpritesClient, sprite: Sprite) -> None:
    """Values all the way."""
    with sprite.proxy(5432, on_error=print) as proxy:
        assert_type(proxy, Proxy)
        assert_type(proxy.port, int)
        assert_type(proxy.errors, tuple[SpritesError, ...])
    with client.watch_ports("demo") as watch:
        assert_type(watch, PortWatch)
        for event in watch:
            assert_type(event, PortEvent)
    assert_type(sprite.get_network_policy(), NetworkPolicy)
    sprite.set_network_policy([NetworkRule.allow("*")])
    sprite.set_network_policy(sprite.get_network_policy())
    assert_type(sprite.get_privileges_policy().devices, tuple[str, ...] | None)
    sprite.set_resources_policy(ResourcesPolicy(memory=MemoryPolicy(limit_mb=1)))
    assert_type(client.get_organization(), Organization)
    assert_type(client.create_token("org", "macaroon"), str)


async def async_api(client: AsyncSpritesClient, sprite: AsyncSprite) -> None:
    """What is opened can be awaited or entered."""
    async with sprite.start_service("web", duration=1) as stream:
        assert_type(stream, AsyncServiceStream)
        assert_type(await stream.result(), Service)
    assert_type(await client.stop_service("demo", "web"), AsyncServiceStream)
    async with sprite.proxy(5432, on_error=awaiting) as proxy:
        assert_type(proxy, AsyncProxy)
    assert_type(await sprite.watch_ports(), AsyncPortWatch)
    assert_type(await client.get_privileges_policy("demo"), PrivilegesPolicy)


async def awaiting(error: SpritesError) -> None:
    """A handler of the async world may await."""


def mistakes(sprite: Sprite) -> None:
    """Each is found by the type checker; an ignore that is not needed is an error."""
    sprite.put_service("web", ["python3", "-V"])  # type: ignore[arg-type]
    sprite.start_service("web", 5)  # type: ignore[call-arg]
    sprite.set_network_policy([{"domain": "*", "action": "allow"}])  # type: ignore[list-item]
    sprite.set_resources_policy(PrivilegesPolicy())  # type: ignore[arg-type]
    sprite.proxy("5432")  # type: ignore[arg-type]
    sprite.get_network_policy().rules = ()  # type: ignore[misc]
