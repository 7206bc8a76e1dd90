"""Names that become paths."""

from __future__ import annotations

import re
from typing import Final

from sprites_local.engines.base import EngineError

PROBE: Final = "_probe"
"""A sprite of the engine's own, which no client can name."""

_IDENTIFIER: Final = re.compile(rf"{PROBE}|[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}")


def host_name(name: str) -> str:
    """Return what a kernel and /etc/hosts take as a host name."""
    return re.sub(r"[^A-Za-z0-9-]", "-", name)[:63].strip("-") or "sprite"


def check_identifiers(*identifiers: str) -> None:
    """Refuse ids that could mean another path."""
    for identifier in identifiers:
        if not _IDENTIFIER.fullmatch(identifier):
            raise EngineError(f"not a usable id: {identifier!r}")
