"""Lex with ijson, build objects, and find the byte at which that fails.

The lexing is ijson's (yajl, in C), driven through `basic_parse_coro`. Its `items_coro` would
build the objects as well, but crashes on integers of more than 4300 digits and needs memory
quadratic in the nesting; so the objects are built here, with a bound on their depth.
"""

from __future__ import annotations

from typing import Any, Final

import ijson

from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.text import clip

# Batches of this size stay in the cache and below the threshold of the garbage collector.
SLICE: Final = 8192
_MAX_REASON: Final = 80
_OPENINGS: Final = frozenset(("start_map", "start_array"))
_CLOSINGS: Final = frozenset(("end_map", "end_array"))
# ValueError: bytes that are no UTF-8, and numbers too large. SystemError: how ijson reports an
# exception that one of its C functions forgot about.
_REFUSALS: Final = (ijson.JSONError, ValueError, SystemError)


class Fault(Exception):  # noqa: N818 - never reaches a user
    """Why the bytes at hand are no event."""


class TooLarge(Fault):
    """An event goes on for too long; no byte of it is at fault."""


class Machine:
    """The lexer and the builder behind it: bytes in, objects out."""

    def __init__(self, max_depth: int) -> None:
        self._batch: list[tuple[str, Any]] = ijson.sendable_list()
        self._lexer = _backend().basic_parse_coro(self._batch, multiple_values=True, use_float=True)
        self._max_depth = max_depth
        self._stack: list[tuple[Any, str | None]] = []
        self._open: Any = None  # the innermost container; None between two events
        self._key: str | None = None  # where the next value goes; None in an array
        self.token = 0  # how many bytes were sent since the last token ended

    @property
    def idle(self) -> bool:
        """Whether no event is open."""
        return self._open is None

    def send(self, piece: memoryview, done: list[dict[str, Any]]) -> None:
        """Add the objects that this piece completes to `done`; raise Fault after them."""
        refusal: Exception | None = None
        try:
            self._lexer.send(piece)
        except _REFUSALS as exc:
            refusal = exc
        self.token = 0 if self._batch else self.token + len(piece)
        self._build(done)
        self._batch.clear()
        if refusal is not None:
            raise Fault(_reason(refusal)) from refusal

    def _build(self, done: list[dict[str, Any]]) -> None:
        stack, current, key = self._stack, self._open, self._key
        for kind, value in self._batch:
            if kind == "map_key":
                key = value
                continue
            if kind in _OPENINGS:
                self._check_opening(kind)
                stack.append((current, key))
                current, key = ({} if kind == "start_map" else []), None
                continue
            if kind in _CLOSINGS:
                value, (current, key) = current, stack.pop()  # noqa: PLW2901 - it closed
                if current is None:
                    done.append(value)
                    continue
            if key is not None:
                current[key] = value
            elif current is not None:
                current.append(value)
            else:
                raise Fault("an event must be an object")
        self._open, self._key = current, key

    def _check_opening(self, kind: str) -> None:
        if not self._stack and kind != "start_map":
            raise Fault("an event must be an object")
        if len(self._stack) >= self._max_depth:
            raise Fault(f"an event is nested deeper than {self._max_depth} levels")


def locate(data: bytes, max_depth: int) -> int:
    """Return the index of the byte at which a fresh machine faults, in three ever finer passes."""
    at = 0
    for step in (SLICE, 128, 1):
        at = _piece_at_fault(data, at, step, max_depth)
    return at


def _piece_at_fault(data: bytes, known: int, step: int, max_depth: int) -> int:
    machine = Machine(max_depth)
    view = memoryview(data)
    start, end = 0, 0
    while end < len(data):
        # What is known to be good passes in strides, as long as the token that it may be inside.
        stride = min(max(SLICE, machine.token), known - end) if end < known else step
        start, end = end, min(end + stride, len(data))
        try:
            machine.send(view[start:end], [])
            if machine.idle:
                check_between(data, start, end)
        except Fault:
            break
    return start


def check_between(data: bytes, start: int, end: int, *, within_string: bool = False) -> None:
    """Refuse what stands behind the last event: no object begins there, and yajl waits for more."""
    behind = max(data.rfind(b"}", start, end) + 1, start)
    if within_string or data[behind:end].strip():
        raise Fault("an event must be an object")


def _reason(refusal: Exception) -> str:
    """Return the first line of what ijson says; the others draw an arrow below the bytes."""
    if isinstance(refusal, UnicodeDecodeError):
        return "invalid bytes in UTF-8 string"
    said = refusal.args[0] if refusal.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    first = text.strip().partition("\n")[0].rstrip(". ")
    return clip(first.removeprefix("lexical error: ").removeprefix("parse error: "), _MAX_REASON)


def _backend() -> Any:
    try:
        return ijson.get_backend("yajl2_c")
    except ImportError as exc:
        raise ConfigurationError(
            "ijson has no C extension here: install it from a wheel for this platform, "
            "with pip install --only-binary ijson --force-reinstall ijson"
        ) from exc
