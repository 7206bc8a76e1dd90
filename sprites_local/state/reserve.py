"""A few megabytes that are kept for the database, for when the disk is full."""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

SIZE: Final = 8 << 20
"""More than the log of the database ever takes, which is written over again from 4 MB on."""
_PATIENCE: Final = 5.0


class Reserve:
    """A file that takes space until it is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = False
        self._tried = 0.0

    def keep(self) -> None:
        """Set the space aside again if it was used, when there is some."""
        if self._kept or (self._tried and time.monotonic() - self._tried < _PATIENCE):
            return
        self._tried = time.monotonic()
        with suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _allocate(descriptor)
                self._kept = True
            finally:
                os.close(descriptor)
                if not self._kept:
                    self._path.unlink()

    def use(self) -> bool:
        """Let the space go, also that of an earlier server; tell whether there was any."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        self._kept = False
        self._tried = time.monotonic()
        return True


if sys.platform == "linux":

    def _allocate(descriptor: int) -> None:
        os.posix_fallocate(descriptor, 0, SIZE)

else:

    def _allocate(descriptor: int) -> None:
        if os.write(descriptor, bytes(SIZE)) < SIZE:  # not sparse: that would reserve nothing
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
