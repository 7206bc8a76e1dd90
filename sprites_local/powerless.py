"""Threads that read and write files of sprites, without more rights than it takes.

A file of the kernel's can be among them. Some of those ask at each reading or writing what whoever
does it may do, and a server that is root may do everything.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

from sprites_local import linux

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = min(32, (os.cpu_count() or 1) + 4)


def _begin() -> None:
    if sys.platform == "linux":
        linux.drop_rights()


_POOL: Final = ThreadPoolExecutor(_THREADS, thread_name_prefix="sprites-data", initializer=_begin)


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a function returns, which is called in such a thread."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, partial(call, *args, **kwargs))
