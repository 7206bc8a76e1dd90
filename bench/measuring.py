"""What the benches share: clocks, the numbers of a row, memory, and how a page is written."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


def total(call: Callable[[], object], times: int = 1) -> float:
    """Return the seconds that a number of calls take together."""
    started = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - started


def median(call: Callable[[], object], times: int) -> float:
    """Return the median of the seconds that single calls take."""
    return statistics.median(total(call) for _ in range(times))


def report(measure: Callable[[], float]) -> None:
    """Measure, and print the result for the process that compares."""
    before = time.process_time()
    seconds = measure()
    cpu = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "mb": peak}))


@dataclass(frozen=True)
class Row:
    """What was measured, as a line of a table."""

    what: str
    values: Sequence[float]
    unit: str = "ms"
    most: float | None = None
    """What is expected of the median, at the most."""

    def line(self) -> str:
        """Return the line."""
        middle = statistics.median(self.values)
        spread = "" if len(self.values) < 2 else f"{min(self.values):.3g} to {max(self.values):.3g}"
        expected = "" if self.most is None else f"at most {self.most:g}"
        missed = self.most is not None and middle > self.most
        verdict = f"{expected}: **missed**" if missed else expected
        return f"| {self.what} | {middle:.3g} {self.unit} | {spread} | {verdict} |"


HEAD = ["| what | median | spread | expected |", "|---|---|---|---|"]


def table(rows: Sequence[Row]) -> list[str]:
    """Return the lines of a table."""
    return [*HEAD, *(row.line() for row in rows)]


def show(rows: list[Row]) -> list[Row]:
    """Print rows as soon as they are there, and return them."""
    for row in rows:
        print(row.line(), flush=True)
    return rows


def milliseconds(seconds: Sequence[float]) -> list[float]:
    """Return seconds as milliseconds."""
    return [value * 1000 for value in seconds]


def machine() -> str:
    """Describe this machine, without names or paths."""
    release = re.match(r"\d+\.\d+", platform.release())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{platform.system()} {release.group() if release else ''} on {platform.machine()}, "
        f"{os.cpu_count()} processors, {memory:.0f} GiB of memory, "
        f"Python {platform.python_version()}"
    )


def descendants(top: int) -> list[int]:
    """Return the numbers of the processes below one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.parent.name)] = int(fields[1])
    found = {top}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {top})


def share_of_memory(pid: int) -> float:
    """Return how many MB a process has of its own, with its part of what it shares."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0


def command_line(pid: int) -> str:
    """Return what a process was started as; nothing if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def measure_alone(section: Callable[..., object], description: str | None) -> None:
    """Measure one section of the page by itself, and print its table."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--small", action="store_true")
    section(small=parser.parse_args().small)
