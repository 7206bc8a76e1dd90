"""Patterns for paths, as `pathlib` has them."""

from __future__ import annotations

import fnmatch
import re
from pathlib import PurePosixPath

from sprites_facade._core.errors import ConfigurationError

ANY_DEPTH = "**"
_MAGIC = re.compile(r"[*?\[]")


def segments(pattern: str) -> tuple[str, ...]:
    """Return the parts of a pattern, one for each level.

    Raises:
        ConfigurationError: If it is empty or absolute.
    """
    parts = PurePosixPath(pattern).parts if isinstance(pattern, str) else ()
    if not parts or parts[0].startswith("/"):
        raise ConfigurationError(f"{pattern!r} is no pattern: use a relative one such as '**/*.py'")
    found: list[str] = []
    for part in parts:
        # Any depth twice is any depth.
        if not (part == ANY_DEPTH and found and found[-1] == ANY_DEPTH):
            found.append(part)
    return tuple(found)


def directories_only(pattern: str) -> bool:
    """Tell whether a pattern is of directories only, because it ends with a slash."""
    return pattern.endswith("/")


def is_magic(segment: str) -> bool:
    """Tell whether a part of a pattern can match more than one name."""
    return _MAGIC.search(segment) is not None


def matches(name: str, segment: str) -> bool:
    """Tell whether a name matches a part of a pattern."""
    return fnmatch.fnmatchcase(name, segment)
