"""What one sprite may reach at this moment: the machine's bounds, its policy, what it looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address

from sprites_local import netlink
from sprites_local.egress.addresses import Reach
from sprites_local.egress.known import Known
from sprites_local.egress.rules import Rules

RouteKind = Callable[[IPv4Address], int | None]


class Guard:
    """Decides; an address is asked about when it is connected to, so no name can change it."""

    def __init__(self, reach: Reach, route_kind: RouteKind = netlink.route_kind) -> None:
        self._reach = reach
        self._route_kind = route_kind
        self._known = Known()
        self.rules = Rules()

    def replace(self, rules: Iterable[Mapping[str, str]]) -> None:
        """Put another policy into force."""
        self.rules = Rules.of(rules, self._reach.defaults)

    def learn(self, name: str, addresses: Iterable[IPv4Address]) -> list[IPv4Address]:
        """Note what a name stands for; return what of it can be reached from here."""
        usable = [address for address in addresses if self._is_within_reach(address)]
        self._known.learn(name, usable)
        return usable

    def permits(self, address: IPv4Address) -> bool:
        """Tell whether the sprite may be connected to an address."""
        if not self._is_within_reach(address):
            return False
        if not self.rules.enforced:
            return True
        return any(map(self.rules.allow, self._known.names(address)))

    def _is_within_reach(self, address: IPv4Address) -> bool:
        kind = self._route_kind(address)
        if kind not in (netlink.UNICAST, netlink.LOCAL):
            return False
        return self._reach.permits(address, own=kind == netlink.LOCAL)
