"""Sprites and checkpoints in the pool.

    base-<fingerprint>            subvolume that new sprites are snapshots of
    sprites/<id>/live             subvolume: the sprite's files
    sprites/<id>/checkpoints/<c>  read-only subvolumes
    sprites/<id>/hostname         what the sprite calls itself
    sprites/<id>/restoring        until a restore is complete: a link to the checkpoint's id
    sprites/<id>/next             subvolume on its way in or out during a restore

Everything here blocks; the engine calls it in threads.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from sprites_local import linux
from sprites_local.engines.base import EngineError
from sprites_local.engines.full import btrfs, skeleton
from sprites_local.engines.full.pool import Pool

log = logging.getLogger(__name__)

_BASE_PREFIX: Final = "base-"
_DRAFT: Final = "draft"
_MAX_NAME: Final = 255
_LITTLE: Final = 8 << 20


class Store:
    """The contents of a pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._base = ""

    def prepare(self, interpreter: str | None) -> None:
        """Make the directories and the base system, unless they are there.

        Args:
            interpreter: The Python below /usr that runs PID 1; None for a copy of this one.
        """
        self._pool.make_directory("sprites")
        self._base = _BASE_PREFIX + skeleton.fingerprint(interpreter)
        old = [n for n in self._pool.names(".") if n.startswith(_BASE_PREFIX) and n != self._base]
        for name in [*old, _DRAFT]:
            self._drop(".", name)
        if not self._pool.exists(self._base):
            btrfs.create(self._pool.root, _DRAFT)
            skeleton.build(Path(f"/proc/self/fd/{self._pool.root}/{_DRAFT}"), interpreter)
            self._pool.sync()
            os.rename(_DRAFT, self._base, src_dir_fd=self._pool.root, dst_dir_fd=self._pool.root)
            os.fsync(self._pool.root)

    def subvolume(self, sprite: str) -> str:
        """Return the path of a sprite's files, relative to the top of the pool."""
        return f"sprites/{sprite}/live"

    def checkpoints(self, sprite: str) -> str:
        """Return the path of the directory of a sprite's checkpoints, in the same way."""
        return f"sprites/{sprite}/checkpoints"

    def create(self, sprite: str, hostname: str) -> None:
        """Make a sprite's files from the base system."""
        top = f"sprites/{sprite}"
        if self._pool.exists(f"{top}/live"):
            raise EngineError(f"there is a sprite {sprite} already")
        try:
            for path in (top, f"{top}/checkpoints"):
                self._pool.make_directory(path)
            with self._pool.directory(top) as directory, self._pool.directory(self._base) as base:
                self._write(directory, "hostname", hostname)
                btrfs.snapshot(base, directory, "live")
            with self._pool.directory(f"{top}/live/root/etc") as etc:
                skeleton.write_names(etc, hostname)
        except OSError:
            self.destroy(sprite)
            raise

    def hostname(self, sprite: str) -> str:
        """Return what a sprite calls itself."""
        return self._read(f"sprites/{sprite}/hostname") or sprite

    def names(self) -> list[str]:
        """Name all sprites."""
        return self._pool.names("sprites")

    def require(self, sprite: str) -> None:
        """Raise an error unless the sprite exists."""
        if not self._pool.exists(f"sprites/{sprite}/live"):
            raise EngineError(f"there is no sprite {sprite}")

    def destroy(self, sprite: str) -> None:
        """Delete a sprite with all its checkpoints, however incomplete it is."""
        top = f"sprites/{sprite}"
        for name in self._pool.names(f"{top}/checkpoints"):
            self._drop(f"{top}/checkpoints", name)
        for name in self._pool.names(top):
            if name != "checkpoints":
                self._drop(top, name)
        with suppress(FileNotFoundError):
            os.rmdir(f"{top}/checkpoints", dir_fd=self._pool.root)
        with suppress(FileNotFoundError):
            os.rmdir(top, dir_fd=self._pool.root)

    def sync(self) -> None:
        """Write out what is dirty, if it is much, so that a snapshot has little left to do.

        What the whole machine has not written yet bounds what the pool has not. With less than a
        snapshot writes in a moment, to do it twice would only take twice as long.
        """
        if _unwritten() > _LITTLE:
            self._pool.sync()

    def checkpoint(self, sprite: str, checkpoint: str) -> None:
        """Take a read-only snapshot; it is on disk when this returns."""
        with (
            self._pool.directory(f"sprites/{sprite}/live") as live,
            self._pool.directory(f"sprites/{sprite}/checkpoints") as directory,
        ):
            try:
                btrfs.snapshot(live, directory, checkpoint, read_only=True)
            except FileExistsError:
                raise EngineError(f"there is a checkpoint {checkpoint} already") from None

    def has_checkpoint(self, sprite: str, checkpoint: str) -> bool:
        """Tell whether there is a checkpoint."""
        return self._pool.exists(f"sprites/{sprite}/checkpoints/{checkpoint}")

    def delete_checkpoint(self, sprite: str, checkpoint: str) -> None:
        """Delete a checkpoint, if it is there."""
        self._drop(f"sprites/{sprite}/checkpoints", checkpoint)

    def begin_restore(self, sprite: str, checkpoint: str) -> None:
        """Write down that a restore begins; from here on it will be completed."""
        with self._pool.directory(f"sprites/{sprite}") as directory:
            with suppress(FileNotFoundError):
                os.unlink("restoring.new", dir_fd=directory)
            # A link that leads nowhere: unlike a file's, its content fits into a full pool.
            os.symlink(checkpoint, "restoring.new", dir_fd=directory)
            os.rename("restoring.new", "restoring", src_dir_fd=directory, dst_dir_fd=directory)
            os.fsync(directory)

    def finish_restore(self, sprite: str, checkpoint: str) -> None:
        """Exchange the files; may be repeated until `end_restore`."""
        top = f"sprites/{sprite}"
        self._drop(top, "next")
        with self._pool.directory(top) as directory:
            with self._pool.directory(f"{top}/checkpoints/{checkpoint}") as source:
                btrfs.snapshot(source, directory, "next")
            linux.exchange(directory, "next", "live")
            os.fsync(directory)
            btrfs.destroy(directory, "next")

    def end_restore(self, sprite: str) -> None:
        """Write down that a restore is complete, with its processes."""
        with self._pool.directory(f"sprites/{sprite}") as directory:
            os.unlink("restoring", dir_fd=directory)
            os.fsync(directory)

    def is_restoring(self, sprite: str) -> bool:
        """Tell whether a restore has begun and is not complete."""
        return self._pool.exists(f"sprites/{sprite}/restoring")

    def settle(self, sprite: str) -> None:
        """Complete a restore that was interrupted, if there was one."""
        checkpoint = self._restoring(sprite)
        if checkpoint is not None and self.has_checkpoint(sprite, checkpoint):
            self.finish_restore(sprite, checkpoint)
            self.end_restore(sprite)

    def recover(self, sprites: Mapping[str, Collection[str]]) -> None:
        """Remove what is unknown, complete what was interrupted."""
        for sprite in self._pool.names("sprites"):
            if sprite not in sprites:
                self.destroy(sprite)
        for sprite, known in sprites.items():
            if self._pool.exists(f"sprites/{sprite}/live"):
                self._recover_sprite(sprite, known)
            else:  # one damaged sprite is no reason to serve none
                log.error("The files of sprite %s are gone", sprite)

    def _recover_sprite(self, sprite: str, known: Collection[str]) -> None:
        top = f"sprites/{sprite}"
        self.settle(sprite)
        for name in ("restoring", "restoring.new", "next"):
            self._drop(top, name)
        for name in self._pool.names(f"{top}/checkpoints"):
            if name not in known:
                self._drop(f"{top}/checkpoints", name)

    def _drop(self, parent: str, name: str) -> None:
        """Delete a file or a subvolume, if it is there."""
        with suppress(FileNotFoundError), self._pool.directory(parent) as directory:
            try:
                os.unlink(name, dir_fd=directory)
            except IsADirectoryError:
                btrfs.destroy(directory, name)

    def _restoring(self, sprite: str) -> str | None:
        path = f"sprites/{sprite}/restoring"
        try:
            return os.readlink(path, dir_fd=self._pool.root)
        except FileNotFoundError:
            return None
        except OSError:  # a file, by an earlier version
            return self._read(path)

    def _read(self, path: str) -> str | None:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._pool.root)
        except FileNotFoundError:
            return None
        try:
            return os.read(fd, _MAX_NAME).decode()
        finally:
            os.close(fd)

    def _write(self, directory: int, name: str, text: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        fd = os.open(name, flags, 0o600, dir_fd=directory)
        try:
            os.write(fd, text.encode())
        finally:
            os.close(fd)


def _unwritten() -> int:
    """Return how many bytes of files this machine has not written to any disk yet."""
    rows = map(str.split, Path("/proc/meminfo").read_text().splitlines())
    return sum(int(row[1]) << 10 for row in rows if row[0] in ("Dirty:", "Writeback:"))
