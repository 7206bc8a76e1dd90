"""The server's command line, in a process that counts what it holds when it is asked to.

At SIGUSR1 it writes one line of JSON to the descriptor that the environment names.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import os
import signal
import sys
import threading
from collections import Counter
from typing import Any

VARIABLE = "SPRITES_COUNTING_FD"


def main() -> int:
    from sprites_local.cli import main as serve

    descriptor = int(os.environ.pop(VARIABLE))
    os.set_inheritable(descriptor, False)
    signal.signal(signal.SIGUSR1, lambda *_: _count(descriptor))
    return serve()


def _count(descriptor: int) -> None:
    gc.collect()
    with contextlib.suppress(AttributeError):  # another library than glibc
        ctypes.CDLL(None).malloc_trim(0)  # what is free in the heap is no leak
    os.write(descriptor, json.dumps(_held()).encode() + b"\n")


def _held() -> dict[str, Any]:
    """Name tasks and threads; count objects by type."""
    kinds = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.get_objects())
    # The handler runs in the thread of the loop, between two of its steps.
    tasks = [str(task.get_coro().__qualname__) for task in asyncio.all_tasks()]  # type: ignore[union-attr]
    return {
        "tasks": sorted(tasks),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "objects": dict(kinds.most_common(400)),
    }


if __name__ == "__main__":
    os.environ.setdefault("WEBSOCKETS_MAX_LINE_LENGTH", str(1 << 20))
    sys.exit(main())
