"""What the programs that boot sprites report, over a socket that ends with them."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import Final

from sprites_local.engines.base import EngineError
from sprites_local.init import frames

_MAX_REPORT: Final = 1 << 14
_BOOTED: Final = re.compile(rb"pid (\d+)\n1|1pid (\d+)\n")
"""The launcher's line and PID 1's word; on a busy machine PID 1 may be the first to speak."""


async def follow_boot(report: socket.socket) -> tuple[int, int]:
    """Return number and pidfd of a sprite's PID 1 when it is ready for connections.

    Reads the launcher's line with the number, and PID 1's own `1`.

    Raises:
        EngineError: If anything else comes.
    """
    loop = asyncio.get_running_loop()
    text, pidfds = b"", list[int]()
    try:
        while not (ready := _BOOTED.fullmatch(text)):
            await _readable(loop, report)
            data, descriptors, _, _ = socket.recv_fds(report, 4096, 1)
            pidfds += descriptors
            text += data
            if not data or b"error " in text or len(text) > _MAX_REPORT:
                raise EngineError(f"the sprite could not boot: {explanation(text)}")
        return int(ready[1] or ready[2]), pidfds.pop()
    finally:
        frames.close_all(pidfds)


async def read_line(report: socket.socket) -> bytes:
    """Read one line, or what there is at the end."""
    text = b""
    while not text.endswith(b"\n") and len(text) < _MAX_REPORT:
        await _readable(asyncio.get_running_loop(), report)
        data = report.recv(_MAX_REPORT)
        if not data:
            break
        text += data
    return text


def explanation(report: bytes) -> str:
    """Return the reason that a report gives for a failure."""
    _, found, reason = report.decode(errors="replace").partition("error ")
    return reason.strip() if found else "it ended at once"


async def _readable(loop: asyncio.AbstractEventLoop, sock: socket.socket) -> None:
    ready = asyncio.Event()
    loop.add_reader(sock, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sock)
