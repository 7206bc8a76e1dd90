"""Compare the stream parser with splitting at newlines and json.loads, in one run, as ratios.

    python bench/stream_parser.py [--seconds 60]

A ratio below 1 means that the parser is the faster one. The split is not a rival: it delivers an
event only once its newline came, has no bounds, and does not say where a fault is.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable, Iterable, Iterator

from sprites_facade._core.parser import EventParser

_CHUNKS = (64, 4096, 65536)
_SIZES = (100, 1000, 65536, 1_000_000)
_ROUNDS = 5


def _text(size: int) -> dict[str, object]:
    event = {"type": "stdout", "data": "", "time": "2026-06-02T17:11:14.555839485Z"}
    return {**event, "data": "line of a log " * max(1, (size - 80) // 14)}


def _fields(size: int) -> dict[str, object]:
    count = max(1, size // 33)
    return {f"field_{n}": [n, n / 7, None, f"value {n}"] for n in range(count)}


_SHAPES: dict[str, Callable[[int], dict[str, object]]] = {"text": _text, "fields": _fields}


def _split(chunks: Iterable[bytes]) -> Iterator[object]:
    """Split at newlines in linear time, as a careful client without bounds would."""
    parts: list[bytes] = []
    for chunk in chunks:
        first, *more = chunk.split(b"\n")
        parts.append(first)
        for line in more:
            whole = b"".join(parts)
            parts = [line]
            if whole:
                yield json.loads(whole)


def _parse(chunks: Iterable[bytes]) -> Iterator[object]:
    parser = EventParser()
    for chunk in chunks:
        yield from parser.feed(chunk)
    yield from parser.close()


def _seconds(read: Callable[[Iterable[bytes]], Iterator[object]], chunks: list[bytes]) -> float:
    gc.collect()
    begin = time.perf_counter()
    count = sum(1 for _ in read(chunks))
    took = time.perf_counter() - begin
    if not count:
        raise SystemExit("nothing was parsed")
    return took


def _ratio(data: bytes, size: int, deadline: float) -> tuple[float, float]:
    """Return the ratio of the best times, and the megabytes per second of ours."""
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    theirs, ours = [], []
    for _ in range(_ROUNDS):  # in turns, so that a busy moment hits both
        theirs.append(_seconds(_split, chunks))
        ours.append(_seconds(_parse, chunks))
        if time.monotonic() > deadline:
            break
    return min(ours) / min(theirs), len(data) / min(ours) / 1e6


def main() -> None:
    """Print one line for each shape and size, and one column for each size of the chunks."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="stop early after this long")
    deadline = time.monotonic() + parser.parse_args().seconds
    print("time of EventParser relative to split + json.loads, and its MB/s")
    print(f"{'event':<18}" + "".join(f"{f'{size} B chunks':>22}" for size in _CHUNKS))
    for (name, shape), size in ((item, size) for item in _SHAPES.items() for size in _SIZES):
        event = json.dumps(shape(size)).encode() + b"\n"
        data = event * max(2, 1_000_000 // len(event))
        cells = [_ratio(data, chunk, deadline) for chunk in _CHUNKS]
        line = "".join(f"{ratio:>12.2f} {rate:>7.0f}/s" for ratio, rate in cells)
        print(f"{name} {size:>9} B  {line}", flush=True)


if __name__ == "__main__":
    main()
