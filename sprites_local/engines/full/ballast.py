"""Keeps the pool from promising more than its disk can hold.

The pool's image is sparse: a block takes space of the disk below it when it is first written. When
that disk is full by then, the write fails below btrfs. If it was one of its own blocks, btrfs gives
up and turns read-only, and all sprites with it; if it was a file's, what was written is lost though
it was accepted. Three things are done about it, by a thread that looks at the disk now and then.

- What the disk could not take is filled with a file in the pool that reserves space and writes
  none. Sprites then meet an ordinary "no space left on device", while there is a reserve.
- When the disk gets full, the image takes the space of btrfs's own blocks before it is written.
- What is deleted in the pool is given back to the disk.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from sprites_local import linux
from sprites_local.engines.full import space
from sprites_local.engines.full.pool import Pool

log = logging.getLogger(__name__)

RESERVE: Final = 256 << 20
"""Bytes of the disk that are left to others: the database, images, logs."""
INTERVAL: Final = 0.5
"""Seconds between two looks at the disk."""
_NEAR: Final = 2 << 30
"""From how many free bytes on the space of btrfs's own blocks is taken in advance."""
_TIGHT: Final = 64 << 20
_STEP: Final = 16 << 20
_LITTER: Final = 64 << 20
_UNHURRIED: Final = 10.0
_NAME: Final = "ballast"


class Ballast:
    """A file in the pool, as large as what the disk lacks, and the thread that keeps it so."""

    def __init__(self, pool: Pool, image: Path) -> None:
        self._pool = pool
        self._image = image
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._trimmed = 0.0

    def start(self) -> None:
        """Begin to look after the pool, which is open."""
        self.look()
        self._ended.clear()
        self._thread = threading.Thread(target=self._watch, name="sprites-ballast", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End that."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            thread.join()

    def look(self) -> None:
        """Do what there is to do now."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(_NAME, flags, 0o600, dir_fd=self._pool.root)
        try:
            if self._free() < _NEAR:
                self._back_metadata()
            if self._room() < _TIGHT:
                space.clean(self._pool.root)
            self._give_back(hurry=self._lacking() > 0)
            self._balance(fd)
        finally:
            os.close(fd)

    def _watch(self) -> None:
        while not self._ended.wait(INTERVAL):
            # What fails here fails again for somebody who is told.
            with suppress(OSError):
                self.look()

    def _balance(self, fd: int) -> None:
        size = os.fstat(fd).st_size
        if not _is_off(self._lacking(), size):
            return
        linux.syncfs(self._pool.root)  # what btrfs counts is as old as its last commit
        lacking = self._lacking()
        if lacking > 0:
            self._grow(fd, size, lacking)
        elif _is_off(lacking, size):
            os.ftruncate(fd, max(0, size + lacking))

    def _free(self) -> int:
        disk = os.statvfs(self._image)
        return disk.f_bavail * disk.f_frsize

    def _room(self) -> int:
        pool = os.fstatvfs(self._pool.root)
        return pool.f_bavail * pool.f_frsize

    def _lacking(self) -> int:
        """Return how many bytes could be written that the disk has no place for."""
        unused = self._image.stat().st_size - space.used(self._pool.root)
        return unused - (self._free() - RESERVE)

    def _grow(self, fd: int, size: int, amount: int) -> None:
        amount = min(amount, self._room())
        while amount >= _STEP:
            try:
                os.posix_fallocate(fd, size, amount)
            except OSError:
                amount //= 2  # metadata needs some of it
            else:
                if not size:
                    log.warning("The disk below the pool is nearly full: sprites have less space")
                return

    def _back_metadata(self) -> None:
        """Take space of the disk for each block of btrfs's own that might be written."""
        with self._image.open("r+b") as image:
            for chunk in space.chunks(self._pool.root):
                for place in () if chunk.is_data else chunk.places:
                    os.posix_fallocate(image.fileno(), place, chunk.length)

    def _give_back(self, *, hurry: bool) -> None:
        """Give the disk what was deleted in the pool, if it is much, and not too often."""
        litter = self._image.stat().st_blocks * 512 - space.used(self._pool.root)
        wait = INTERVAL if hurry else _UNHURRIED
        if litter < _LITTER or time.monotonic() - self._trimmed < wait:
            return
        space.trim(self._pool.root, space.chunks(self._pool.root))
        self._trimmed = time.monotonic()


def _is_off(lacking: int, size: int) -> bool:
    return lacking > 0 or (size > 0 and lacking < -_STEP)
