"""One engine per directory."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from sprites_local.engines.base import EngineUnavailableError

_TIMEOUT: Final = 10.0
_POLL: Final = 0.02


def lock_directory(directory: Path) -> int:
    """Lock a directory until the descriptor and all its copies are closed.

    The supervisors of sprites inherit a copy, so the lock outlives a killed server until the
    last of its sprites is gone; they are waited for.

    Raises:
        EngineUnavailableError: If another server holds the lock.
    """
    fd = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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
            return fd
