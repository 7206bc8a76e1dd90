"""The server's side of the helper process."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import sprites_local
from sprites_local.engines.base import EngineError
from sprites_local.engines.common import reports
from sprites_local.engines.common.channel import Channel, Message
from sprites_local.init import frames, showing

_BOOT_TIMEOUT: Final = 30.0
_END_TIMEOUT: Final = 20.0
_MAX_MESSAGE: Final = 1 << 16
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from sprites_local.init.helper import main; main()"
)


class Helper:
    """A running helper; see `sprites_local.init.helper`."""

    def __init__(self, groups: list[Path], lock: int, owner: str, grace: float) -> None:
        """Start it.

        Args:
            groups: The top control groups, that of the unified hierarchy first.
            lock: The lock of the data directory, which it inherits.
            owner: What the lock's file says who has it.
            grace: How many seconds sprites run on when this server dies and no other one comes.
        """
        ours, theirs = socket.socketpair()
        package_parent = Path(sprites_local.__file__).resolve().parent.parent
        command = [sys.executable, "-I", "-S", "-c", _START, str(package_parent)]
        with theirs:
            self._process = subprocess.Popen(
                [*command, *map(str, (theirs.fileno(), lock, owner, grace, *groups))],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), lock],
                start_new_session=True,
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )
        self._channel = Channel(
            ours,
            on_message=lambda _, descriptors: frames.close_all(descriptors),
            on_close=lambda: None,
            max_size=_MAX_MESSAGE,
        )

    @property
    def closed(self) -> bool:
        """Whether it is gone."""
        return self._channel.closed

    async def boot(self, request: Message) -> tuple[int, int]:
        """Boot a sprite; return number and pidfd of its PID 1, which is ready for connections."""
        report, theirs = socket.socketpair()
        with report, theirs:
            self._channel.send({"op": "boot", **request}, theirs.fileno())
            theirs.close()
            report.setblocking(False)  # noqa: FBT003
            try:
                async with asyncio.timeout(_BOOT_TIMEOUT):
                    return await reports.follow_boot(report)
            except TimeoutError:
                raise EngineError("the sprite did not boot in time") from None

    async def criu(
        self,
        request: Message,
        seconds: float,
        on_dumped: Callable[[], Awaitable[None]] | None = None,
    ) -> int:
        """Run CRIU; return its exit code. A complete dump waits for `on_dumped`.

        Raises:
            EngineError: If it could not be run.
            TimeoutError: If it takes too long; it still runs then.
        """
        report, theirs = socket.socketpair()
        with report, theirs:
            self._channel.send(request, theirs.fileno())
            theirs.close()
            report.setblocking(False)  # noqa: FBT003
            async with asyncio.timeout(seconds):
                text = await reports.read_line(report)
                if text == b"dumped\n" and on_dumped is not None:
                    await on_dumped()
                    report.send(b"1")
                    text = await reports.read_line(report)
            if ended := re.fullmatch(rb"exit (-?\d+)\n", text):
                return int(ended[1])
            raise EngineError(f"CRIU could not be run: {reports.explanation(text)}")

    async def show(self, request: Message, pidfd: int, seconds: float) -> None:
        """Bring in line what a sprite shows of its checkpoints; see `init.showing`.

        Raises:
            EngineError: If it could not be done.
            TimeoutError: If it takes too long; it may still be done then.
        """
        report, theirs = socket.socketpair()
        with report, theirs:
            self._channel.send({**request, "op": "show"}, theirs.fileno(), pidfd)
            theirs.close()
            report.setblocking(False)  # noqa: FBT003
            async with asyncio.timeout(seconds):
                text = await reports.read_line(report)
        if text != showing.DONE:
            raise EngineError(f"checkpoints cannot be shown: {reports.explanation(text)}")

    def agent(self, request: Message, pidfd: int) -> socket.socket:
        """Start a file agent; return the connection to it."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._channel.send({"op": "agent", **request}, theirs.fileno(), pidfd)
        return ours

    async def close(self) -> None:
        """End the helper, and with it whatever runs, and wait for it."""
        with suppress(EngineError):
            self._channel.send({"op": "end"})
        self._channel.close()
        try:
            await asyncio.to_thread(self._process.wait, _END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
