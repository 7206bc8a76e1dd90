"""What a command is run with, checked before any request, and as the wire spells it."""

from __future__ import annotations

import codecs
import math
import os
import signal as signals
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeGuard
from urllib.parse import quote, urlencode

from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.text import clip

if TYPE_CHECKING:
    from collections.abc import Sequence


class InSprite(Protocol):
    """A path in a sprite, such as `sprite.path("app")`."""

    @property
    def pure(self) -> PurePosixPath:
        """The path as a value; a relative one begins at the home of the sprite's user."""


Word: TypeAlias = "str | os.PathLike[str] | InSprite"
"""A word of a command."""
Words: TypeAlias = "Word | Sequence[Word]"
"""A command: its words, the path of a program, or a text for a shell."""

# The numbers of `subprocess`, so that its constants can be used.
PIPE: Final = -1
STDOUT: Final = -2
DEVNULL: Final = -3

HOME: Final = "/home/sprite"
# On the wire an environment replaces the sprite's own, and nothing tells what that is. These are
# the variables without which programs are not found or do not know whom they serve.
DEFAULT_ENVIRONMENT: Final[Mapping[str, str]] = {
    "HOME": HOME,
    "LANG": "C.UTF-8",
    "LOGNAME": "sprite",
    "PATH": f"{HOME}/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "SHELL": "/bin/bash",
    "USER": "sprite",
}
_TERMINAL: Final = "xterm-256color"
_LARGEST_SIDE: Final = 0xFFFF
# What HTTP servers and proxies commonly allow for the first line of a request.
LONG_QUERY: Final = 8000


def words(args: Words) -> list[str]:
    """Return the words of a command; a text is run by bash, the shell that a sprite defaults to.

    Raises:
        ConfigurationError: If it is no command.
    """
    if isinstance(args, str):
        if not args.strip():
            raise ConfigurationError("the command is empty")
        return ["bash", "-c", _plain(args, "the command")]
    if is_word(args):
        args = [args]
    if not isinstance(args, Iterable):
        raise ConfigurationError("a command is a text for a shell, or a list of texts")
    found = [_plain(_word(word), "a word of the command") for word in args]
    if not found or not found[0]:
        raise ConfigurationError("the command is empty: its first word names the program")
    return found


def variables(
    env: Mapping[str, str] | None, *, replace: bool = False, tty: bool = False
) -> list[str] | None:
    """Return an environment as the wire spells it; no message repeats a value.

    Args:
        env: The variables to set; None leaves the sprite's own environment alone.
        replace: Whether they are all there is, or are added to `DEFAULT_ENVIRONMENT`.
        tty: Whether the command gets a terminal, whose kind is then told too.
    """
    if env is None:
        if replace:
            raise ConfigurationError("replace_env needs an env")
        return None
    if replace and not env:
        raise ConfigurationError("an empty environment cannot be asked for; set one variable")
    if not isinstance(env, Mapping):
        raise ConfigurationError("env must be a mapping of names to texts")
    for name, value in env.items():
        _check_variable(name, value)
    terminal = {"TERM": _TERMINAL} if tty else {}
    base = {} if replace else {**DEFAULT_ENVIRONMENT, **terminal}
    return [f"{name}={value}" for name, value in {**base, **env}.items()]


def seconds(value: float | None, what: str) -> float | None:
    """Return a number of seconds, at least 0; None means no bound."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{what} must be a number of seconds or None")
    if not (value >= 0 and math.isfinite(value)):
        raise ConfigurationError(f"{what} must not be negative, and None for no bound")
    return float(value)


def duration(value: float) -> str:
    """Return seconds as the wire spells a duration."""
    return f"{value:.9f}".rstrip("0").rstrip(".") + "s"


def signal_name(signal: int | str) -> str:
    """Return the name of a signal without SIG, such as `TERM`.

    Raises:
        ConfigurationError: If it is none.
    """
    if isinstance(signal, int) and not isinstance(signal, bool):
        try:
            return signals.Signals(signal).name.removeprefix("SIG")
        except ValueError:
            raise ConfigurationError(f"{signal} is no signal") from None
    name = signal.upper().removeprefix("SIG") if isinstance(signal, str) else ""
    if not (name.isascii() and name.isalnum()):
        raise ConfigurationError("a signal is a number, or a name such as 'TERM'")
    return name


def window(size: tuple[int, int]) -> tuple[int, int]:
    """Return the columns and rows of a terminal."""
    try:
        columns, rows = size
    except (TypeError, ValueError):
        raise ConfigurationError("a size is a pair of columns and rows") from None
    for side in (columns, rows):
        whole = isinstance(side, int) and not isinstance(side, bool)
        if not whole or not 0 < side <= _LARGEST_SIDE:
            raise ConfigurationError(f"a terminal has 1 to {_LARGEST_SIDE} columns and rows")
    return columns, rows


def encoded(data: str | bytes, encoding: str = "utf-8") -> bytes:
    """Return input as bytes."""
    if isinstance(data, str):
        # What came out of undecodable bytes, such as a file name, goes back to them.
        return data.encode(encoding, "surrogateescape")
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    raise ConfigurationError(f"input must be text or bytes, not {type(data).__name__}")


class Encoder:
    """Makes bytes of the pieces of one text: what stands at its beginning is there only once."""

    def __init__(self, encoding: str) -> None:
        self._encoder = codecs.getincrementalencoder(encoding)("surrogateescape")

    def encode(self, data: str | bytes) -> bytes:
        """Return the next piece as bytes."""
        return self._encoder.encode(data) if isinstance(data, str) else encoded(data)


def encode_query(params: Mapping[str, Any]) -> str:
    """Return a query, percent-encoded; what could not be decoded goes back to its bytes."""
    fields = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in params.items()
    }
    return urlencode(fields, doseq=True, quote_via=quote, errors="surrogateescape")


def folder(cwd: str | os.PathLike[str] | InSprite | None) -> str | None:
    """Return a working directory; the wire wants an absolute one."""
    if cwd is None:
        return None
    found = _plain(_word(cwd), "the working directory")
    if not found:
        raise ConfigurationError("the working directory is empty; leave it out for the default")
    return str(PurePosixPath(HOME, found))


def _word(word: Word) -> str:
    if _is_in_sprite(word):  # it means the same wherever the command runs
        return str(PurePosixPath(HOME, word.pure))
    found = os.fspath(word) if isinstance(word, str | os.PathLike) else None
    if not isinstance(found, str):
        raise ConfigurationError("a command is a text for a shell, or a list of texts")
    return found


def _is_in_sprite(value: object) -> TypeGuard[InSprite]:
    return isinstance(getattr(value, "pure", None), PurePosixPath)


def is_word(value: object) -> TypeGuard[Word]:
    """Tell whether something can be one word."""
    return isinstance(value, str | os.PathLike) or _is_in_sprite(value)


def own(name: str, *values: object) -> None:
    """Refuse paths that are of another sprite, where they would mean something else.

    Lists of words are looked into.

    Raises:
        ConfigurationError: If one is.
    """
    listed = [word for value in values if isinstance(value, list | tuple) for word in value]
    for value in (*values, *listed):
        found = getattr(value, "sprite", name) if _is_in_sprite(value) else name
        if found != name:
            raise ConfigurationError(f"{str(value)!r} is a path of {found!r}, not of {name!r}")


def _plain(text: str, what: str) -> str:
    if "\0" in text:
        raise ConfigurationError(f"{what} holds a NUL character")
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ConfigurationError(f"{what} holds a character that has no encoding") from None
    return text


def _check_variable(name: str, value: str) -> None:
    if not isinstance(name, str) or not name or "=" in name or "\0" in name:
        shown = clip(repr(name), 40) if isinstance(name, str) else f"a {type(name).__name__}"
        raise ConfigurationError(f"{shown} is no name of an environment variable")
    _plain(name, "the name of an environment variable")
    if not isinstance(value, str):
        raise ConfigurationError(f"the value of {name} must be a text")
    _plain(value, f"the value of {name}")
