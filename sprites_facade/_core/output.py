"""The output of a command between its arrival and whoever reads it."""

from __future__ import annotations

import codecs
import io
from collections import deque
from typing import TYPE_CHECKING, Any, AnyStr, Final, Generic

import attrs

from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.exec_protocol import ERR, OUT, SIDES

if TYPE_CHECKING:
    from collections.abc import Callable

_STREAMS: Final = (OUT, ERR)


@attrs.frozen
class Output(Generic[AnyStr]):
    """A piece of output, as it came."""

    stream: str
    """`stdout` or `stderr`; a terminal has `stdout` only."""
    data: AnyStr


@attrs.frozen(kw_only=True)
class Codec:
    """How bytes become text; without an encoding they stay bytes."""

    encoding: str | None = "utf-8"
    errors: str = "replace"

    @classmethod
    def choose(cls, *, text: bool, encoding: str, errors: str) -> Codec:
        """Return the codec that was asked for.

        Raises:
            ConfigurationError: If Python has no such codec.
        """
        try:
            "".encode(encoding)  # unlike a look-up, this refuses what is no encoding of texts
            codecs.lookup_error(errors)
        except (LookupError, TypeError) as exc:
            raise ConfigurationError(f"encoding or errors: {exc}") from None
        return cls(encoding=encoding if text else None, errors=errors)

    def decoder(self, encoding: str | None = None) -> codecs.IncrementalDecoder:
        """Return what decodes a stream piece by piece."""
        name = self.encoding or encoding or "utf-8"
        return codecs.getincrementaldecoder(name)(self.errors)

    @property
    def empty(self) -> Any:
        """Return nothing, as text or as bytes."""
        return b"" if self.encoding is None else ""


class OutputBuffer:
    """Output in the order of its arrival, to be taken from all streams or from one of them."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._waiting: dict[int, deque[tuple[int, Any]]] = {OUT: deque(), ERR: deque()}
        self._decoders = {stream: codec.decoder() for stream in _STREAMS}
        self._count = 0
        self._taken = dict.fromkeys(_STREAMS, 0)
        """The number of the last piece that was taken from a stream alone."""

    def put(self, stream: int, data: bytes, *, final: bool = False) -> None:
        """Add what arrived."""
        decoded: Any = data
        if self._codec.encoding is not None:
            decoded = self._decoders[stream].decode(data, final)
        if decoded:
            self._count += 1
            self._waiting[stream].append((self._count, decoded))

    def end(self) -> None:
        """Say that no more will come, which shows what was cut inside a character."""
        for stream in _STREAMS:
            self.put(stream, b"", final=True)

    def take(self) -> Output[Any] | None:
        """Return the oldest piece of all, or None."""
        heads = [(waiting[0][0], stream) for stream, waiting in self._waiting.items() if waiting]
        if not heads:
            return None
        _, stream = min(heads)
        return Output(SIDES[stream], self._waiting[stream].popleft()[1])

    def take_from(self, stream: int) -> Any:
        """Return the oldest piece of one stream, or None."""
        if not (waiting := self._waiting[stream]):
            return None
        self._taken[stream], data = waiting.popleft()
        return data

    def put_back(self, stream: int, data: Any) -> None:
        """Give back the rest of what was taken from a stream, for whoever reads it next."""
        if data:
            self._waiting[stream].appendleft((self._taken[stream], data))

    def take_all(self, stream: int) -> Any:
        """Return everything of one stream as one piece."""
        waiting = self._waiting[stream]
        joined = self._codec.empty.join(data for _, data in waiting)
        waiting.clear()
        return joined

    def look(self, stream: int) -> Any:
        """Return everything of one stream, and leave it where it is."""
        return self._codec.empty.join(data for _, data in self._waiting[stream])

    def __bool__(self) -> bool:
        return any(self._waiting.values())

    def has(self, stream: int) -> bool:
        """Tell whether there is something of one stream."""
        return bool(self._waiting[stream])


class Sink:
    """Where a user wants the output of a stream: a function, or a file of text or of bytes."""

    def __init__(self, target: Any, codec: Codec) -> None:
        function: Any = target if callable(target) else getattr(target, "write", None)
        if function is None:
            raise ConfigurationError("output goes to a file, to a function, or to a constant")
        self.function: Callable[[Any], Any] = function
        self._decoder = codec.decoder() if _wants_text(target, codec) else None
        self._raw = isinstance(target, io.RawIOBase)

    def pieces(self, data: bytes, *, final: bool = False) -> Any:
        """Return what to hand over for these bytes; nothing while a character is cut."""
        return self._decoder.decode(data, final) if self._decoder else data

    def rest(self, piece: Any, taken: object) -> Any:
        """Return what an unbuffered file left over."""
        return piece[taken:] if self._raw and isinstance(taken, int) else piece[:0]


def _wants_text(target: Any, codec: Codec) -> bool:
    if callable(target):
        return codec.encoding is not None
    return isinstance(target, io.TextIOBase) or hasattr(target, "encoding")
