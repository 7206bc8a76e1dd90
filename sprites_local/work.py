"""Work that is seen through even when the client who asked for it hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Work:
    """The tasks that outlive their requests."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run something in a task of its own, to which this object holds on."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something that goes on when the waiting is cancelled."""
        return await asyncio.shield(self.start(work))

    async def finish(self, timeout: float) -> None:  # noqa: ASYNC109 - one bound for all tasks
        """Let what is under way come to its end, cancelling what takes longer."""
        tasks = set(self._tasks)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=timeout)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
