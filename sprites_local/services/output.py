"""What services print: cut into lines, as events and as lines of the log file."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

LONGEST: Final = 8 << 10
"""Characters in one event: escaped in the worst way, it stays below 64 KiB, which is as much of a
line as some clients read."""

STREAMS: Final = {1: "stdout", 2: "stderr"}

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) \[(stdout|stderr)\] (.*)", re.ASCII | re.DOTALL
)


@frozen
class Printed:
    """Some lines that a service printed; only a very long or the very last has no end."""

    moment: int
    """Unix milliseconds."""
    stream: str
    text: str


class LineCutter:
    """Cuts the bytes of one stream into texts of whole lines."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> list[str]:
        """Take bytes in and return what is complete."""
        text = self._rest + self._decoder.decode(data)
        whole, newline, self._rest = text.rpartition("\n")
        found = list(_pieces(whole + newline))
        while len(self._rest) >= LONGEST:
            found.append(self._rest[:LONGEST])
            self._rest = self._rest[LONGEST:]
        return found

    def end(self) -> list[str]:
        """Return what was left without an end of line."""
        rest, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return list(_pieces(rest))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text into pieces of bounded length, between lines where it can be done."""
    start = 0
    while len(text) - start > LONGEST:
        end = text.rfind("\n", start, start + LONGEST) + 1 or start + LONGEST
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def log_lines(printed: Printed) -> bytes:
    """Write the lines as they stand in the log file."""
    stamp = datetime.fromtimestamp(printed.moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    head = f"{stamp}.{printed.moment % 1000:03d}Z [{printed.stream}] "
    lines = printed.text.removesuffix("\n").split("\n")
    return "".join(f"{head}{line}\n" for line in lines).encode("utf-8", "replace")


def read_log(data: bytes) -> Iterator[Printed]:
    """Read lines of a log file; what has another form was written by somebody else."""
    for line in data.decode("utf-8", "replace").split("\n"):
        if match := _LINE.fullmatch(line):
            try:
                moment = datetime.fromisoformat(match[1])
            except ValueError:
                continue
            milliseconds = int(moment.timestamp()) * 1000 + moment.microsecond // 1000
            for text in _pieces(f"{match[3]}\n"):
                yield Printed(milliseconds, match[2], text)


def last_lines(printed: Iterable[Printed], count: int) -> list[Printed]:
    """Return the last lines, however they are spread."""
    kept: list[Printed] = []
    for one in reversed(list(printed)):
        if count <= 0:
            break
        lines = _lines(one.text)
        kept.append(Printed(one.moment, one.stream, "".join(lines[-count:])))
        count -= len(lines)
    return kept[::-1]


def _lines(text: str) -> list[str]:
    """Cut at line feeds only; a carriage return redraws a line."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
