"""What CRIU wrote down, outside of the pool, one directory for each checkpoint.

    images/<sprite>/<checkpoint>/outcome.json   what the checkpoint holds of processes, and why
    images/<sprite>/<checkpoint>/process/       CRIU's files, for the last checkpoints only
    images/<sprite>/.draft/                     on its way

Everything here blocks; the engine calls it in threads.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from sprites_local.engines.base import ProcessState, Saved

_SYNCS: Final = 8
_DRAFT: Final = ".draft"
_OUTCOME: Final = "outcome.json"
_PROCESS: Final = "process"


class Images:
    """The images of all sprites of a data directory."""

    def __init__(self, directory: Path, kept: int) -> None:
        self._directory = directory
        self._kept = kept

    def draft(self, sprite: str) -> Path:
        """Return a new directory for CRIU's files."""
        draft = self._directory / sprite / _DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        self._directory.mkdir(mode=0o700, exist_ok=True)
        # Looked up by processes that are no root of the host's yet; the top lets nobody pass.
        (draft / _PROCESS).mkdir(parents=True)
        return draft / _PROCESS

    def keep(self, sprite: str, checkpoint: str, saved: Saved) -> None:
        """Make the draft a checkpoint's, durably, and drop the images of old ones."""
        draft, target = self._directory / sprite / _DRAFT, self._directory / sprite / checkpoint
        if saved.processes != "saved":
            shutil.rmtree(draft / _PROCESS)
        outcome = {"processes": saved.processes, "reason": saved.reason}
        (draft / _OUTCOME).write_text(json.dumps(outcome))
        with ThreadPoolExecutor(_SYNCS) as threads:  # half as long as one after the other
            list(threads.map(_sync, (*draft.rglob("*"), draft)))
        draft.rename(target)
        _sync(target.parent)
        for old in self._with_images(sprite)[: -self._kept or None]:
            if old != target:
                shutil.rmtree(old / _PROCESS)

    def outcome(self, sprite: str, checkpoint: str) -> Saved | None:
        """Return what a checkpoint holds of processes; None if it was never asked for any."""
        directory = self._directory / sprite / checkpoint
        try:
            outcome = json.loads((directory / _OUTCOME).read_text())
        except FileNotFoundError:
            return None
        saved = Saved(cast("ProcessState", outcome["processes"]), outcome["reason"])
        if saved.processes == "saved" and not (directory / _PROCESS).is_dir():
            text = f"processes are kept for the last {self._kept} checkpoints only"
            return Saved("refused", text)
        return saved

    def process(self, sprite: str, checkpoint: str) -> Path:
        """Return the directory of CRIU's files."""
        return self._directory / sprite / checkpoint / _PROCESS

    def delete(self, sprite: str, checkpoint: str) -> None:
        """Delete those of one checkpoint, if there are any."""
        shutil.rmtree(self._directory / sprite / checkpoint, ignore_errors=True)

    def destroy(self, sprite: str) -> None:
        """Delete those of one sprite, if there are any."""
        shutil.rmtree(self._directory / sprite, ignore_errors=True)

    def recover(self, sprites: Mapping[str, Collection[str]]) -> None:
        """Delete what belongs to no known checkpoint."""
        for sprite in _names(self._directory):
            if sprite not in sprites:
                self.destroy(sprite)
                continue
            for name in _names(self._directory / sprite):
                if name not in sprites[sprite]:
                    self.delete(sprite, name)

    def _with_images(self, sprite: str) -> list[Path]:
        """Return the checkpoints that have CRIU's files, the oldest first."""
        top = self._directory / sprite
        found = [top / name for name in _names(top) if (top / name / _PROCESS).is_dir()]
        return sorted(found, key=lambda path: (path / _OUTCOME).stat().st_mtime_ns)


def _names(directory: Path) -> Iterator[str]:
    with suppress(FileNotFoundError):
        yield from sorted(entry.name for entry in directory.iterdir())


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
