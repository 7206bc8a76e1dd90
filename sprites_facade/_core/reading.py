"""Read decoded JSON leniently: what is unknown is kept, what is wrong is never invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sprites_facade._core.events import parse_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

T = TypeVar("T")


class UnexpectedShapeError(ValueError):
    """The JSON has not the shape that the contract gives it; the text says what is wrong."""


class Fields:
    """Takes the fields of one JSON object; a field of a wrong type stays in `extra`."""

    def __init__(self, data: object, what: str) -> None:
        if not isinstance(data, dict):
            raise UnexpectedShapeError(f"{what} is {kind(data)}, not an object")
        self._left: dict[str, Any] = dict(data)
        self._what = what

    def required(self, name: str) -> str:
        """Take a text without which the object means nothing."""
        value = self._left.pop(name, None)
        if not isinstance(value, str):
            found = "missing" if value is None else kind(value)
            raise UnexpectedShapeError(f"{self._what} has no {name!r}: it is {found}")
        return value

    def text(self, name: str) -> str | None:
        """Take a text."""
        return self._take(name, lambda value: value if isinstance(value, str) else None)

    def flag(self, name: str) -> bool | None:
        """Take a boolean."""
        return self._take(name, lambda value: value if isinstance(value, bool) else None)

    def count(self, name: str) -> int | None:
        """Take a whole number."""
        return self._take(name, _whole)

    def time(self, name: str) -> datetime | None:
        """Take an aware time."""
        return self._take(name, parse_time)

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of texts; null is an empty one."""
        return self._take(name, _texts) or ()

    def value(self, name: str, read: Callable[[object], T]) -> T | None:
        """Take an object, read by another reader, or None if it is none."""
        return self._take(name, lambda data: read(data) if isinstance(data, dict) else None)

    def rest(self) -> dict[str, Any]:
        """Return what nobody took."""
        return self._left

    def _take(self, name: str, read: Callable[[Any], T | None]) -> T | None:
        raw = self._left.get(name)
        value = None if raw is None else read(raw)
        if raw is None or value is not None:
            self._left.pop(name, None)
        return value


def read_list(data: object, read: Callable[[object], T], what: str) -> tuple[T, ...]:
    """Return the values of a list; null is an empty one."""
    if data is None:
        return ()
    if not isinstance(data, list):
        raise UnexpectedShapeError(f"{what} is {kind(data)}, not a list")
    return tuple(read(item) for item in data)


def kind(value: object) -> str:
    """Return what JSON calls a value's type."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")


def _whole(value: object) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(value: object) -> tuple[str, ...] | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None
