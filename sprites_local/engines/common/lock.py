"""One engine per directory."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from sprites_local.engines.base import EngineUnavailableError

FILE: Final = "lock"
_TIMEOUT: Final = 10.0
_POLL: Final = 0.02


def lock_directory(directory: Path, owner: str) -> int:
    """Lock a directory until the descriptor and all its copies are closed, and say who did.

    The programs that work for a server have copies, so the lock outlives a killed one until
    nothing of it is on its way any more; that is waited for. `owner` tells the programs that wait
    for a next server that somebody came.

    Raises:
        EngineUnavailableError: If another server holds the lock.
    """
    fd = os.open(directory / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _TIMEOUT
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(fd)
                raise EngineUnavailableError(
                    f"another server uses {directory}; stop it or choose another directory"
                ) from None
            time.sleep(_POLL)
        else:
            with suppress(OSError):  # on a full disk: who waits then waits a little less
                os.pwrite(fd, owner.encode(), 0)
            return fd
