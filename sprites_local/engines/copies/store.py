"""The checkpoints of one tree."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from attrs import frozen

from sprites_local.engines.copies.build import Builder, OldTree
from sprites_local.engines.copies.database import Database, Inode, Seen, times_of
from sprites_local.engines.copies.dirfds import DirFds
from sprites_local.engines.copies.durable import RACY_NS, flush
from sprites_local.engines.copies.entries import Entry
from sprites_local.engines.copies.errors import AlteredError, CopyError
from sprites_local.engines.copies.objects import Objects
from sprites_local.engines.copies.scan import Pass, Scanner

_PASSES = 6


@frozen
class Kept:
    """What a checkpoint kept."""

    stable: bool
    """Two passes in a row saw the same: there was a moment when the tree was just this."""
    skipped: tuple[str, ...]
    """Paths that cannot be kept: sockets, mounts."""


class CopyStore:
    """Keeps checkpoints of a tree: contents by their digest, a tree of listings on top.

    Used by one process at a time. Methods may be called from any thread.
    """

    def __init__(self, directory: Path, *, remember: bool = True) -> None:
        """Use a store's directory.

        Args:
            directory: Where `create` made the store.
            remember: Trust inodes whose size and times did not change since they were read;
                right where `times_tell` says so.
        """
        self._directory = directory
        self._remember = remember
        self._lock = threading.Lock()

    def create(self) -> None:
        """Make an empty store."""
        (self._directory / "objects").mkdir(parents=True)
        Database.create(self._directory / "store.db")

    def checkpoint(
        self, live: Path, checkpoint: str, pause: AbstractContextManager[object] | None = None
    ) -> Kept:
        """Keep what a tree holds now; durable on return.

        The tree is read until two passes see the same, the first outside of `pause`, so that
        little is left to do while whatever changes the tree is stopped.

        Raises:
            CopyError: If the tree cannot be read or the store cannot be written.
        """
        with self._session() as (database, objects):
            if checkpoint in database.checkpoints():
                raise CopyError(f"checkpoint {checkpoint!r} exists already")
            before = database.seen()
            final, stable = self._settle(live, objects, before, pause or nullcontext())
            with database.transaction():
                objects.write()
                database.remember(before, final.seen)
                database.add_checkpoint(checkpoint, final.root)
        return Kept(stable, tuple(sorted(final.skipped)))

    def build(self, checkpoint: str, target: Path, old: Path | None) -> dict[Inode, Entry]:
        """Make a kept tree in an empty directory; return its files for `learn`.

        Args:
            checkpoint: Which tree.
            target: The directory to fill.
            old: The tree that `target` will replace; its unchanged files are linked.

        Raises:
            AlteredError: If the store no longer has what it was given.
            UnknownCheckpointError: If there is no such checkpoint.
        """
        with self._session() as (database, objects):
            builder = Builder(database, objects, target)
            try:
                with _opened(old) as dirs:
                    seen = database.seen() if self._remember else {}
                    builder.build(database.root(checkpoint), OldTree(dirs, seen))
            finally:
                builder.close()
            flush(target.parent)
            return builder.contents

    def learn(self, live: Path, contents: dict[Inode, Entry]) -> None:
        """Remember the inodes of a tree that was just built, before anything may write to it."""
        if not self._remember:
            return
        began = time.monotonic_ns()  # the time of day may be put back by hours
        seen: dict[Inode, Seen] = {}
        with DirFds(live) as dirs, self._session() as (database, _):
            for info in _files(dirs):
                entry = contents.get((info.st_dev, info.st_ino))
                if entry is not None:
                    key = (info.st_dev, info.st_ino)
                    seen[key] = Seen(*times_of(info), entry.value, entry.xattrs)
            with database.transaction():
                database.remember(database.seen(), seen)
        # A write within the same tick as the stat above would leave the times as they are.
        time.sleep(max(0.0, (began + RACY_NS - time.monotonic_ns()) / 1e9))

    def delete(self, checkpoint: str) -> None:
        """Forget a checkpoint and whatever only it needed; an unknown one is no error."""
        self._forget(lambda known: known == checkpoint)

    def keep_only(self, wanted: Collection[str]) -> None:
        """Forget all other checkpoints, and delete what a crash left."""
        self._forget(lambda known: known not in wanted)

    def _forget(self, unwanted: Callable[[str], bool]) -> None:
        with self._session() as (database, objects):
            with database.transaction():
                for checkpoint in filter(unwanted, database.checkpoints()):
                    database.remove_checkpoint(checkpoint)
                dead = database.collect()
            objects.delete(dead)
            objects.sweep()
            database.shrink()

    def checkpoints(self) -> list[str]:
        """Return the ids of all checkpoints."""
        with self._session() as (database, _):
            return database.checkpoints()

    @contextmanager
    def _session(self) -> Iterator[tuple[Database, Objects]]:
        with self._lock:
            try:
                database = Database(self._directory / "store.db")
                try:
                    yield database, Objects(self._directory / "objects", database)
                finally:
                    database.close()
            except sqlite3.DatabaseError as error:
                raise AlteredError(f"the checkpoint store's database fails: {error}") from error
            except OSError as error:
                name = error.filename
                what = Path(name).name if isinstance(name, str) else "the files"
                raise CopyError(f"cannot copy {what}: {error.strerror}") from error

    def _settle(
        self,
        live: Path,
        objects: Objects,
        seen: dict[Inode, Seen],
        pause: AbstractContextManager[object],
    ) -> tuple[Pass, bool]:
        """Read until nothing changes any more; give up after a few passes."""
        current = self._pass(live, objects, seen)
        with pause:
            for _ in range(_PASSES):
                previous = current
                current = self._pass(live, objects, previous.seen)
                if not current.moved and current.root == previous.root:
                    return current, True
        return current, False

    def _pass(self, live: Path, objects: Objects, seen: dict[Inode, Seen]) -> Pass:
        # Pages that a mapping writes to are clean after the flush: the next write to one of them
        # changes the file's times again, which is what remembering relies on.
        horizon = time.time_ns() - RACY_NS if self._remember else 0
        flush(live.parent)
        with DirFds(live) as dirs:
            return Scanner(dirs, objects, seen if self._remember else {}, horizon).run()


@contextmanager
def _opened(root: Path | None) -> Iterator[DirFds | None]:
    if root is None:
        yield None
        return
    with DirFds(root) as dirs:
        yield dirs


def _files(dirs: DirFds) -> Iterator[os.stat_result]:
    pending = [""]
    while pending:
        path = pending.pop()
        fd = dirs.get(path)
        with os.scandir(fd) as found:
            names = [child.name for child in found]
        for name in names:
            info = os.stat(name, dir_fd=fd, follow_symlinks=False)
            if stat.S_ISDIR(info.st_mode):
                pending.append(f"{path}/{name}" if path else name)
            elif stat.S_ISREG(info.st_mode):
                yield info
