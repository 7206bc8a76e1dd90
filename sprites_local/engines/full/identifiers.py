"""Names that become paths and host names."""

from __future__ import annotations

import re
from typing import Final

from sprites_local.engines.common import identifiers as common

PROBE: Final = "_probe"
"""A sprite of the engine's own, which no client can name."""


def host_name(name: str) -> str:
    """Return what a kernel and /etc/hosts take as a host name."""
    return re.sub(r"[^A-Za-z0-9-]", "-", name)[:63].strip("-") or "sprite"


def check_identifiers(*identifiers: str) -> None:
    """Refuse ids that could mean another path.

    Raises:
        EngineError: If one could.
    """
    common.check_identifiers(*(one for one in identifiers if one != PROBE))
