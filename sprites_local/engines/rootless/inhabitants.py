"""Who is in a sprite, whatever became of its launcher.

The kernel kills what is in a sprite when its launcher is killed, but it takes its time. A process
whose root is the sprite's directory is the sprite's, and no other one can be.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from sprites_local import processes

log = logging.getLogger(__name__)

_TIMEOUT: Final = 10.0
_POLL: Final = 0.005


def end(live: Path) -> None:
    """Kill who is in a sprite, and return when nobody is; blocks."""
    with suppress(FileNotFoundError):
        place = live.stat()
        deadline = time.monotonic() + _TIMEOUT
        while found := [task for task in processes.everything() if _is_in(task.pid, place)]:
            for task in found:
                processes.kill(task)
            if time.monotonic() > deadline:
                log.error("Processes of the sprite at %s cannot be ended", live)
                return
            time.sleep(_POLL)


def _is_in(pid: int, place: os.stat_result) -> bool:
    """Tell whether a directory is a process's root; it has none as it ends."""
    try:
        return os.path.samestat(os.stat(f"/proc/{pid}/root"), place)  # noqa: PTH116 - it is no path
    except OSError:
        return False
