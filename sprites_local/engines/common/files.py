"""File operations of the server itself, in threads, kept inside a sprite's root."""

from __future__ import annotations

import asyncio
import builtins
import os
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

from sprites_local import inotify, rooted
from sprites_local.engines.base import FileInfo

P = ParamSpec("P")
T = TypeVar("T")


class RootedFiles:
    """Implements `base.Files` on an open root directory, which it closes at the end."""

    def __init__(self, root: int, threads: Executor) -> None:
        """Take a root.

        Args:
            root: A descriptor of the sprite's root directory; owned from here on.
            threads: Where operations run, with the rights they are to have.
        """
        self._root = root
        self._threads = threads

    def close(self) -> None:
        """Close the root."""
        os.close(self._root)

    async def stat(self, path: str, *, follow: bool = True) -> FileInfo:
        """Describe one path."""
        return _info(await self._run(rooted.describe, self._root, path, follow=follow))

    async def list(self, path: str) -> builtins.list[FileInfo]:
        """Describe the entries of a directory."""
        return list(map(_info, await self._run(rooted.list_directory, self._root, path)))

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


def _info(entry: rooted.Entry) -> FileInfo:
    return FileInfo(*entry)  # type: ignore[arg-type]
