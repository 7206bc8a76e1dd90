"""What file operations tell: progress, what was transferred, changes that were watched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from sprites_facade._core.reading import Fields


@attrs.frozen(kw_only=True)
class TransferProgress:
    """How far an upload or a download has come; it is told after each piece and each file."""

    path: str
    """The file in the sprite that is being transferred."""
    transferred: int
    """How many bytes were transferred, of all files."""
    total: int | None
    """How many bytes there are in all; None if that is not known."""
    files_done: int
    files_total: int


@attrs.frozen(kw_only=True)
class Transfer:
    """What an upload or a download has transferred."""

    files: int = 0
    directories: int = 0
    size: int = 0
    """How many bytes."""


@attrs.frozen(kw_only=True)
class FileEvent:
    """A change of a file that is watched."""

    type: str
    """`write`, `create`, `remove`, `rename`, `chmod`, or what a newer server says."""
    path: str
    time: datetime | None = None
    """When it changed, with its time zone; None if the server did not say so."""
    size: int | None = None
    is_dir: bool | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """What the server said beyond that."""

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> FileEvent:
        """Return the event of a message; UnexpectedShapeError if it is none."""
        fields = Fields(message, "the event")
        fields.text("type")
        return cls(
            type=fields.required("event"),
            path=fields.required("path"),
            time=fields.time("timestamp"),
            size=fields.count("size"),
            is_dir=fields.flag("isDir"),
            extra=fields.rest(),
        )


@attrs.frozen
class Span:
    """What an answer to a read holds, compared with what was asked for."""

    skip: int
    """How many bytes come before those that were asked for."""
    total: int | None
    """How long the file is."""


def read_span(status: int, headers: Mapping[str, str], offset: int) -> Span | None:
    """Return what an answer holds; None if that is another part of the file.

    A server without ranges sends the whole file, and the beginning has to be skipped.
    """
    if status != 206:
        return Span(skip=offset, total=_length(headers.get("content-length")))
    unit, _, rest = headers.get("content-range", "").partition(" ")
    part, _, total = rest.partition("/")
    start = _length(part.partition("-")[0])
    if unit.lower() != "bytes" or start is None or start > offset:
        return None
    return Span(skip=offset - start, total=_length(total))


def _length(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
