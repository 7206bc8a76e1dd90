"""Turn the bytes of a stream, cut anywhere, into events as soon as they are complete.

Two facts of yajl shape the code. It scans an unfinished token again from its beginning at each
send, which makes a long string in small chunks quadratic; so a chunk that cannot complete an
event waits for the next one. And it does not say where a fault is; so the bytes since the last
moment between two events are kept, and searched when there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sprites_facade._core.errors import StreamError, StreamFormatError, StreamTruncatedError
from sprites_facade._core.lexing import SLICE, Fault, Machine, TooLarge, check_between, locate
from sprites_facade._core.text import clip, last_shown, redact

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_EVENT_BYTES: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 64

_BOM: Final = b"\xef\xbb\xbf"
_SAMPLE: Final = 80


class EventParser:
    """A parser of one stream of JSON objects, one after the other, newlines or not.

    An event is complete at its closing brace. What is no JSON object is refused, and so are
    integers beyond 64 bits, floats beyond a double and escapes of a lone low surrogate; an escape
    of a lone high surrogate becomes `?`.

    Args:
        max_event_bytes: How large one event may be; it is noticed within 8 KB.
        max_depth: How deep one event may be nested, itself included.

    Raises:
        ConfigurationError: If ijson came without its C extension. The Python one is up to 45 times
            slower and accepts other input, so it is not a silent substitute.
    """

    def __init__(
        self, *, max_event_bytes: int = MAX_EVENT_BYTES, max_depth: int = MAX_DEPTH
    ) -> None:
        self._machine = Machine(max_depth)
        self._max_depth = max_depth
        self._max_event_bytes = max_event_bytes
        self._quotes = _Quotes()
        self._window = _Window(max_event_bytes + 16 * SLICE)
        self._head: bytes | None = b""  # the first bytes, until they are known to be no BOM
        self._held = bytearray()
        self._event_bytes = 0  # of the open event, as far as they were sent
        self._fault: StreamError | None = None

    @property
    def fault(self) -> StreamError | None:
        """The fault found behind the events last returned; the next call raises it."""
        return self._fault

    def feed(self, chunk: bytes) -> list[dict[str, Any]]:
        """Return the events that this chunk completes.

        Raises:
            StreamFormatError: If there is a fault and no event before it; else the next call does.
        """
        if self._fault is not None:
            raise self._fault
        if self._head is not None:
            chunk = self._without_bom(self._head + chunk)
        if not chunk:  # to ijson, an empty chunk is the end of the stream
            return []
        within_string = self._quotes.pass_over(chunk)
        if self._can_wait(chunk, within_string=within_string):
            self._held += chunk
            return []
        return self._flush(chunk)

    def close(self) -> list[dict[str, Any]]:
        """Return what is left, and check that the stream did not end inside an event.

        Raises:
            StreamFormatError: As in `feed`.
            StreamTruncatedError: If it did; after `close` returned events, the next call does.
        """
        self._raise_fault()
        rest, self._head = self._head or b"", None
        done = self._flush(rest) if rest or self._held else []
        if self._fault is None and not self._machine.idle:
            self._fault = StreamTruncatedError(
                f"the stream ended inside an event (line {self._window.last_line})"
            )
        return self._outcome(done)

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def _outcome(self, done: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not done:
            self._raise_fault()
        return done

    def _without_bom(self, head: bytes) -> bytes:
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._head = head
            return b""
        self._head = None
        if not head.startswith(_BOM):
            return head
        self._window.skip(_BOM)
        return head[len(_BOM) :]

    def _can_wait(self, chunk: bytes, *, within_string: bool) -> bool:
        """Tell whether no event can end in this chunk, so that nobody misses it."""
        return (
            (within_string or b"}" not in chunk)
            and b"\n" not in chunk
            and not self._machine.idle
            and self._event_bytes + len(self._held) + len(chunk) <= self._max_event_bytes
        )

    def _flush(self, chunk: bytes) -> list[dict[str, Any]]:
        """Give what was held, and this, to the machine."""
        if self._held:
            chunk = bytes(self._held + chunk)
            self._held.clear()
        done: list[dict[str, Any]] = []
        try:
            for start, end in self._cuts(chunk):
                self._push(chunk, start, end, done)
        except Fault as fault:
            self._fault = self._window.describe(fault, self._max_depth)
        return self._outcome(done)

    def _cuts(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Cut where an event may have ended, so that the machine is often idle between two.

        The cuts double while one token goes on, because each has it scanned from its beginning.
        """
        start = 0
        while start < len(data):
            room = self._max_event_bytes - self._event_bytes + 1
            end = min(start + min(max(SLICE, self._machine.token), room), len(data))
            if self._machine.token < SLICE:
                last = max(data.rfind(b"\n", start, end), data.rfind(b"}", start, end))
                end = last + 1 or end
            yield start, end
            start = end

    def _push(self, data: bytes, start: int, end: int, done: list[dict[str, Any]]) -> None:
        piece = memoryview(data)[start:end]
        before = len(done)
        self._window.add(piece)
        self._machine.send(piece, done)
        if self._machine.idle:
            check_between(data, start, end, within_string=end == len(data) and self._quotes.inside)
            self._window.restart()
            self._event_bytes = 0
            return
        self._event_bytes = 0 if len(done) > before else self._event_bytes + end - start
        if self._event_bytes > self._max_event_bytes:
            raise TooLarge(f"an event is larger than {self._max_event_bytes} bytes")


class _Quotes:
    """Knows whether the stream is inside a string, at the speed of three scans in C."""

    def __init__(self) -> None:
        self.inside = False
        self._escaping = False  # the last byte was a backslash that escapes the next one

    def pass_over(self, chunk: bytes) -> bool:
        """Go over a chunk; return whether all of it is inside one string."""
        if self._escaping:
            chunk = chunk[1:]
            self._escaping = False
        quotes = chunk.count(b'"')
        if b"\\" in chunk:
            rest = chunk.replace(b"\\\\", b"")
            quotes -= rest.count(b'\\"')
            self._escaping = rest.endswith(b"\\")
        within = self.inside and not quotes
        self.inside ^= bool(quotes & 1)
        return within


class _Window:
    """The bytes since the last moment between two events, and where in the stream that was."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[memoryview] = []
        self._size = 0
        self._offset = 0
        self._line = 1
        self._between = True  # it begins between two events

    @property
    def last_line(self) -> int:
        return self._line + b"".join(self._pieces).count(b"\n")

    def skip(self, data: bytes) -> None:
        self._offset += len(data)

    def add(self, piece: memoryview) -> None:
        if self._size > self._limit:
            # Events come, but never end where a piece does: nothing to be gained by keeping more.
            self.restart()
            self._between = False
        self._pieces.append(piece)
        self._size += len(piece)

    def restart(self) -> None:
        for piece in self._pieces:
            self._line += bytes(piece).count(b"\n")
        self._offset += self._size
        self._pieces.clear()
        self._size = 0
        self._between = True

    def describe(self, fault: Fault, max_depth: int) -> StreamFormatError:
        """Return the error for a fault in the window."""
        data = b"".join(self._pieces)
        at = self._find(fault, data, max_depth)
        line = self._line + data.count(b"\n", 0, at)
        offset = self._offset + at
        sample = _sample(data, at)
        text = f"the stream is malformed at line {line}, byte {offset}: {fault}: {sample}"
        return StreamFormatError(text, line=line, offset=offset, sample=sample)

    def _find(self, fault: Fault, data: bytes, max_depth: int) -> int:
        if isinstance(fault, TooLarge):
            return max(len(data) - 1, 0)
        return locate(data, max_depth) if self._between else len(data) - len(self._pieces[-1])


def _sample(data: bytes, at: int) -> str:
    """Return the line around a byte, printable and clipped, with the byte."""
    begin = max(data.rfind(b"\n", 0, at) + 1, at - _SAMPLE // 2)
    # What is shown by an escape takes more room than it has bytes.
    before = last_shown(data[begin:at].decode("utf-8", "replace"), _SAMPLE // 2)
    after = data[at : at + _SAMPLE].split(b"\n")[0]
    line = before + after.decode("utf-8", "replace")
    return clip(redact(line or data[at : at + 1].decode("utf-8", "replace")), _SAMPLE)
