"""Which addresses sprites may reach at all, whatever their policies say; from values alone."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Final

from attrs import frozen

from sprites_local.egress.defaults import DEFAULTS

# IANA's registry of special addresses, and what is not for single hosts.
_NOT_PUBLIC: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ),
    )
)  # fmt: skip
# A sprite's own; its own way out; groups; reserved.
_NEVER: Final = tuple(
    map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "192.0.0.0/29", "224.0.0.0/4", "240.0.0.0/4"))
)


def is_public(address: IPv4Address) -> bool:
    """Tell whether an address is of the public network."""
    return not any(address in network for network in _NOT_PUBLIC)


@frozen
class Reach:
    """What whoever starts the server lets its sprites reach."""

    public: bool = True
    """The public network; without it, and without networks, there is no way out."""
    networks: tuple[IPv4Network, ...] = ()
    """What of the rest is allowed too."""
    defaults: frozenset[str] = DEFAULTS
    """The domains that `include: defaults` of a policy stands for."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be reached."""
        return not self.public and not self.networks

    def permits(self, address: IPv4Address, *, own: bool) -> bool:
        """Tell whether an address may be connected to.

        `own` says that it is one of this machine's: those have to be named one by one, because a
        network that they are in is seldom allowed for their sake.
        """
        if any(address in network for network in _NEVER):
            return False
        if own:
            return any(n.prefixlen == n.max_prefixlen and address in n for n in self.networks)
        if any(address in network for network in self.networks):
            return True
        return self.public and is_public(address)


PUBLIC: Final = Reach()


def read_network(text: str) -> IPv4Network:
    """Read an address or a network.

    Raises:
        ValueError: If it is none, or if nothing of it could be reached.
    """
    network = IPv4Network(text)
    if any(network.subnet_of(never) for never in _NEVER):
        raise ValueError(f"{network} is not reached from a sprite in any case")
    return network
