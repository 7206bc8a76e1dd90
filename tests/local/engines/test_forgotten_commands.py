"""A command that nobody holds any more: its descriptors are closed, once."""

import asyncio
import gc
import os
import socket
from collections.abc import Iterator

import pytest

from sprites_local.engines.common.channel import Caller
from sprites_local.engines.common.process import Command

pytestmark = pytest.mark.anyio


@pytest.fixture
def init() -> Iterator[socket.socket]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours


async def test_no_descriptor_is_closed_that_is_somebody_elses_by_now(init: socket.socket) -> None:
    """The garbage collector may end a command before its output, which then ends later."""
    caller = Caller(init, on_event=lambda _: None, on_close=lambda: None, max_size=1 << 16)
    (stdin, writing), (reading, stdout) = os.pipe(), os.pipe()
    ready = asyncio.Event()
    ready.set()
    command = Command("c1", 1, {"stdin": writing, "stdout": reading}, caller, reading=ready)
    output = command.stdout()
    os.write(stdout, b"x")
    assert await anext(output) == (1, b"x")
    command.ended(0)

    cycle: list[object] = [command, output]
    cycle.append(cycle)
    del command, output, cycle
    gc.collect()
    with open("/dev/null", "rb") as others:  # noqa: PTH123, ASYNC230 - takes the first free number
        assert others.fileno() in (writing, reading)
        for _ in range(5):  # the loop ends the output in a task of its own
            await asyncio.sleep(0)
        os.fstat(others.fileno())
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(max(writing, reading))
    caller.close()
    os.close(stdin)
    os.close(stdout)
