"""Which names a network policy lets a sprite reach; decided from values alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import frozen

from sprites_local.egress.defaults import DEFAULTS

_LONGEST: Final = 253
_NAME: Final = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)


@frozen
class Rules:
    """A policy, ready to decide."""

    enforced: bool = False
    """Whether there is one; without, every name is allowed."""
    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rules: Iterable[Mapping[str, str]], defaults: frozenset[str] = DEFAULTS) -> Rules:
        """Read rules in the form of the wire; their order means nothing."""
        domains: dict[str, set[str]] = {"allow": set(), "deny": set()}
        enforced = False
        for rule in rules:
            enforced = True
            if "include" in rule:
                domains["allow"] |= defaults
            else:
                domains[rule["action"]].add(rule["domain"].lower())
        return cls(enforced, frozenset(domains["allow"]), frozenset(domains["deny"]))

    def allow(self, name: str) -> bool:
        """Tell whether a name, as `normal` returns it, may be reached.

        The most exact domain that a rule names decides: the name itself, `*.` and the longest end
        of it, `*`. Between rules of one domain, `deny` does. What no rule names is denied.
        """
        if not self.enforced:
            return True
        for domain in matches(name):
            if domain in self.denied:
                return False
            if domain in self.allowed:
                return True
        return False


def matches(name: str) -> Iterator[str]:
    """Yield the domains that rules can call a name by, the most exact first."""
    yield name
    while "." in name:
        name = name.partition(".")[2]
        yield f"*.{name}"
    yield "*"


def normal(name: str) -> str | None:
    """Return a name in lower case without a final dot, or None for what no host is called.

    Addresses in any spelling are no names: nobody reaches one by calling it a name.
    """
    name = name.lower().removesuffix(".")
    return name if len(name) <= _LONGEST and _NAME.fullmatch(name) else None
