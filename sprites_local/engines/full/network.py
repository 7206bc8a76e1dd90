"""Sockets of a sprite's network, made by a thread that goes there and does not come back."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from concurrent.futures import Future, ThreadPoolExecutor

from sprites_local import linux, sock_diag
from sprites_local.engines.base import EngineError


async def make_socket(pidfd: int, family: socket.AddressFamily) -> socket.socket:
    """Make a socket in the network namespace of the process that `pidfd` stands for."""
    # A copy: the number may stand for another sprite by the time the thread looks at it.
    own = os.dup(pidfd)
    threads = ThreadPoolExecutor(1, "sprites-network")
    future = threads.submit(_make, own, family)
    threads.shutdown(wait=False)
    try:
        return await asyncio.shield(asyncio.wrap_future(future))
    except asyncio.CancelledError:
        future.add_done_callback(_drop)
        raise


def _make(pidfd: int, family: socket.AddressFamily) -> socket.socket:
    try:
        linux.setns(pidfd, linux.CLONE_NEWNET)
    except OSError as error:
        if error.errno == errno.ESRCH:
            raise EngineError("the sprite stopped") from None
        raise
    finally:
        os.close(pidfd)
    return sock_diag.make_socket(family)


def _drop(future: Future[socket.socket]) -> None:
    if not future.cancelled() and future.exception() is None:
        future.result().close()
