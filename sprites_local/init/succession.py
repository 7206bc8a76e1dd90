"""How a sprite's guardian waits for a next server, after its own was killed.

A guardian is the program that a sprite's life hangs on: the launcher in the tier rootless, the
supervisor in the tier portable. Standard library only.

The lock of the data directory orders everything, see docs/adr/0022-guardians.md. While its server
lives, a guardian holds a copy of that server's lock. When the server is gone, it listens first and
gives its copy away then, so who gets the lock can reach every guardian that still lives. One that
waited long enough takes the lock again, beside others like it, and makes sure that nobody came.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from typing import Final

from sprites_local.init import peers

POLL: Final = 0.25
"""Seconds between two looks at the lock: no call waits for it and a clock."""
_BACKLOG: Final = 4
_LONGEST_NAME: Final = 100


class Succession:
    """What a guardian was given for the time after its server."""

    def __init__(self, listener: int, file: int, lock: int, seconds: float, user: int) -> None:
        """Take what was inherited.

        Args:
            listener: A socket that is bound where the next server looks for it.
            file: The lock's file, opened once more: locks are of descriptors.
            lock: A copy of the server's lock.
            seconds: How long to wait; 0 is not at all.
            user: Whose servers may come.
        """
        self.listener = socket.socket(fileno=listener)
        self.listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._file = file
        self._lock: int | None = lock
        self._seconds = seconds
        self._user = user
        self._owner = ""
        self._deadline = 0.0
        for inherited in (listener, file, lock):
            os.set_inheritable(inherited, False)  # noqa: FBT003

    def begin(self) -> bool:
        """Leave the lock to a next server; False if none is to be waited for."""
        if not self._seconds:
            return False
        self.listener.listen(_BACKLOG)
        self._wait_for(named(self._file))
        self._give_lock_away()
        return True

    def is_over(self) -> bool:
        """Tell whether nobody came in time; if so, nobody can come before this process ends."""
        owner = named(self._file)
        if owner != self._owner:  # a server that came: if it is killed, its time counts
            self._wait_for(owner)
        elif time.monotonic() > self._deadline:
            with suppress(BlockingIOError):  # a server is there, and will ask for us
                fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                if named(self._file) == self._owner:
                    return True
                fcntl.flock(self._file, fcntl.LOCK_UN)
        return False

    def accept(self) -> socket.socket | None:
        """Take the connection of a next server, of nobody else."""
        with suppress(OSError):
            sock, _ = self.listener.accept()
            if peers.user_of(sock) == self._user:
                return sock
            sock.close()
        return None

    def take_up(self, lock: int, seconds: float) -> None:
        """Belong to a next server: hold its lock, and wait as long as it wishes."""
        self._give_lock_away()
        self._lock = lock
        self._seconds = seconds

    def _wait_for(self, owner: str) -> None:
        self._owner = owner
        self._deadline = time.monotonic() + self._seconds

    def _give_lock_away(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def named(lock: int) -> str:
    """Return which server had a lock last, as its file says."""
    return os.pread(lock, _LONGEST_NAME, 0).decode(errors="replace")
