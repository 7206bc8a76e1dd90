"""What connects a sprite with the world: its policies, proxies and ports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from sprites_facade._async.policies import AsyncSpritePolicies
from sprites_facade._async.ports import AsyncPortWatch, AsyncSpritePorts
from sprites_facade._async.proxy import DEFAULT_LINGER, AsyncProxy, AsyncSpriteProxy
from sprites_facade._concurrency import AsyncHandler, AsyncOpening
from sprites_facade._core.errors import SpritesError
from sprites_facade._core.policies import (
    NetworkPolicy,
    NetworkRule,
    PrivilegesPolicy,
    ResourcesPolicy,
)


class AsyncSpriteNetwork(AsyncSpritePolicies, AsyncSpriteProxy, AsyncSpritePorts):
    """Policies, proxies and ports."""


class AsyncNetworkByName(ABC):
    """Methods for programs that work across sprites; see `AsyncSprite` for what they do."""

    @abstractmethod
    def sprite(self, name: str) -> AsyncSpriteNetwork:
        """Return a handle for a sprite, without asking the server."""

    async def get_network_policy(self, name: str) -> NetworkPolicy:
        """Return a sprite's rules for outgoing traffic."""
        return await self.sprite(name).get_network_policy()

    async def set_network_policy(
        self, name: str, policy: NetworkPolicy | Iterable[NetworkRule]
    ) -> None:
        """Replace all of a sprite's rules for outgoing traffic."""
        await self.sprite(name).set_network_policy(policy)

    async def get_privileges_policy(self, name: str) -> PrivilegesPolicy:
        """Return what the processes of a sprite may do."""
        return await self.sprite(name).get_privileges_policy()

    async def set_privileges_policy(self, name: str, policy: PrivilegesPolicy) -> None:
        """Replace what the processes of a sprite may do."""
        await self.sprite(name).set_privileges_policy(policy)

    async def delete_privileges_policy(self, name: str) -> None:
        """Let the processes of a sprite do what holds without a policy."""
        await self.sprite(name).delete_privileges_policy()

    async def get_resources_policy(self, name: str) -> ResourcesPolicy:
        """Return what a sprite may use."""
        return await self.sprite(name).get_resources_policy()

    async def set_resources_policy(self, name: str, policy: ResourcesPolicy) -> None:
        """Replace what a sprite may use."""
        await self.sprite(name).set_resources_policy(policy)

    async def delete_resources_policy(self, name: str) -> None:
        """Let a sprite use what holds without a policy."""
        await self.sprite(name).delete_resources_policy()

    def proxy(
        self,
        name: str,
        remote_port: int,
        *,
        local_port: int = 0,
        remote_host: str = "localhost",
        linger: float | None = DEFAULT_LINGER,
        on_error: AsyncHandler[SpritesError] | None = None,
    ) -> AsyncOpening[AsyncProxy]:
        """Forward a port of this machine to a port inside a sprite."""
        return self.sprite(name).proxy(
            remote_port,
            local_port=local_port,
            remote_host=remote_host,
            linger=linger,
            on_error=on_error,
        )

    def watch_ports(self, name: str) -> AsyncOpening[AsyncPortWatch]:
        """Follow who begins and ceases to listen inside a sprite."""
        return self.sprite(name).watch_ports()
