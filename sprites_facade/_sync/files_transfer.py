# Written by scripts/unasync.py from sprites_facade/_async/files_transfer.py. Do not edit.
"""Files and trees between this machine and a sprite."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from sprites_facade._blocking import blocking
from sprites_facade._concurrency import Handler, handle
from sprites_facade._core.errors import SpriteFileExistsError
from sprites_facade._core.file_errors import failure
from sprites_facade._core.file_values import Transfer, TransferProgress
from sprites_facade._core.files import (
    RemotePath,
    local_path,
    permissions,
    private_name,
    safe_name,
)
from sprites_facade._core.models import FileEntry
from sprites_facade._core.transfers import Ledger, LocalItem, local_tree
from sprites_facade._duplex import chunks
from sprites_facade._sync.file_content import Content
from sprites_facade._sync.files_content import FileContents

LocalPath: TypeAlias = str | os.PathLike[str]
_CHUNK = 1024 * 1024
# Nobody nests links to directories this deep, but a link to its own directory does.
_MOST_LINKS = 8


class FileTransfers(FileContents):
    """Upload and download."""

    def upload(
        self,
        local: LocalPath,
        remote: RemotePath,
        *,
        progress: Handler[TransferProgress] | None = None,
    ) -> Transfer:
        """Copy a file, or a directory with everything in it, into the sprite.

        Permissions are kept, links are followed. Each file is put in place at once, when all of it
        has arrived; directories that are there are added to.

        Args:
            local: A file or a directory of this machine.
            remote: Its path in the sprite, not of a directory to put it into.
            progress: Called after each piece.
        """
        here, there = local_path(local), self._at(remote)
        items = blocking(lambda: list(local_tree(here)))
        ledger = Ledger.of(item.size for item in items if not item.is_dir)
        for item in items:
            target = there.joinpath(*item.parts)
            if item.is_dir:
                self._ensure_dir(target, item.mode)
                ledger.directories += 1
            else:
                self._upload_file(item, target, ledger, progress)
        return ledger.result()

    def download(
        self,
        remote: RemotePath,
        local: LocalPath,
        *,
        progress: Handler[TransferProgress] | None = None,
    ) -> Transfer:
        """Copy a file, or a directory with everything in it, out of the sprite.

        Permissions are kept, links are followed. A file is written beside its place and moved
        there when all of it has arrived. A dropped connection is taken up where it broke, unless
        the file has changed.

        Args:
            remote: A file or a directory of the sprite.
            local: Its path on this machine, not of a directory to put it into.
            progress: Called after each piece.
        """
        there, here = self._at(remote), local_path(local)
        entry = self.stat(there)
        if not entry.is_dir:
            ledger = Ledger(files_total=1, total=entry.size)
            self._download_file(there, entry, here, ledger, progress)
            return ledger.result()
        found = self._remote_tree(there, PurePosixPath(), 0)
        ledger = Ledger.of(item.size for _, item in found if not item.is_dir)
        self._make_local_dir(here, ledger)
        for parts, item in found:
            target = here.joinpath(*parts.parts)
            if item.is_dir:
                self._make_local_dir(target, ledger)
            else:
                self._download_file(there / parts, item, target, ledger, progress)
        self._restore_modes(here, [(PurePosixPath(), entry), *found])
        return ledger.result()

    def _upload_file(
        self,
        item: LocalItem,
        target: PurePosixPath,
        ledger: Ledger,
        progress: Handler[TransferProgress] | None,
    ) -> None:
        replacement = self._replacement(target, mode=item.mode, parents=True)
        file = blocking(open, item.path, "rb")
        try:
            for piece in chunks(file, _CHUNK):
                replacement.add(memoryview(piece))
                self._tell(progress, ledger, target, len(piece))
        except BaseException:
            replacement.abandon()
            raise
        finally:
            blocking(file.close)
        replacement.finish()
        self._tell(progress, ledger, target, 0, done=True)

    def _ensure_dir(self, path: PurePosixPath, mode: int) -> None:
        """Make a directory, unless it is there; then its permissions stay."""
        with suppress(SpriteFileExistsError):
            found = self._peek(path)
            if found is None:
                # One that its owner may not write to could not be filled.
                self.mkdir(path, mode=mode | 0o700, parents=True)
            elif not found.is_dir:
                raise failure("ENOTDIR", "not a directory", str(path))

    def _remote_tree(
        self, root: PurePosixPath, below: PurePosixPath, links: int
    ) -> list[tuple[PurePosixPath, FileEntry]]:
        """Return what is in a directory and below, each directory before what is in it."""
        found = []
        for entry in self.list(root / below):
            place = below / self._checked(entry, root / below)
            deeper = links
            if entry.type == "symlink":
                deeper += 1
                entry = self.stat(root / place)  # noqa: PLW2901 - what it leads to
            if deeper > _MOST_LINKS:
                raise failure("ELOOP", "too many levels of symbolic links", str(root / place))
            found.append((place, entry))
            if entry.is_dir:
                found += self._remote_tree(root, place, deeper)
        return found

    def _checked(self, entry: FileEntry, directory: PurePosixPath) -> str:
        """Return the name of an entry, if it cannot lead out of the directory it is put into."""
        if not safe_name(entry.name):
            raise failure("EINVAL", "the server listed a name that is none", str(directory))
        return entry.name

    def _make_local_dir(self, path: Path, ledger: Ledger) -> None:
        blocking(path.mkdir, parents=True, exist_ok=True)
        ledger.directories += 1

    def _restore_modes(self, here: Path, found: list[tuple[PurePosixPath, FileEntry]]) -> None:
        """Give directories their permissions, from the leaves up: one may be read-only."""
        for place, entry in reversed(found):
            mode = permissions(entry.mode)
            if entry.is_dir and mode is not None:
                blocking(here.joinpath(*place.parts).chmod, mode & 0o777)

    def _download_file(
        self,
        source: PurePosixPath,
        entry: FileEntry,
        target: Path,
        ledger: Ledger,
        progress: Handler[TransferProgress] | None,
    ) -> None:
        if blocking(target.is_dir):
            raise IsADirectoryError(f"{str(target)!r} is a directory; name the file itself")
        beside = target.with_name(private_name())
        content = self._content(source, entry)
        file = blocking(open, beside, "xb")
        try:
            try:
                self._pump(content, file, ledger, progress)
            finally:
                content.close()
                blocking(file.close)
            mode = permissions(entry.mode)
            if mode is not None:
                # Set-user-id and the like are for the sprite, not for this machine.
                blocking(beside.chmod, mode & 0o777)
            blocking(beside.replace, target)
        except BaseException:
            blocking(beside.unlink, missing_ok=True)
            raise
        self._tell(progress, ledger, source, 0, done=True)

    def _pump(
        self,
        content: Content,
        file: Any,
        ledger: Ledger,
        progress: Handler[TransferProgress] | None,
    ) -> None:
        while (piece := content.piece()) is not None:
            blocking(file.write, piece)
            self._tell(progress, ledger, content.path, len(piece))

    def _tell(
        self,
        progress: Handler[TransferProgress] | None,
        ledger: Ledger,
        path: PurePosixPath,
        size: int,
        *,
        done: bool = False,
    ) -> None:
        ledger.size += size
        ledger.files += done
        if progress is not None:
            handle(progress, ledger.progress(str(path)))
