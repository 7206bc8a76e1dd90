"""A living tree beside its store, and the exchange of one tree for another."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path

from sprites_local import linux
from sprites_local.engines.copies.dirfds import open_directory
from sprites_local.engines.copies.durable import replace_file, sync_directory
from sprites_local.engines.copies.errors import CopyError
from sprites_local.engines.copies.remove import remove_tree
from sprites_local.engines.copies.store import CopyStore, Kept


class CopyTree:
    """A directory that holds `live/`, the tree in use, and `store/`, its checkpoints.

    A restore builds the whole tree beside the living one and then exchanges the two, so a crash
    leaves one or the other, never a mixture. `recover` finishes what a crash interrupted.
    """

    def __init__(self, directory: Path, *, remember: bool = True, atomic: bool = True) -> None:
        """Use the directory that `create` made.

        Args:
            directory: The directory.
            remember: See `CopyStore`.
            atomic: Exchange trees in one step, where the system can; else by two renames.
        """
        self.directory = directory
        self.live = directory / "live"
        self._store = CopyStore(directory / "store", remember=remember)
        self._new = directory / "new"
        self._old = directory / "old"
        self._journal = directory / "restore.json"
        self._draft = directory / "restore.json.new"
        self._atomic = atomic and sys.platform == "linux"

    def create(self, populate: Callable[[Path], None]) -> None:
        """Make tree and store; nothing of it is there until all of it is."""
        draft = CopyTree(self.directory.with_name(f".new-{self.directory.name}"))
        remove_tree(draft.directory)
        draft.live.mkdir(parents=True)
        draft._store.create()
        populate(draft.live)
        draft.directory.rename(self.directory)
        sync_directory(self.directory.parent)

    def destroy(self) -> None:
        """Delete everything; an interrupted deletion is finished by deleting `.gone-…`."""
        gone = self.directory.with_name(f".gone-{self.directory.name}")
        remove_tree(gone)
        try:
            self.directory.rename(gone)
        except FileNotFoundError:
            return
        remove_tree(gone)

    def checkpoint(
        self, checkpoint: str, pause: AbstractContextManager[object] | None = None
    ) -> Kept:
        """Keep what the tree holds now; see `CopyStore.checkpoint`."""
        return self._store.checkpoint(self.live, checkpoint, pause)

    def restore(self, checkpoint: str) -> None:
        """Replace the tree by a kept one; nothing may run in it.

        Raises:
            CopyError: If the checkpoint is unknown or altered; the tree is then as it was.
        """
        replace_file(self._journal, self._draft, json.dumps({"checkpoint": checkpoint}).encode())
        try:
            self._remove_leftovers()
            self._new.mkdir()
            contents = self._store.build(checkpoint, self._new, self.live)
            self._exchange()
            self._store.learn(self.live, contents)
        finally:
            self._clean()

    def has(self, checkpoint: str) -> bool:
        """Tell whether there is a checkpoint."""
        return checkpoint in self._store.checkpoints()

    def delete(self, checkpoint: str) -> None:
        """Delete a checkpoint; an unknown one is no error."""
        self._store.delete(checkpoint)

    def is_restoring(self) -> bool:
        """Tell whether a restore has begun and not ended."""
        return self._journal.exists()

    def recover(self, checkpoints: Collection[str]) -> None:
        """Finish an interrupted restore; forget checkpoints that are not among the given."""
        if self._old.exists() and not self.live.exists():
            self._old.rename(self.live)
        wanted = self._interrupted()
        if wanted in checkpoints and self.has(wanted):
            self.restore(wanted)
        self._clean()
        self._store.keep_only(checkpoints)

    def _interrupted(self) -> str:
        try:
            text = self._journal.read_bytes()
        except FileNotFoundError:
            return ""
        return str(json.loads(text)["checkpoint"])

    def _exchange(self) -> None:
        if not (self._atomic and self._swap()):
            self.live.rename(self._old)
            self._new.rename(self.live)
        sync_directory(self.directory)
        self._remove_leftovers()

    def _swap(self) -> bool:
        fd = open_directory(self.directory)
        try:
            linux.exchange(fd, self._new.name, self.live.name)
        except OSError:  # not on this file system: two renames and the journal do as well
            return False
        finally:
            os.close(fd)
        return True

    def _clean(self) -> None:
        """Remove what a restore leaves, its journal last."""
        if not self.live.exists():
            raise CopyError(
                "the sprite's files are not in their place; a recovery brings them back"
            )
        self._remove_leftovers()
        self._journal.unlink(missing_ok=True)
        sync_directory(self.directory)

    def _remove_leftovers(self) -> None:
        remove_tree(self._new)
        remove_tree(self._old)
        self._draft.unlink(missing_ok=True)
