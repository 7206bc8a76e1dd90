"""Files and trees between this machine and a sprite."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

from sprites_facade._async.file_content import AsyncContent
from sprites_facade._async.files_content import AsyncFileContents
from sprites_facade._blocking import async_blocking
from sprites_facade._concurrency import AsyncHandler, async_handle
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
from sprites_facade._duplex import async_chunks

LocalPath: TypeAlias = str | os.PathLike[str]
_CHUNK = 1024 * 1024
# Nobody nests links to directories this deep, but a link to its own directory does.
_MOST_LINKS = 8


class AsyncFileTransfers(AsyncFileContents):
    """Upload and download."""

    async def upload(
        self,
        local: LocalPath,
        remote: RemotePath,
        *,
        progress: AsyncHandler[TransferProgress] | None = None,
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
        items = await async_blocking(lambda: list(local_tree(here)))
        ledger = Ledger.of(item.size for item in items if not item.is_dir)
        for item in items:
            target = there.joinpath(*item.parts)
            if item.is_dir:
                await self._ensure_dir(target, item.mode)
                ledger.directories += 1
            else:
                await self._upload_file(item, target, ledger, progress)
        return ledger.result()

    async def download(
        self,
        remote: RemotePath,
        local: LocalPath,
        *,
        progress: AsyncHandler[TransferProgress] | None = None,
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
        entry = await self.stat(there)
        if not entry.is_dir:
            ledger = Ledger(files_total=1, total=entry.size)
            await self._download_file(there, entry, here, ledger, progress)
            return ledger.result()
        found = await self._remote_tree(there, PurePosixPath(), 0)
        ledger = Ledger.of(item.size for _, item in found if not item.is_dir)
        await self._make_local_dir(here, ledger)
        for parts, item in found:
            target = here.joinpath(*parts.parts)
            if item.is_dir:
                await self._make_local_dir(target, ledger)
            else:
                await self._download_file(there / parts, item, target, ledger, progress)
        await self._restore_modes(here, [(PurePosixPath(), entry), *found])
        return ledger.result()

    async def _upload_file(
        self,
        item: LocalItem,
        target: PurePosixPath,
        ledger: Ledger,
        progress: AsyncHandler[TransferProgress] | None,
    ) -> None:
        replacement = self._replacement(target, mode=item.mode, parents=True)
        file = await async_blocking(open, item.path, "rb")
        try:
            async for piece in async_chunks(file, _CHUNK):
                await replacement.add(memoryview(piece))
                await self._tell(progress, ledger, target, len(piece))
        except BaseException:
            await replacement.abandon()
            raise
        finally:
            await async_blocking(file.close)
        await replacement.finish()
        await self._tell(progress, ledger, target, 0, done=True)

    async def _ensure_dir(self, path: PurePosixPath, mode: int) -> None:
        """Make a directory, unless it is there; then its permissions stay."""
        with suppress(SpriteFileExistsError):
            found = await self._peek(path)
            if found is None:
                # One that its owner may not write to could not be filled.
                await self.mkdir(path, mode=mode | 0o700, parents=True)
            elif not found.is_dir:
                raise failure("ENOTDIR", "not a directory", str(path))

    async def _remote_tree(
        self, root: PurePosixPath, below: PurePosixPath, links: int
    ) -> list[tuple[PurePosixPath, FileEntry]]:
        """Return what is in a directory and below, each directory before what is in it."""
        found = []
        for entry in await self.list(root / below):
            place = below / self._checked(entry, root / below)
            deeper = links
            if entry.type == "symlink":
                deeper += 1
                entry = await self.stat(root / place)  # noqa: PLW2901 - what it leads to
            if deeper > _MOST_LINKS:
                raise failure("ELOOP", "too many levels of symbolic links", str(root / place))
            found.append((place, entry))
            if entry.is_dir:
                found += await self._remote_tree(root, place, deeper)
        return found

    def _checked(self, entry: FileEntry, directory: PurePosixPath) -> str:
        """Return the name of an entry, if it cannot lead out of the directory it is put into."""
        if not safe_name(entry.name):
            raise failure("EINVAL", "the server listed a name that is none", str(directory))
        return entry.name

    async def _make_local_dir(self, path: Path, ledger: Ledger) -> None:
        await async_blocking(path.mkdir, parents=True, exist_ok=True)
        ledger.directories += 1

    async def _restore_modes(
        self, here: Path, found: list[tuple[PurePosixPath, FileEntry]]
    ) -> None:
        """Give directories their permissions, from the leaves up: one may be read-only."""
        for place, entry in reversed(found):
            mode = permissions(entry.mode)
            if entry.is_dir and mode is not None:
                await async_blocking(here.joinpath(*place.parts).chmod, mode & 0o777)

    async def _download_file(
        self,
        source: PurePosixPath,
        entry: FileEntry,
        target: Path,
        ledger: Ledger,
        progress: AsyncHandler[TransferProgress] | None,
    ) -> None:
        if await async_blocking(target.is_dir):
            raise IsADirectoryError(f"{str(target)!r} is a directory; name the file itself")
        beside = target.with_name(private_name())
        content = self._content(source, entry)
        file = await async_blocking(open, beside, "xb")
        try:
            try:
                await self._pump(content, file, ledger, progress)
            finally:
                await content.aclose()
                await async_blocking(file.close)
            mode = permissions(entry.mode)
            if mode is not None:
                # Set-user-id and the like are for the sprite, not for this machine.
                await async_blocking(beside.chmod, mode & 0o777)
            await async_blocking(beside.replace, target)
        except BaseException:
            await async_blocking(beside.unlink, missing_ok=True)
            raise
        await self._tell(progress, ledger, source, 0, done=True)

    async def _pump(
        self,
        content: AsyncContent,
        file: Any,
        ledger: Ledger,
        progress: AsyncHandler[TransferProgress] | None,
    ) -> None:
        while (piece := await content.piece()) is not None:
            await async_blocking(file.write, piece)
            await self._tell(progress, ledger, content.path, len(piece))

    async def _tell(
        self,
        progress: AsyncHandler[TransferProgress] | None,
        ledger: Ledger,
        path: PurePosixPath,
        size: int,
        *,
        done: bool = False,
    ) -> None:
        ledger.size += size
        ledger.files += done
        if progress is not None:
            await async_handle(progress, ledger.progress(str(path)))
