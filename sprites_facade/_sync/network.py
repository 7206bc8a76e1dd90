# Written by scripts/unasync.py from sprites_facade/_async/network.py. Do not edit.
"""What connects a sprite with the world: its policies, proxies and ports."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from sprites_facade._concurrency import Handler
from sprites_facade._core.errors import SpritesError
from sprites_facade._core.policies import (
    NetworkPolicy,
    NetworkRule,
    PrivilegesPolicy,
    ResourcesPolicy,
)
from sprites_facade._sync.policies import SpritePolicies
from sprites_facade._sync.ports import PortWatch, SpritePorts
from sprites_facade._sync.proxy import DEFAULT_LINGER, Proxy, SpriteProxy


class SpriteNetwork(SpritePolicies, SpriteProxy, SpritePorts):
    """Policies, proxies and ports."""


class NetworkByName(ABC):
    """Methods for programs that work across sprites; see `Sprite` for what they do."""

    @abstractmethod
    def sprite(self, name: str) -> SpriteNetwork:
        """Return a handle for a sprite, without asking the server."""

    def get_network_policy(self, name: str) -> NetworkPolicy:
        """Return a sprite's rules for outgoing traffic."""
        return self.sprite(name).get_network_policy()

    def set_network_policy(self, name: str, policy: NetworkPolicy | Iterable[NetworkRule]) -> None:
        """Replace all of a sprite's rules for outgoing traffic."""
        self.sprite(name).set_network_policy(policy)

    def get_privileges_policy(self, name: str) -> PrivilegesPolicy:
        """Return what the processes of a sprite may do."""
        return self.sprite(name).get_privileges_policy()

    def set_privileges_policy(self, name: str, policy: PrivilegesPolicy) -> None:
        """Replace what the processes of a sprite may do."""
        self.sprite(name).set_privileges_policy(policy)

    def delete_privileges_policy(self, name: str) -> None:
        """Let the processes of a sprite do what holds without a policy."""
        self.sprite(name).delete_privileges_policy()

    def get_resources_policy(self, name: str) -> ResourcesPolicy:
        """Return what a sprite may use."""
        return self.sprite(name).get_resources_policy()

    def set_resources_policy(self, name: str, policy: ResourcesPolicy) -> None:
        """Replace what a sprite may use."""
        self.sprite(name).set_resources_policy(policy)

    def delete_resources_policy(self, name: str) -> None:
        """Let a sprite use what holds without a policy."""
        self.sprite(name).delete_resources_policy()

    def proxy(
        self,
        name: str,
        remote_port: int,
        *,
        local_port: int = 0,
        remote_host: str = "localhost",
        linger: float | None = DEFAULT_LINGER,
        on_error: Handler[SpritesError] | None = None,
    ) -> Proxy:
        """Forward a port of this machine to a port inside a sprite."""
        return self.sprite(name).proxy(
            remote_port,
            local_port=local_port,
            remote_host=remote_host,
            linger=linger,
            on_error=on_error,
        )

    def watch_ports(self, name: str) -> PortWatch:
        """Follow who begins and ceases to listen inside a sprite."""
        return self.sprite(name).watch_ports()
