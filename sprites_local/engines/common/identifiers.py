"""Names that become paths."""

from __future__ import annotations

import re
from typing import Final

from sprites_local.engines.base import EngineError

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def check_identifiers(*identifiers: str) -> None:
    """Refuse ids that could mean another path.

    Raises:
        EngineError: If one could.
    """
    for identifier in identifiers:
        if not _IDENTIFIER.fullmatch(identifier):
            raise EngineError(f"not a usable id: {identifier!r}")
