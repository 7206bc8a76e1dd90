"""How a progress stream ends: the messages, and the truth about the outcome, without any I/O."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sprites_facade._core.errors import (
    KEPT_MESSAGES,
    OperationFailedError,
    SpritesError,
    StreamTruncatedError,
)
from sprites_facade._core.parser import MAX_DEPTH, MAX_EVENT_BYTES, EventParser
from sprites_facade._core.text import clip, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["MAX_DEPTH", "MAX_EVENT_BYTES", "EventParser", "MessageStream"]

M = TypeVar("M")

_SUCCESS: Final = frozenset(("complete",))
_FAILURE: Final = frozenset(("error",))
_MAX_TEXT: Final = 1000


class MessageStream(Generic[M]):
    """The state of one stream, driven by whoever does the reading.

    The driver asks for the `next` message; while there is none and `finished` is not set, it
    brings a chunk (`feed`), the end (`end`) or its own failure (`fail`), and asks again.

    The first terminal event decides. What follows it is not looked at, be it events or garbage:
    a success that was reported stays one.

    Args:
        parse: Makes the message of an event.
        what: What the stream tells about, for messages of errors.
        success: The types of the events that end it well.
        failure: The types of the events that report a failure.
        end_is_success: Whether the stream may end without a terminal event.
        failure_is_last: Whether an event that reports a failure ends it; else what follows it is
            delivered too, and the failure is raised at the end, however that comes about.
        max_event_bytes: How large one event may be.
        max_depth: How deep one event may be nested.
    """

    def __init__(
        self,
        parse: Callable[[Mapping[str, Any]], M],
        *,
        what: str = "the stream",
        success: frozenset[str] = _SUCCESS,
        failure: frozenset[str] = _FAILURE,
        end_is_success: bool = False,
        failure_is_last: bool = True,
        max_event_bytes: int = MAX_EVENT_BYTES,
        max_depth: int = MAX_DEPTH,
    ) -> None:
        self._parse = parse
        self._what = what
        self._success, self._failure = success, failure
        self._end_is_success = end_is_success
        self._failure_is_last = failure_is_last
        self._parser = EventParser(max_event_bytes=max_event_bytes, max_depth=max_depth)
        self._ready: deque[dict[str, Any]] = deque()
        self._recent: deque[M] = deque(maxlen=KEPT_MESSAGES)
        self._ended = False
        self._succeeded = False
        self._failed: dict[str, Any] | None = None
        self._error: SpritesError | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the stream reported success, and every message was taken."""
        return self._succeeded and not self._ready

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to take or to bring; a failure has been raised then."""
        return self._ended and not self._ready

    @property
    def recent(self) -> tuple[M, ...]:
        """The last hundred messages taken."""
        return tuple(self._recent)

    def next(self) -> M | None:
        """Return the next message, or None if there is none yet or none any more.

        Raises:
            OperationFailedError: After the message that reported the failure; now and ever after.
            StreamTruncatedError: After the last message, if nothing said how it went.
            StreamFormatError: After the last message before the fault.
            SpritesError: What `fail` was given, after the messages before it.
        """
        if self._ready:
            return self._take(self._ready.popleft())
        if (
            self._ended
            and self._failed is not None
            and not isinstance(self._error, OperationFailedError)
        ):
            self._error = self._failure_of(self._failed, self._error)
        if self._error is not None:
            raise self._error
        return None

    def feed(self, chunk: bytes) -> None:
        """Bring the next bytes of the stream."""
        if not self._ended:
            self._collect(self._parser.feed, chunk)

    def end(self) -> None:
        """Say that the stream ended."""
        if not self._ended:
            self._collect(self._parser.close)
        if self._ended:
            return
        self._ended = True
        self._succeeded = self._end_is_success and self._failed is None
        if not self._succeeded and self._failed is None:
            self._error = StreamTruncatedError(
                f"{self._what} ended without saying how it went; it may go on on the server"
            )

    def fail(self, error: SpritesError) -> None:
        """Say that reading failed; the messages before it are delivered first."""
        if not self._ended:
            self._ended = True
            self._error = error

    def _collect(self, read: Callable[..., list[dict[str, Any]]], *chunk: bytes) -> None:
        try:
            events = read(*chunk)
        except SpritesError as fault:
            self.fail(fault)
            return
        for event in events:
            self._ready.append(event)
            if self._is_last(event):
                return
        if self._parser.fault is not None:
            self.fail(self._parser.fault)

    def _is_last(self, event: dict[str, Any]) -> bool:
        kind = event.get("type")
        if not isinstance(kind, str):
            return False
        if kind in self._failure:
            self._failed = self._failed or event
            self._ended = self._failure_is_last
        elif kind in self._success:
            self._ended = True
            self._succeeded = self._failed is None
        return self._ended

    def _take(self, event: dict[str, Any]) -> M:
        message = self._parse(event)
        self._recent.append(message)
        return message

    def _failure_of(
        self, event: Mapping[str, Any], cause: SpritesError | None
    ) -> OperationFailedError:
        texts = (event.get(field) for field in ("error", "message", "data"))
        said = next((text for text in texts if isinstance(text, str) and text), "")
        shown = clip(redact(said[: 2 * _MAX_TEXT].strip()), _MAX_TEXT) or "no reason was given"
        error = OperationFailedError(
            f"{self._what} failed: {shown}", message=said, messages=self.recent
        )
        error.__cause__ = cause
        return error
