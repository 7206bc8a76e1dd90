"""Changing files: directories, names, permissions, owners."""

from __future__ import annotations

import logging

import attrs

from sprites_facade._async.files_looking import AsyncFileLooks
from sprites_facade._concurrency import async_sleep
from sprites_facade._core import bodies_files as bodies
from sprites_facade._core import operations
from sprites_facade._core.calls import Call, given, upload
from sprites_facade._core.commands import HOME
from sprites_facade._core.errors import SpriteFileNotFoundError, SpritesError
from sprites_facade._core.file_errors import failure, missing
from sprites_facade._core.files import (
    RemotePath,
    octal,
    private_name,
)

logger = logging.getLogger("sprites")

# How long a server may go on with a request whose connection has ended.
_SETTLING = 0.3
# Existing bytes and permissions are not touched, and nobody's file is replaced.
_TOUCH = 'touch -- "$1"'
_CREATE = 'set -C; : > "$1"'


class AsyncFileChanges(AsyncFileLooks):
    """Change files."""

    async def mkdir(
        self,
        path: RemotePath,
        *,
        mode: int | None = None,
        parents: bool = False,
        exist_ok: bool = False,
    ) -> None:
        """Make a directory.

        The wire has no request for it. A file with a name that nobody else uses is written into
        the directory and removed again; no other file is touched. So two who make the same
        directory at the same time may both succeed.

        Args:
            path: The directory.
            mode: Its permissions, such as 0o700; the server's choice if left out.
            parents: Whether to make the directories that are missing above it.
            exist_ok: Whether it may be there already.

        Raises:
            SpriteFileExistsError: If there is something already.
            SpriteFileNotFoundError: If the directory above is missing.
        """
        wanted = None if mode is None else octal(mode)
        there = self._at(path)
        found = await self._peek(there, follow=exist_ok)
        if found is not None:
            if exist_ok and found.is_dir:
                return
            raise failure("EEXIST", "file exists", str(path))
        if not parents and not (await self.stat(there.parent)).is_dir:
            raise failure("ENOTDIR", "not a directory", str(there.parent))
        placeholder = there / private_name()
        try:
            await self._put(placeholder, b"", mode="0600", parents=True)
            await self._delete(placeholder)
        except SpritesError:
            raise
        except BaseException:
            await self._clear(placeholder, doubtful=True)
            raise
        if wanted is not None:
            await self._chmod(there, wanted)

    async def touch(
        self, path: RemotePath, *, mode: int | None = None, exist_ok: bool = True
    ) -> None:
        """Make an empty file, or set the time of one to now; its bytes and permissions stay.

        The wire has no request for it, so a command does it.

        Args:
            path: The file.
            mode: The permissions of a file that is made; the sprite's default if left out.
            exist_ok: Whether it may be there already.

        Raises:
            SpriteFileExistsError: If it is there and must not be.
        """
        wanted = None if mode is None else octal(mode)
        there = self._removable(path)
        if not (await self.stat(there.parent)).is_dir:
            raise failure("ENOTDIR", "not a directory", str(there.parent))
        known = await self._find(there)
        if known is not None and not exist_ok:
            raise failure("EEXIST", "file exists", str(path))
        await self._tool(_TOUCH if exist_ok else _CREATE, path=there)
        if known is None and wanted is not None:
            await self._chmod(there, wanted)

    async def remove(self, path: RemotePath, *, missing_ok: bool = False) -> None:
        """Remove a file, a link, or an empty directory.

        Args:
            path: What to remove.
            missing_ok: Whether it may be gone already.
        """
        self._removable(path)
        try:
            await self._delete(path)
        except SpriteFileNotFoundError:
            if not missing_ok:
                raise

    async def rmtree(self, path: RemotePath, *, missing_ok: bool = False) -> None:
        """Remove a directory and everything in it.

        Args:
            path: The directory; a link to one is refused.
            missing_ok: Whether it may be gone already.
        """
        there = self._removable(path)
        found = await self._peek(there, follow=False)
        if found is None:
            if missing_ok:
                return
            raise missing(path)
        if not found.is_dir or found.type == "symlink":
            raise failure("ENOTDIR", "not a directory", str(path))
        await self._delete(there, recursive=True)

    async def rename(self, source: RemotePath, dest: RemotePath) -> None:
        """Move a file or a directory to another path; a file that is there is replaced."""
        for path in (source, dest):
            self._removable(path)
        body = bodies.file_rename(self._wire(source), self._wire(dest), as_root=self._root)
        await self._send(operations.rename_file(self._name, body=body), source)

    async def copy(
        self,
        source: RemotePath,
        dest: RemotePath,
        *,
        recursive: bool = False,
        preserve: bool = False,
    ) -> None:
        """Copy a file, within the sprite.

        Args:
            source: What to copy.
            dest: The path of the copy itself, not of a directory to put it into.
            recursive: Copy a directory with everything in it.
            preserve: Keep owner and times, as far as the server does that.
        """
        self._removable(dest)
        body = bodies.file_copy(
            self._wire(source),
            self._wire(dest),
            recursive=recursive,
            preserve=preserve,
            as_root=self._root,
        )
        await self._send(operations.copy_file(self._name, body=body), source)

    async def chmod(self, path: RemotePath, mode: int, *, recursive: bool = False) -> None:
        """Set the permissions, such as 0o755, of a file, or of all that is in a directory too."""
        await self._chmod(path, octal(mode), recursive=recursive)

    async def chown(
        self,
        path: RemotePath,
        uid: int | str | None = None,
        gid: int | str | None = None,
        *,
        recursive: bool = False,
    ) -> None:
        """Set the owner or the group, by number or name; that usually takes `as_root()`."""
        body = bodies.file_owner_change(
            self._wire(path), uid=uid, gid=gid, recursive=recursive, as_root=self._root
        )
        await self._send(operations.change_file_owner(self._name, body=body), path)

    async def _chmod(self, path: RemotePath, mode: str, *, recursive: bool = False) -> None:
        body = bodies.file_mode_change(
            self._wire(path), mode, recursive=recursive, as_root=self._root
        )
        await self._send(operations.change_file_mode(self._name, body=body), path)

    async def _delete(self, path: RemotePath, *, recursive: bool = False) -> None:
        call = operations.delete_file(
            self._name,
            path=self._wire(path),
            working_dir=HOME,
            recursive=given(recursive or None),
            as_root=given(self._root or None),
        )
        await self._send(call, path)

    async def _clear(self, *paths: RemotePath, doubtful: bool) -> None:
        """Remove files of our own; a failure of that is logged.

        Args:
            paths: The files, which may be gone.
            doubtful: Whether a request for one was broken off, and may be carried out still.
        """
        if doubtful:
            await async_sleep(_SETTLING)
        for path in paths:
            try:
                await self.remove(path, missing_ok=True)
            except SpritesError as exc:
                logger.warning("a temporary file may be left over: %s", exc)

    async def _put(self, path: RemotePath, data: bytes, *, mode: str | None, parents: bool) -> None:
        """Write a whole file in one request."""
        await self._send(self._write_call(path, data, mode, parents=parents), path)

    async def _put_again(
        self, path: RemotePath, data: bytes, *, mode: str | None, parents: bool
    ) -> None:
        """Write a file that nobody else knows, which can do no harm if it is done twice."""
        call = self._write_call(path, data, mode, parents=parents)
        await self._send(attrs.evolve(call, safe_to_retry=True), path)

    def _write_call(
        self, path: RemotePath, data: bytes, mode: str | None, *, parents: bool
    ) -> Call[None]:
        return operations.write_file(
            self._name,
            path=self._wire(path),
            working_dir=HOME,
            mode=given(mode),
            mkdir_parents=parents,  # servers know this by one name or by the other
            mkdir=parents,
            as_root=given(self._root or None),
            body=upload(data),
        )
