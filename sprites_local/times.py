"""Points in time and durations as they stand on the wire and in the database."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_LONGEST_TEXT = 24
_LONGEST = 366 * 86400.0


def now() -> str:
    """Return the time with microseconds, in UTC, as sprites carry it."""
    return stamp(time.time())


def stamp(moment: float) -> str:
    """Return a time in Unix seconds as sprites carry it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def nanoseconds(moment_ns: int | None = None) -> str:
    """Return a time (now, unless given) with nanoseconds, as stream events and files carry it."""
    value = time.time_ns() if moment_ns is None else moment_ns
    whole, fraction = divmod(value, 1_000_000_000)
    try:
        text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (OverflowError, ValueError, OSError):
        # A file may carry any 64-bit time; years beyond 9999 have no RFC 3339 form.
        return "0001-01-01T00:00:00Z" if value < 0 else "9999-12-31T23:59:59Z"
    # strftime does not pad years before 1000.
    return f"{text:0>19}.{fraction:09d}Z"


def seconds(stamp: str) -> str:
    """Cut a time of `now` to whole seconds, as checkpoints carry it."""
    return stamp[:19] + "Z"


def spoken(stamp: str) -> str:
    """Return a time of `now` as the texts of a checkpoint stream write it."""
    return stamp[:19].replace("T", " ")


def parse_duration(text: str) -> float:
    """Read `10s`, `1m30s`, `250ms`, or a bare number of seconds.

    Raises:
        ValueError: If the text is no duration, is negative or is longer than a year, or the
            text itself is longer than the contract allows.
    """
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"invalid duration {text[:40]!r}")
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _bounded(float(text), text)
    total, position = 0.0, 0
    while match := _PART.match(text, position):
        total += float(match[1]) * _UNITS[match[2]]
        position = match.end()
    if position == 0 or position != len(text):
        raise ValueError(f"invalid duration {text[:40]!r}")
    return _bounded(total, text)


def _bounded(value: float, text: str) -> float:
    if not value <= _LONGEST:
        raise ValueError(f"duration {text[:40]!r} is too long")
    return value
