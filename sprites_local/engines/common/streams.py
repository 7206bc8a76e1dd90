"""The server's ends of a command's streams, which nobody in the sprite can make it wait for.

Whether reading and writing wait is a property that all copies of a descriptor share, and the
sprite's init keeps copies of ours. So a pipe is opened once more. A terminal cannot be: opening it
makes a new one. What is done with it is done in threads that nobody waits for.
"""

from __future__ import annotations

import asyncio
import errno
import os
import queue
import select
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from sprites_local.engines.base import EngineError
from sprites_local.init import frames

TERMINAL: Final = "terminal"
_INPUT: Final = "stdin"
_REOPENS: Final = sys.platform == "linux"
"""Whether a descriptor can be opened once more; without isolation there is nobody to fear."""


def own(ends: dict[str, int]) -> dict[str, int]:
    """Return ends of our own in place of those that the sprite's init gave us, which are closed.

    An input that nobody can read any more is left out.

    Raises:
        EngineError: If they are of the wrong kind; nothing was closed then.
    """
    made: dict[str, int] = {}
    try:
        for name, fd in ends.items():
            _check_kind(name, fd)
            with suppress(BrokenPipeError):
                made[name] = os.dup(fd) if name == TERMINAL else _opened(fd, name)
                os.set_blocking(made[name], False)
    except BaseException as error:
        frames.close_all([*made.values()])
        if isinstance(error, OSError):
            raise EngineError(f"a stream of the command is of no use: {error}") from error
        raise
    frames.close_all([*ends.values()])
    return made


def _opened(fd: int, name: str) -> int:
    if not _REOPENS:
        return os.dup(fd)
    direction = os.O_WRONLY if name == _INPUT else os.O_RDONLY
    try:
        return os.open(f"/proc/self/fd/{fd}", direction | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nobody reads
            raise BrokenPipeError from None
        raise


class Patient:
    """A thread that uses a terminal, for as long as it takes."""

    def __init__(self, fd: int) -> None:
        """Take a terminal; the thread has a descriptor of its own."""
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        arguments = (os.dup(fd), self._calls, self._loop)
        # A daemon: what waits for ever does not keep the server from ending.
        threading.Thread(target=_work, args=arguments, name="sprites-tty", daemon=True).start()

    async def run(self, call: Callable[[int], Any], end: asyncio.Event, grace: float) -> Any:
        """Return what a function of the descriptor returns.

        Raises:
            OSError: If the function does.
            TimeoutError: If it has not come back so many seconds after `end`.
        """
        future: asyncio.Future[Any] = self._loop.create_future()
        self._calls.put((call, future))
        ended = asyncio.ensure_future(end.wait())
        try:
            await asyncio.wait({future, ended}, return_when=asyncio.FIRST_COMPLETED)
            async with asyncio.timeout(grace):
                return await future
        finally:
            ended.cancel()
            future.cancel()

    def close(self) -> None:
        """End the thread when it has done what it is doing."""
        self._calls.put(None)


_Call = tuple[Callable[[int], Any], "asyncio.Future[Any]"]


def _work(fd: int, calls: queue.SimpleQueue[_Call | None], loop: asyncio.AbstractEventLoop) -> None:
    try:
        while (task := calls.get()) is not None:
            call, future = task
            result, error = None, None
            try:
                result = call(fd)
            except OSError as raised:
                error = raised
            with suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(_tell, future, result, error)
    finally:
        os.close(fd)


def _tell(future: asyncio.Future[Any], result: Any, error: OSError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def is_readable(fd: int) -> bool:
    """Tell whether there is something to read, or nothing will ever come."""
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(0))


def _check_kind(name: str, fd: int) -> None:
    """Accept pipes and terminals from a sprite's init, nothing else."""
    mode = os.fstat(fd).st_mode
    if not (stat.S_ISCHR(mode) and os.isatty(fd) if name == TERMINAL else stat.S_ISFIFO(mode)):
        raise EngineError("the sprite's init answered with a descriptor of the wrong kind")
