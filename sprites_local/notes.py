"""What a server writes on a command for the next server, in case that it is killed.

The sprite's init keeps the text and gives it back; whoever is root in the sprite can have changed
it. So it is read as strictly as a request, and says nothing that would give anybody more rights.
"""

from __future__ import annotations

import json
import math
import time
from typing import Any, Final, TypeGuard

from attrs import asdict, evolve, frozen

from sprites_local.services.definitions import is_service_name

LONGEST: Final = 64 << 10
"""Characters of a note."""
_MOST_WORDS: Final = 10_000
_LARGEST_SIDE: Final = 10_000
_LONGEST_LINGER: Final = 366 * 86400.0
_CUT: Final = "…"


@frozen
class SessionNote:
    """What a command of a client is."""

    argv: tuple[str, ...]
    cwd: str
    tty: bool
    stdin: bool
    """Whether its input is left open for clients."""
    linger: float
    size: tuple[int, int]
    created: float
    """Unix seconds."""


@frozen
class ServiceNote:
    """Which service a command is."""

    service: str


Note = SessionNote | ServiceNote


def write(note: Note) -> str:
    """Write a note; one about a very long command line has the beginning of it."""
    text = json.dumps(asdict(note))
    if len(text) > LONGEST and isinstance(note, SessionNote):
        return _shortened(note)
    return text


def read(text: str) -> Note | None:
    """Read a note; None if it is none."""
    if len(text) > LONGEST:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    name = found.get("service")
    if isinstance(name, str) and is_service_name(name):
        return ServiceNote(name)
    return _session(found)


def _shortened(note: SessionNote) -> str:
    """Cut words short, then leave words out."""
    left, words = LONGEST // 16, []
    for word in note.argv:
        kept = word[:left]
        words.append(kept if kept == word else kept + _CUT)
        left -= len(kept) + 1
        if left <= 0:
            break
    cwd = note.cwd[: LONGEST // 16]
    return json.dumps(asdict(evolve(note, argv=tuple(words), cwd=cwd)))


def _session(found: dict[str, Any]) -> SessionNote | None:
    argv, cwd, size = found.get("argv"), found.get("cwd"), found.get("size")
    tty, stdin = found.get("tty"), found.get("stdin")
    linger = _number(found.get("linger"), _LONGEST_LINGER)
    created = _number(found.get("created"), time.time())
    if not (_texts(argv) and isinstance(cwd, str) and _sides(size)):
        return None
    if not (isinstance(tty, bool) and isinstance(stdin, bool)) or linger is None or created is None:
        return None
    return SessionNote(tuple(argv), cwd, tty, stdin, linger, (size[0], size[1]), created)


def _texts(value: Any) -> TypeGuard[list[str]]:
    some = isinstance(value, list) and 0 < len(value) <= _MOST_WORDS
    return some and all(isinstance(word, str) for word in value)


def _sides(value: Any) -> TypeGuard[list[int]]:
    pair = isinstance(value, list) and len(value) == 2
    return pair and all(type(side) is int and 0 <= side <= _LARGEST_SIDE for side in value)


def _number(value: Any, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= most else None
