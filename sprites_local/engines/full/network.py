"""Sockets of a sprite's network, made by a thread that goes there and does not come back."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from sprites_local import linux, sock_diag
from sprites_local.engines.base import EngineError

T = TypeVar("T")


async def make_socket(pidfd: int, family: socket.AddressFamily) -> socket.socket:
    """Make a socket in the network namespace of the process that `pidfd` stands for."""
    return await inside(pidfd, partial(sock_diag.make_socket, family), socket.socket.close)


async def inside(pidfd: int, make: Callable[[], T], drop: Callable[[T], None]) -> T:
    """Call something in that network namespace; `drop` is for a result nobody waits for."""
    # A copy: the number may stand for another sprite by the time the thread looks at it.
    own = os.dup(pidfd)
    threads = ThreadPoolExecutor(1, "sprites-network")
    future = threads.submit(_make, own, make)
    threads.shutdown(wait=False)
    try:
        return await asyncio.shield(asyncio.wrap_future(future))
    except asyncio.CancelledError:
        future.add_done_callback(partial(_drop, drop))
        raise


def _make(pidfd: int, make: Callable[[], T]) -> T:
    try:
        linux.setns(pidfd, linux.CLONE_NEWNET)
    except OSError as error:
        if error.errno == errno.ESRCH:
            raise EngineError("the sprite stopped") from None
        raise
    finally:
        os.close(pidfd)
    return make()


def _drop(drop: Callable[[T], None], future: Future[T]) -> None:
    if not future.cancelled() and future.exception() is None:
        drop(future.result())
