"""Looking at files: lists, entries, what is there."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TypeAlias

from sprites_facade._async.files_base import AsyncFilesBase
from sprites_facade._core import operations
from sprites_facade._core.calls import given
from sprites_facade._core.commands import HOME
from sprites_facade._core.errors import (
    APIStatusError,
    FileSystemError,
    SpriteFileNotFoundError,
    SpriteIsADirectoryError,
    SpriteNotADirectoryError,
    SpritePermissionError,
)
from sprites_facade._core.file_errors import missing
from sprites_facade._core.file_values import read_span
from sprites_facade._core.files import (
    RemotePath,
    absolute,
    builtin_errors,
    common_pattern,
    plain_pattern,
)
from sprites_facade._core.globbing import matches
from sprites_facade._core.listing import (
    bare_directory,
    contents,
    entry_itself,
    entry_within,
    link_target,
    placed,
)
from sprites_facade._core.models import FileEntry

Entries: TypeAlias = list[FileEntry]  # within the class, `list` is a method
_NO_RANGE = 416


class AsyncFileLooks(AsyncFilesBase):
    """Look at files.

    The wire has lists only. Whether a server lists what is in a directory or the directory itself,
    the entry of a path is looked for in the list of its parent first.
    """

    async def list(
        self, path: RemotePath = ".", *, recursive: bool = False, pattern: str | None = None
    ) -> Entries:
        """Return the entries of a directory.

        Args:
            path: The directory.
            recursive: Also return what is in its directories, but not behind links.
            pattern: Only return entries whose name matches this, such as `*.py`.

        Raises:
            SpriteNotADirectoryError: If it is a file.
        """
        there = self._at(path)
        if recursive:
            found = await self._below(there)
        else:
            wanted = pattern if pattern is None or common_pattern(pattern) else None
            found = contents(await self._entries(there, pattern=wanted), there)
        return [entry for entry in found if pattern is None or matches(entry.name, pattern)]

    async def stat(self, path: RemotePath, *, follow_symlinks: bool = True) -> FileEntry:
        """Return what is known of a file or a directory.

        Of what a link leads to, the wire tells the type and the size of a file only; what it does
        not tell is None. Pass `follow_symlinks=False` for the entry of the link itself.

        Raises:
            SpriteFileNotFoundError: If there is nothing, or a link to nothing.
        """
        found = await self._look(self._at(path), follow=follow_symlinks)
        if found is None:
            raise missing(path)
        return found

    async def exists(self, path: RemotePath, *, follow_symlinks: bool = True) -> bool:
        """Tell whether there is something; a link to nothing counts only if not followed."""
        return await self._peek(path, follow=follow_symlinks) is not None

    async def is_dir(self, path: RemotePath) -> bool:
        """Tell whether it is a directory, or a link to one."""
        found = await self._peek(path)
        return found is not None and found.is_dir

    async def is_file(self, path: RemotePath) -> bool:
        """Tell whether it is a file, or a link to one."""
        found = await self._peek(path)
        return found is not None and not found.is_dir

    async def is_symlink(self, path: RemotePath) -> bool:
        """Tell whether it is a link, wherever that leads."""
        found = await self._peek(path, follow=False)
        return found is not None and found.type == "symlink"

    async def _peek(self, path: RemotePath, *, follow: bool = True) -> FileEntry | None:
        """Return an entry, None if there is none, or if the way to it leads nowhere."""
        try:
            return await self._look(self._at(path), follow=follow)
        except (SpriteFileNotFoundError, SpriteNotADirectoryError):
            return None
        except FileSystemError as exc:
            if exc.code == "ELOOP":  # a link that leads to itself
                return None
            raise

    async def _look(self, path: PurePosixPath, *, follow: bool) -> FileEntry | None:
        found = await self._find(path)
        if found is not None and follow and found.type == "symlink":
            return await self._target(path, found)
        return found

    async def _find(self, path: PurePosixPath) -> FileEntry | None:
        """Return the entry of a path itself, not of what it leads to."""
        if path.name in {"", ".."}:
            found = await self._entries(path)
            return entry_itself(found, path) or bare_directory(path)
        try:
            near = await self._entries(path.parent, pattern=plain_pattern(path.name))
        except SpritePermissionError:
            return await self._find_directly(path, parent_known=False)
        return entry_within(near, path) or await self._find_directly(path, parent_known=True)

    async def _find_directly(self, path: PurePosixPath, *, parent_known: bool) -> FileEntry | None:
        """Find an entry that the list of the parent, or a part of that list, did not show."""
        try:
            found = await self._entries(path)
        except SpriteFileNotFoundError:
            return None
        itself = entry_itself(found, path)
        if itself is not None or not parent_known:
            return itself or bare_directory(path)
        # A pattern may have been understood in another way.
        near = entry_within(await self._entries(path.parent), path)
        return near or (bare_directory(path) if found else None)

    async def _target(self, path: PurePosixPath, link: FileEntry) -> FileEntry | None:
        """Return what is known of what a link leads to, None if that is nothing."""
        try:
            found = await self._entries(path)
        except SpriteFileNotFoundError:
            return None
        except SpriteNotADirectoryError:
            return await self._probe(path, link)
        itself = entry_itself(found, path)
        if itself is None:
            return link_target(link, type="directory")
        return itself if itself.type != "symlink" else await self._probe(path, link)

    async def _probe(self, path: PurePosixPath, link: FileEntry) -> FileEntry | None:
        """Tell a link to a file from a link to nothing by reading a byte."""
        call = operations.read_file(
            self._name, path=str(path), working_dir=HOME, range_="bytes=0-0"
        )
        try:
            with builtin_errors(path):
                body = await self._transport.open(call.about(f"file {str(path)!r}"))
        except SpriteFileNotFoundError:
            return None
        except SpriteIsADirectoryError:
            return link_target(link, type="directory")
        except (FileSystemError, APIStatusError) as exc:
            if exc.status == _NO_RANGE:  # of an empty file there is no first byte
                return link_target(link, type="file", size=0)
            if isinstance(exc, FileSystemError) and exc.code == "EINVAL":
                return link_target(link, type=None)  # a pipe or a device, which nobody reads
            raise
        span = read_span(body.status, body.headers, 0)
        await body.aclose()
        return link_target(link, type="file", size=span.total if span else None)

    async def _below(self, path: PurePosixPath) -> Entries:
        """List a tree; a server that does not go into directories is asked for each."""
        found = contents(await self._entries(path, recursive=True), path)
        found = [entry if entry.path else placed(entry, path) for entry in found]
        filled = {absolute(str(entry.path)).parent for entry in found}
        for entry in tuple(found):
            place = absolute(str(entry.path))
            if entry.is_dir and entry.type != "symlink" and place not in filled:
                found += await self._below(place)
        return found

    async def _entries(
        self, path: RemotePath, *, recursive: bool = False, pattern: str | None = None
    ) -> Entries:
        call = operations.list_files(
            self._name,
            path=str(self._at(path)),
            working_dir=HOME,
            recursive=given(recursive or None),
            pattern=given(pattern),
        )
        return await self._send(call, path)
