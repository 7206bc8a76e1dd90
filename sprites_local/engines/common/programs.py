"""Starting our own programs that run apart from the server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import sprites_local
from sprites_local.engines.base import EngineError

END_TIMEOUT: Final = 20.0
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from sprites_local.init.{module} import main; main()"
)


class Program:
    """A running program of `sprites_local.init`, by itself and without site-packages."""

    def __init__(self, module: str, arguments: list[str], descriptors: list[int]) -> None:
        """Start it.

        Args:
            module: Its name in `sprites_local.init`.
            arguments: Its command line.
            descriptors: What it inherits.
        """
        parent = Path(sprites_local.__file__).resolve().parent.parent
        start = _START.format(module=module)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", start, str(parent), *arguments],
            stdin=subprocess.DEVNULL,
            pass_fds=descriptors,
            start_new_session=True,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        )
        self.pid = self._process.pid

    def wait(self, seconds: float) -> bool:
        """Wait for its end; tell whether it came."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def close(self) -> None:
        """Forget it; there is nothing to close."""


class Started(Protocol):
    """A program of ours, started by this server or by an earlier one."""

    pid: int

    def wait(self, seconds: float) -> bool:
        """Wait for its end; tell whether it came."""

    def kill(self) -> None:
        """Kill it, if it still runs."""

    def close(self) -> None:
        """Forget it; may be repeated."""


async def ended(program: Started) -> None:
    """Wait for the end of a program, which must be near; kill it if it is not.

    Raises:
        EngineError: If it had to be killed.
    """
    try:
        if not await asyncio.to_thread(program.wait, END_TIMEOUT):
            program.kill()
            await asyncio.to_thread(program.wait, END_TIMEOUT)
            raise EngineError("the sprite's processes could not be ended in time")
    finally:
        program.close()
