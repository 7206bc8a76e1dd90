"""File operations of the server itself, in threads, kept inside a sprite's root."""

from __future__ import annotations

import asyncio
import builtins
import errno
import os
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

from attrs import evolve, frozen

from sprites_local import inotify, rooted
from sprites_local.engines.base import FileInfo

P = ParamSpec("P")
T = TypeVar("T")


_NOBODY = 65_534


@frozen
class OnlyUser:
    """The one user of a sprite, whose numbers inside are not those that the host knows."""

    inside: int
    """User and group."""
    uid: int
    gid: int

    def outside(self, uid: int, gid: int) -> tuple[int, int]:
        """Return the host's numbers; -1 stays -1.

        Raises:
            PermissionError: If they are another's.
        """
        if not {uid, gid} <= {self.inside, -1}:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        return (uid if uid == -1 else self.uid), (gid if gid == -1 else self.gid)

    def seen(self, info: FileInfo) -> FileInfo:
        """Return what is seen inside, where all others are nobody."""
        uid = self.inside if info.uid == self.uid else _NOBODY
        return evolve(info, uid=uid, gid=self.inside if info.gid == self.gid else _NOBODY)


class RootedFiles:
    """Implements `base.Files` on an open root directory, which it closes at the end."""

    def __init__(self, root: int, threads: Executor, user: OnlyUser | None = None) -> None:
        """Take a root.

        Args:
            root: A descriptor of the sprite's root directory; owned from here on.
            threads: Where operations run, with the rights they are to have.
            user: Who there is, where numbers inside are not the host's.
        """
        self._root = root
        self._threads = threads
        self._user = user

    def close(self) -> None:
        """Close the root."""
        os.close(self._root)

    async def stat(self, path: str, *, follow: bool = True) -> FileInfo:
        """Describe one path."""
        return self._info(await self._run(rooted.describe, self._root, path, follow=follow))

    async def list(self, path: str) -> builtins.list[FileInfo]:
        """Describe the entries of a directory."""
        return list(map(self._info, await self._run(rooted.list_directory, self._root, path)))

    async def open(self, path: str, flags: int, mode: int = 0o644) -> int:
        """Open a regular file."""
        return await self._run(rooted.open_file, self._root, path, flags, mode)

    async def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Create one directory."""
        await self._run(rooted.make_directory, self._root, path, mode)

    async def remove(self, path: str, *, recursive: bool = False) -> builtins.list[str]:
        """Delete a file or a tree."""
        return await self._run(lambda: list(rooted.remove(self._root, path, recursive=recursive)))

    async def rename(self, source: str, dest: str) -> None:
        """Rename."""
        await self._run(rooted.rename, self._root, source, dest)

    async def chmod(self, path: str, mode: int) -> None:
        """Set permission bits."""
        await self._run(rooted.change_mode, self._root, path, mode)

    async def chown(self, path: str, uid: int, gid: int) -> None:
        """Set owner and group."""
        if self._user is not None:
            uid, gid = self._user.outside(uid, gid)
        await self._run(rooted.change_owner, self._root, path, uid, gid)

    async def open_watch(self) -> int:
        """Open a descriptor for notices."""
        return inotify.new()

    async def add_watch(self, watch: int, path: str, mask: int) -> int:
        """Ask for notices about a directory."""
        return await self._run(rooted.add_watch, self._root, path, watch, mask)

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))

    def _info(self, entry: rooted.Entry) -> FileInfo:
        info = FileInfo(*entry)  # type: ignore[arg-type]
        return info if self._user is None else self._user.seen(info)
