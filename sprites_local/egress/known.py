"""Which names a sprite got which addresses for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Final

MOST_ADDRESSES: Final = 4096
MOST_NAMES: Final = 16


class Known:
    """A bounded memory; what was not asked for the longest is forgotten first."""

    def __init__(self) -> None:
        self._names: OrderedDict[IPv4Address, OrderedDict[str, None]] = OrderedDict()

    def learn(self, name: str, addresses: Iterable[IPv4Address]) -> None:
        """Note what a name stands for."""
        for address in addresses:
            names = self._names.setdefault(address, OrderedDict())
            names[name] = None
            names.move_to_end(name)
            if len(names) > MOST_NAMES:
                names.popitem(last=False)
            self._names.move_to_end(address)
            if len(self._names) > MOST_ADDRESSES:
                self._names.popitem(last=False)

    def names(self, address: IPv4Address) -> tuple[str, ...]:
        """Return the names that an address was given for."""
        return tuple(self._names.get(address, ()))
