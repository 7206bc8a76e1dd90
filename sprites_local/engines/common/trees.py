"""The files of all sprites of a data directory, a tree with its copies each."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path

from sprites_local.engines.base import EngineError
from sprites_local.engines.common.guardians import Guardians
from sprites_local.engines.common.identifiers import check_identifiers
from sprites_local.engines.common.lock import lock_directory
from sprites_local.engines.copies import CopyTree
from sprites_local.engines.copies.durable import times_tell
from sprites_local.engines.copies.remove import remove_tree

log = logging.getLogger(__name__)


class Trees:
    """The trees, and the lock of the directory that they are in."""

    def __init__(self, directory: Path) -> None:
        self.lock = -1
        """Descriptor of the directory's lock, inherited by the programs that run sprites."""
        self.guardians = Guardians(directory / "guardians")
        self._directory = directory
        self._sprites = directory / "sprites"
        self._remember = False
        self._trees: dict[str, CopyTree] = {}

    def open(self) -> None:
        """Make the directory and lock it."""
        self._sprites.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        self.lock = lock_directory(self._directory, secrets.token_hex(16))
        self.guardians.open()
        self._remember = times_tell(self._sprites)

    def close(self) -> None:
        """Let go of the lock."""
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1

    def recover(self, sprites: Mapping[str, Collection[str]]) -> None:
        """Finish what a crash interrupted; delete what belongs to no known sprite."""
        for path in self._sprites.iterdir():
            if path.name.startswith("."):
                remove_tree(path)
            elif path.name not in sprites:
                self.tree(path.name).destroy()
        for sprite, checkpoints in sprites.items():
            try:
                self.require(sprite).recover(checkpoints)
            except EngineError as error:  # one damaged sprite is no reason to serve none
                log.error("Sprite %s could not be brought in order: %s", sprite, error)  # noqa: TRY400

    def sprites(self) -> list[str]:
        """Name the sprites that there are files of."""
        return [path.name for path in self._sprites.iterdir() if not path.name.startswith(".")]

    def tree(self, sprite: str) -> CopyTree:
        """Return a sprite's tree, always the same one: it holds the lock of its store."""
        check_identifiers(sprite)
        new = CopyTree(self._sprites / sprite, remember=self._remember)
        return self._trees.setdefault(sprite, new)

    def require(self, sprite: str) -> CopyTree:
        """Return the tree of a sprite that there is.

        Raises:
            EngineError: If there is none.
        """
        tree = self.tree(sprite)
        if not tree.directory.exists():
            raise EngineError(f"there is no sprite {sprite}")
        return tree

    def forget(self, sprite: str) -> None:
        """Let go of a tree that was destroyed."""
        self._trees.pop(sprite, None)
