"""Paths, permissions and modes of opening: checked before any request, as the wire spells them."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import secrets
from contextlib import contextmanager
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from sprites_facade._core.commands import HOME, InSprite
from sprites_facade._core.errors import APIStatusError, ConfigurationError
from sprites_facade._core.file_errors import file_error

if TYPE_CHECKING:
    from collections.abc import Iterator

RemotePath: TypeAlias = "str | PurePosixPath | InSprite"
"""A path in a sprite; a relative one begins at the home of the sprite's user."""

WRITE_LIMIT: Final = 16 * 1024 * 1024
"""What a server takes as the body of one write."""
PART_SIZE: Final = 8 * 1024 * 1024
"""How much of a longer file is sent at once, and kept in memory."""
_MODE: Final = re.compile(r"([rwx])([bt]?)")
_NEWLINES: Final = (None, "", "\n", "\r", "\r\n")
_PRIVATE: Final = re.compile(r"\.sprites-([0-9a-f]{16})([0-9a-f]{8})(?:\.[0-9]+)?")
_SPECIAL: Final = frozenset("*?[]{}!\\")


def wire_path(path: RemotePath) -> str:
    """Return a path as it is sent.

    Raises:
        ConfigurationError: If it cannot be one.
    """
    path = getattr(path, "pure", path)
    text = path.as_posix() if isinstance(path, PurePath) else path
    if not isinstance(text, str):
        raise ConfigurationError(f"a path is a text, not {type(path).__name__}")
    if not text:
        raise ConfigurationError("the path is empty; '.' is the home of the sprite's user")
    if "\x00" in text:
        raise ConfigurationError("the path holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigurationError("the path holds a character that has no encoding") from None
    return text


def absolute(path: RemotePath) -> PurePosixPath:
    """Return where a path leads from the home; what `..` means behind a link is left alone."""
    # Two slashes at the beginning would be kept, as a place of its own.
    return PurePosixPath("/" + str(PurePosixPath(HOME, wire_path(path))).lstrip("/"))


def removable(path: RemotePath) -> PurePosixPath:
    """Return an absolute path that may be removed or moved: it has a name."""
    found = absolute(path)
    if found.name in {"", ".."}:
        raise ConfigurationError(f"{str(path)!r} names no entry of a directory")
    return found


def octal(mode: int) -> str:
    """Return permissions as the wire wants them, such as `0755`."""
    if isinstance(mode, bool) or not isinstance(mode, int) or not 0 <= mode <= 0o7777:
        raise ConfigurationError("permissions are a number from 0 to 0o7777, such as 0o755")
    return f"{mode:04o}"


def permissions(mode: str | None) -> int | None:
    """Return the permissions that a server told in octal, without what is not of them."""
    if mode is None or not re.fullmatch(r"(0o)?[0-7]{1,7}", mode):
        return None
    return int(mode.removeprefix("0o"), 8) & 0o7777


def owner(value: int | str | None) -> int | str | None:
    """Return a user or group as the wire wants it: a number or a name."""
    if isinstance(value, bool) or not isinstance(value, int | str | None):
        raise ConfigurationError("an owner is a number or a name")
    if isinstance(value, int) and not 0 <= value < 2**32 - 1:
        raise ConfigurationError("the number of an owner is from 0 to 2**32 - 2")
    if isinstance(value, str) and (not value or not value.isprintable()):
        raise ConfigurationError("the name of an owner is empty or not printable")
    return value


def plain_pattern(name: str) -> str | None:
    """Return the pattern that matches one name only; None where servers might differ."""
    return None if _SPECIAL & set(name) else name


def common_pattern(pattern: str) -> bool:
    """Tell whether servers mean the same by a pattern."""
    return not (_SPECIAL - {"*", "?"}) & set(pattern)


def private_name() -> str:
    """Return a name for a temporary file that nobody else uses."""
    nonce = secrets.token_hex(8)
    return f".sprites-{nonce}{_check(nonce)}"


def is_private(name: str) -> bool:
    """Tell whether a name is one of `private_name`, or of a part of such a file.

    It may be of another process. The digits at its end, made from the others, are there to tell
    it from a name that somebody has thought of.
    """
    found = _PRIVATE.fullmatch(name)
    return found is not None and found[2] == _check(found[1])


def _check(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()[:8]


def safe_name(name: str) -> bool:
    """Tell whether a name from a server stays in the directory that it is put into."""
    forbidden = {"/", "\x00", os.sep, os.altsep or "/"}
    return name not in {"", ".", ".."} and not forbidden & set(name)


@attrs.frozen
class OpenMode:
    """How to open a file."""

    kind: str
    """`r`, `w` or `x`."""
    binary: bool

    @property
    def text(self) -> str:
        """The mode as it is written."""
        return self.kind + ("b" if self.binary else "")


def open_mode(mode: str) -> OpenMode:
    """Read a mode of `open`."""
    match = _MODE.fullmatch(mode) if isinstance(mode, str) else None
    if match is None:
        raise ConfigurationError(
            f"{mode!r} is no mode for a remote file: use 'r', 'w' or 'x', with 'b' for bytes; "
            "nothing can be appended to a file, or changed in the middle of it"
        )
    return OpenMode(match[1], match[2] == "b")


def check_binary_options(encoding: str, errors: str, newline: str | None) -> None:
    """Refuse what says how to read a text, where there are bytes."""
    if (encoding, errors, newline) != ("utf-8", "strict", None):
        raise ConfigurationError("bytes have no encoding, no errors and no newline")


def local_path(path: str | os.PathLike[str]) -> Path:
    """Return a path of this machine; an empty one would be everything below the present one."""
    if not os.fspath(path):
        raise ConfigurationError("the local path is empty; '.' is the present directory")
    return Path(path)


def check_text_options(encoding: str, errors: str, newline: str | None) -> None:
    """Refuse what `open` would refuse."""
    try:
        "".encode(encoding)  # unlike a look-up, this refuses what is no encoding of texts
        codecs.lookup_error(errors)
    except (LookupError, TypeError) as exc:
        raise ConfigurationError(f"encoding or errors: {exc}") from None
    if newline not in _NEWLINES:
        raise ConfigurationError(f"{newline!r} is no end of a line")


@contextmanager
def builtin_errors(path: RemotePath) -> Iterator[None]:
    """Turn refusals of a server that tells no code into file errors, where it says enough."""
    try:
        yield
    except APIStatusError as exc:
        error = file_error(exc, str(path))
        if error is None:
            raise
        raise error from exc
