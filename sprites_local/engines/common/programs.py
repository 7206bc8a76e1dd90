"""Starting our own programs that run apart from the server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import sprites_local
from sprites_local.engines.base import EngineError

_END_TIMEOUT: Final = 20.0
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

    async def ended(self) -> None:
        """Wait for its end, which must be near; kill it if it is not.

        Raises:
            EngineError: If it had to be killed.
        """
        try:
            await asyncio.to_thread(self._process.wait, _END_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise EngineError("the sprite's processes could not be ended in time") from None
