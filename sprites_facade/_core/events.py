"""The messages of a stream, as values."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# RFC 3339 as Go writes it: any number of digits after the point, and an offset.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:([Zz])|([+-]\d\d:\d\d))",
    re.ASCII,
)
# The two texts in which the platform names a new checkpoint; no field holds the id.
_ID_TEXTS = (re.compile(r"\bID:\s*(\S+)"), re.compile(r"\bCheckpoint\s+(\S+)\s+created\b"))


@attrs.frozen
class StreamMessage:
    """One message of a progress stream."""

    type: str
    """`info`, `stdout`, `stderr`, `error`, `complete`, or what a newer server sends."""
    data: str | None = None
    """The text, of all types but `error`."""
    error: str | None = None
    """The text of an `error`."""
    time: datetime | None = None
    """When the server sent it, with its time zone; None if it did not say so."""
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """The whole event as it came, unknown fields included."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> StreamMessage:
        """Return the message of an event; what has the wrong type stays in `raw` only."""
        return cls(
            type=_text(event.get("type")) or "",
            data=_text(event.get("data")),
            error=_text(event.get("error")),
            time=parse_time(event.get("time")),
            raw=event,
        )

    @property
    def text(self) -> str:
        """What there is to read: the data, or the error."""
        return self.error or self.data or ""


def parse_time(value: object) -> datetime | None:
    """Return an aware time, or None for what is none; a time is never invented.

    Digits beyond the microsecond are cut off. Year 1 is how Go writes that a time is not set.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    date, clock, fraction, _, offset = match.groups()
    micro = (fraction or "")[:6].ljust(6, "0")
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}.{micro}{offset or '+00:00'}")
    except ValueError:  # a thirteenth month, a leap second
        return None
    return moment if moment.year > 1 else None


def parse_unix_time(value: object, *, per_second: int = 1) -> datetime | None:
    """Return an aware time from a count since 1970, such as milliseconds with 1000 per second."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / per_second, UTC)
    except (ArithmeticError, OSError, ValueError):
        return None


def find_checkpoint_id(texts: Iterable[str]) -> str | None:
    """Return the id that the texts of a create stream agree on.

    None if they name none, or more than one: an id is never guessed.
    """
    found = {
        match[1].rstrip(".,;")
        for text in texts
        for pattern in _ID_TEXTS
        for match in pattern.finditer(text)
    }
    return found.pop() if len(found) == 1 else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
