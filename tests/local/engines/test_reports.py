"""What is made of the reports of programs that boot sprites."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from sprites_local.engines.base import EngineError
from sprites_local.engines.common.reports import follow_boot

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="pidfds are Linux's"),
]
LAUNCHER = b"pid 4711\n"
INIT = b"1"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def report(sock: socket.socket, message: bytes) -> None:
    """Send a message as its sender does: the launcher's comes with a descriptor."""
    if not message.startswith(b"pid "):
        sock.sendall(message)
        return
    pidfd = os.pidfd_open(os.getpid())
    socket.send_fds(sock, [message], [pidfd])
    os.close(pidfd)


@pytest.mark.parametrize("order", [(LAUNCHER, INIT), (INIT, LAUNCHER)])
async def test_launcher_and_init_may_report_in_any_order(
    ends: tuple[socket.socket, socket.socket], order: tuple[bytes, bytes]
) -> None:
    for message in order:
        report(ends[1], message)
    ends[1].close()
    pid, pidfd = await follow_boot(ends[0])
    os.close(pidfd)
    assert pid == 4711


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([], "ended at once"),
        ([LAUNCHER], "ended at once"),
        ([INIT], "ended at once"),
        ([INIT, INIT, LAUNCHER], "ended at once"),
        ([LAUNCHER, b"error no room\n"], "no room"),
        ([b"error no room\n", LAUNCHER], "no room"),
    ],
)
async def test_anything_else_is_no_boot(
    ends: tuple[socket.socket, socket.socket], messages: list[bytes], reason: str
) -> None:
    for message in messages:
        report(ends[1], message)
    ends[1].close()
    with pytest.raises(EngineError, match=reason):
        await follow_boot(ends[0])
