"""Where programs keep the data of a user."""

from __future__ import annotations

import os
from pathlib import Path


def data_home() -> Path | None:
    """Return the directory for data of programs; None for a user who has no home."""
    told = os.environ.get("XDG_DATA_HOME", "")
    if told.startswith("/"):
        return Path(told)
    try:
        return Path.home() / ".local/share"
    except RuntimeError:  # a number without a name, as in containers, and no HOME
        return None
