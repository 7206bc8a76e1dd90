"""Who sends without end keeps nobody from their turn."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from typing import Any

import pytest

from sprites_local import turns
from sprites_local.egress import PUBLIC, relay
from sprites_local.egress.guard import Guard
from sprites_local.egress.lookups import Lookups
from sprites_local.egress.resolver import Resolver
from sprites_local.url.upstream import BadAnswerError, Upstream

pytestmark = pytest.mark.anyio

MANY = 8 * turns.MOST


@pytest.fixture
def waiting() -> Iterator[socket.socket]:
    """A socket that has many messages already."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        for _ in range(MANY):
            theirs.send(b"x")
        ours.setblocking(False)
        yield ours


def is_empty(sock: socket.socket) -> bool:
    try:
        return not sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True


async def turns_until_empty(work: Coroutine[Any, Any, None], sock: socket.socket) -> int:
    """Count the turns of others until all was read."""
    task, count = asyncio.ensure_future(work), 0
    while not is_empty(sock):
        await asyncio.sleep(0)
        count += 1
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return count


async def test_questions_about_names(waiting: socket.socket) -> None:
    resolver = Resolver(waiting, Guard(PUBLIC), Lookups(asyncio.Semaphore(1)))
    assert await turns_until_empty(resolver.serve(), waiting) > 7


async def test_what_goes_out(waiting: socket.socket) -> None:
    near, far = socket.socketpair()
    with near, far:
        near.setblocking(False)

        async def pump() -> None:
            async with asyncio.timeout(60) as limit:
                await relay._pump(waiting, near, limit, 60)

        assert await turns_until_empty(pump(), waiting) > 7


async def test_answers_that_are_none() -> None:
    """A program that says that it will answer, again and again, is not believed for ever."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        theirs.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)
        upstream = Upstream(ours)
        await upstream.ask("GET", b"/", [(b"host", b"x")])
        with pytest.raises(BadAnswerError, match="does not come to an answer"):
            await upstream.download(lambda _: asyncio.sleep(0), 60, sandboxed=False)
        upstream.close()
