"""Errors of streams that began well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sprites_facade._core.errors._base import SpritesError

if TYPE_CHECKING:
    from collections.abc import Sequence

# How many of the last messages an OperationFailedError keeps: a stream has no bound.
KEPT_MESSAGES = 100


class StreamError(SpritesError):
    """A stream began well and went wrong."""


class StreamFormatError(StreamError):
    """The stream holds bytes that are no event."""

    line: int
    """The line of the fault, from 1."""
    offset: int
    """How many bytes of the stream stand before the sample."""
    sample: str
    """The bytes at the fault, made printable and clipped."""

    def __init__(self, text: str, *, line: int = 0, offset: int = 0, sample: str = "") -> None:
        super().__init__(text)
        self.line = line
        self.offset = offset
        self.sample = sample


class StreamTruncatedError(StreamError):
    """The stream ended inside an event, or before the event that says how it went.

    The operation may go on, or have finished, on the server.
    """


class OperationFailedError(StreamError):
    """The server reported in the stream that the operation failed."""

    message: str
    """What the server said."""
    messages: tuple[Any, ...]
    """The messages so far, the failure included; the last hundred if there were more."""

    def __init__(self, text: str, *, message: str = "", messages: Sequence[Any] = ()) -> None:
        super().__init__(text)
        self.message = message
        self.messages = tuple(messages)[-KEPT_MESSAGES:]
