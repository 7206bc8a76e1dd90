"""What both clients of side_by_side.py share: clocks and the report."""

import json
import resource
import statistics
import time
from collections.abc import Callable


def total(call: Callable[[], object], times: int = 1) -> float:
    """Return the seconds that a number of calls take together."""
    started = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - started


def median(call: Callable[[], object], times: int) -> float:
    """Return the median of the seconds that single calls take."""
    return statistics.median(total(call) for _ in range(times))


def report(seconds: float) -> None:
    """Print the result for the process that compares."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "mb": peak}))
