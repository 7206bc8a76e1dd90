"""The words and the environment of a command, as the wire wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sprites_facade._core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def words(args: str | Sequence[str]) -> list[str]:
    """Return the words of a command; a text is run by a shell."""
    if isinstance(args, str):
        return ["sh", "-c", args]
    found = list(args)
    if not found or not all(isinstance(word, str) for word in found):
        raise ConfigurationError("a command is a text for a shell, or a list of at least one text")
    return found


def variables(env: Mapping[str, str] | None) -> list[str] | None:
    """Return an environment as the wire spells it; no message repeats a value."""
    if env is None:
        return None
    for name, value in env.items():
        if not isinstance(name, str) or not name or "=" in name or "\0" in name:
            raise ConfigurationError(f"{name!r} is no name of an environment variable")
        if not isinstance(value, str) or "\0" in value:
            raise ConfigurationError(f"the value of {name} must be a text without NUL")
    return [f"{name}={value}" for name, value in env.items()]


def stdin(data: str | bytes | None) -> bytes | None:
    """Return the input of a command as bytes."""
    return data.encode() if isinstance(data, str) else data
