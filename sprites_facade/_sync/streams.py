# Written by scripts/unasync.py from sprites_facade/_async/streams.py. Do not edit.
"""Streams of messages that arrive while an operation goes on."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from sprites_facade._concurrency import Handler, handle, monotonic
from sprites_facade._core.commands import seconds
from sprites_facade._core.config import validate_checkpoint_id
from sprites_facade._core.errors import (
    APITimeoutError,
    InvalidNameError,
    NotFoundError,
    SpritesError,
    StreamError,
    StreamTruncatedError,
)
from sprites_facade._core.events import StreamMessage, find_checkpoint_id
from sprites_facade._core.models import Checkpoint, SpriteEvent
from sprites_facade._core.stream import MessageStream

if TYPE_CHECKING:
    from sprites_facade._sync.body import Body

M = TypeVar("M")


class EventStream(Generic[M]):
    """Messages as they arrive: an iterator, and a context manager that closes the connection.

    A stream that was read to its end, or to its error, is closed. One that is left earlier holds
    its connection until it is closed, or the client is; what the server was asked to do goes on.
    """

    def __init__(self, body: Body, machine: MessageStream[M], what: str) -> None:
        self._body = body
        self._machine = machine
        self._what = what
        self._abandoned = False

    def __repr__(self) -> str:
        state = "closed" if self._body.closed else "open"
        return f"<{type(self).__name__} of {self._what}, {state}>"

    def __enter__(self) -> Self:
        """Return the stream itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        """Return the stream itself, which can be read once."""
        return self

    def __next__(self) -> M:
        """Return the next message."""
        message = self.next()
        if message is None:
            raise StopIteration
        return message

    def next(self, timeout: float | None = None) -> M | None:
        """Return the next message, or None at the end and after `close()`.

        Args:
            timeout: How many seconds to wait for a message. After a timeout the stream is still
                usable, and nothing is lost. None waits as long as the server gives signs of life.

        Raises:
            OperationFailedError: If the message before reported a failure.
            StreamTruncatedError: If the stream ended before it said how the operation went.
            StreamFormatError: If what comes next is no message.
            APITimeoutError: If there was no message in time.
        """
        limit = seconds(timeout, "timeout")
        deadline = None if limit is None else monotonic() + limit
        while not self._abandoned:
            try:
                message = self._machine.next()
            except SpritesError:
                self._body.close()
                raise
            if message is not None:
                return message
            if self._machine.finished:
                self._body.close()
                return None
            self._advance(deadline, timeout)
        return None

    def process_all(self, handler: Handler[M]) -> None:
        """Give each message to a function, and close the stream in any case.

        Args:
            handler: Called with each message; its own exception ends the stream and is raised.
        """
        try:
            for message in self:
                handle(handler, message)
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection; may be called again, and while somebody else is reading."""
        self._abandoned = self._abandoned or not self._machine.finished
        self._body.close()

    def _advance(self, deadline: float | None, timeout: float | None) -> None:
        """Bring the next bytes to the machine, or the news that there are none."""
        left = None if deadline is None else max(0.0, deadline - monotonic())
        try:
            piece = self._body.piece(left)
        except SpritesError as exc:
            self._machine.fail(self._broken(exc))
        except TimeoutError:
            raise APITimeoutError(
                f"{self._what}: no message within {timeout} s; the stream is still open"
            ) from None
        else:
            if piece is None:
                self._machine.end()
            else:
                self._machine.feed(piece)

    def _broken(self, exc: SpritesError) -> SpritesError:
        if isinstance(exc, APITimeoutError):
            return exc
        error = StreamTruncatedError(
            f"{self._what} broke off before it said how it went; it may go on on the server"
        )
        error.__cause__ = exc
        return error

    def _drain(self) -> None:
        """Read to the end, which raises unless the operation was reported complete."""
        for _ in self:
            pass
        if self._abandoned:
            raise StreamTruncatedError(
                f"{self._what}: the stream was closed before it said how it went"
            )


class SpriteWatch(EventStream[SpriteEvent]):
    """The changes of all sprites as they happen; it has no end of its own."""


class ProgressStream(EventStream[StreamMessage]):
    """What creating a checkpoint and restoring one have in common."""

    def __init__(
        self,
        body: Body,
        what: str,
        fetch: Callable[[str], Checkpoint],
    ) -> None:
        super().__init__(body, MessageStream(StreamMessage.from_event, what=what), what)
        self._fetch = fetch

    def _prove(self, checkpoint_id: str) -> Checkpoint:
        """Return the checkpoint as the server lists it."""
        try:
            checkpoint = self._fetch(validate_checkpoint_id(checkpoint_id))
        except (InvalidNameError, NotFoundError) as exc:
            raise StreamError(
                f"{self._what} was reported complete, but there is no {checkpoint_id!r}"
            ) from exc
        if checkpoint.id != checkpoint_id:
            raise StreamError(
                f"{self._what} was reported complete for {checkpoint_id!r}, "
                f"which the server calls {checkpoint.id!r}"
            )
        return checkpoint


class CheckpointStream(ProgressStream):
    """The progress of a checkpoint that is being created."""

    def result(self) -> Checkpoint:
        """Read to the end and return the new checkpoint.

        Its id is the one that the server's messages name, and the server is asked for it.

        Raises:
            StreamError: If the operation failed, or was not proved complete, or no id was named.
        """
        self._drain()
        found = find_checkpoint_id(message.text for message in self._machine.recent)
        if found is None:
            raise StreamError(
                f"{self._what} was reported complete, but without an id; see list_checkpoints()"
            )
        return self._prove(found)


class RestoreStream(ProgressStream):
    """The progress of a restore."""

    def __init__(
        self,
        body: Body,
        what: str,
        fetch: Callable[[str], Checkpoint],
        checkpoint_id: str,
    ) -> None:
        super().__init__(body, what, fetch)
        self._checkpoint_id = checkpoint_id

    def result(self) -> Checkpoint:
        """Read to the end and return the checkpoint that was restored.

        Raises:
            StreamError: If the operation failed, or was not proved complete.
        """
        self._drain()
        return self._prove(self._checkpoint_id)
