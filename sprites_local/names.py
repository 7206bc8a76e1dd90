"""What may be called what: sprite names, checkpoint ids, tokens."""

from __future__ import annotations

import re
import uuid

# A lower-case DNS label, because a sprite's name is a part of its URL.
_SPRITE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOKEN = re.compile(r"[\x21-\x7e]{1,1024}")

CURRENT = "Current"
"""The id under which the live state is listed; no checkpoint is ever called so."""


def is_sprite_name(text: str) -> bool:
    """Tell whether a sprite may be created under this name."""
    return _SPRITE_NAME.fullmatch(text) is not None


def is_token(text: str) -> bool:
    """Tell whether a text can stand in an Authorization header."""
    return _TOKEN.fullmatch(text) is not None


def new_sprite_id() -> str:
    """Make an id that no sprite has, had or will have."""
    return f"sprite-{uuid.uuid4()}"


def manual_checkpoint_id(number: int) -> str:
    """Name the checkpoint with this number."""
    return f"v{number}"


def automatic_checkpoint_id(number: int) -> str:
    """Name the automatic checkpoint with this number; these have numbers of their own."""
    return f"auto-{number}"
