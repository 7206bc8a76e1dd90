"""Files inside a sprite: opening, writing, listing, deleting, moving, marking.

Each operation holds the sprite's lock, so that a checkpoint contains all of it or nothing, and
none reaches into files that a restore has just exchanged. What clients send is complete before
the lock is taken, and what they read is streamed from a descriptor after it was let go.
"""

from __future__ import annotations

import errno
import fnmatch
import posixpath
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from attrs import frozen

from sprites_local import rooted
from sprites_local.engines.base import Engine, FileInfo, Files
from sprites_local.errors import file_refusal
from sprites_local.sprites import SpriteManager

MOST_ENTRIES = rooted.MOST_ENTRIES


@frozen
class Target:
    """A path in a sprite and who acts on it."""

    sprite: str
    """The sprite's name."""
    path: str
    """Absolute inside the sprite."""
    as_root: bool = False


def resolve(path: str, working_dir: str) -> str:
    """Make a path absolute; what `..` and links mean is the engine's to say, inside the root.

    Raises:
        FileError: If it is no path at all.
    """
    if not path or "\x00" in path or "\x00" in working_dir:
        raise invalid("not a path", path.replace("\x00", "?"))
    return posixpath.join("/", working_dir, path)


def invalid(reason: str, path: str) -> Exception:
    """Make the refusal of a request that makes no sense."""
    return file_refusal(OSError(errno.EINVAL, reason), path)


@contextmanager
def refusing(path: str) -> Iterator[None]:
    """Turn what the kernel says into an answer."""
    try:
        yield
    except OSError as error:
        raise file_refusal(error, path) from error


class FileManager:
    """File operations in all sprites."""

    def __init__(self, engine: Engine, sprites: SpriteManager) -> None:
        self._engine = engine
        self._sprites = sprites

    @asynccontextmanager
    async def opened(self, target: Target) -> AsyncIterator[Files]:
        """Wake the sprite and hold its lock and its files for one operation."""
        async with self._sprites.awake(target.sprite) as sprite:
            with refusing(target.path):
                async with self._engine.files(sprite.id, as_root=target.as_root) as files:
                    yield files

    async def open(self, target: Target, flags: int) -> int:
        """Open a regular file for reading; the descriptor is the caller's."""
        async with self.opened(target) as files:
            return await files.open(target.path, flags)

    async def entries(self, target: Target, *, recursive: bool, pattern: str) -> list[FileInfo]:
        """List a directory, or the one entry that a file is."""
        matches = _matcher(pattern)
        async with self.opened(target) as files:
            if not await _is_directory(files, target.path):
                return [await files.stat(target.path, follow=False)]
            found = [info async for info in _walk(files, target.path, recursive=recursive)]
        return [info for info in found if matches(info, target.path)]

    async def delete(self, target: Target, *, recursive: bool) -> list[str]:
        """Delete a file or a directory, and list what went."""
        with refusing(target.path):
            if posixpath.normpath(target.path) in {"/", "//"}:
                raise PermissionError(errno.EPERM, "the root cannot be deleted")
        async with self.opened(target) as files:
            return await files.remove(target.path, recursive=recursive)

    async def rename(self, target: Target, dest: str) -> None:
        """Rename a file or a directory."""
        async with self.opened(target) as files:
            await files.rename(target.path, dest)

    async def chmod(self, target: Target, mode: int, *, recursive: bool) -> list[FileInfo]:
        """Set permission bits, and list what they were set on."""
        async with self.opened(target) as files:
            affected = await _tree(files, target.path, recursive=recursive)
            # From the leaves up: a directory may become unreadable.
            for info in reversed(affected):
                await files.chmod(info.path, mode)
        return affected

    async def chown(
        self, target: Target, owner: tuple[int, int], *, recursive: bool
    ) -> list[FileInfo]:
        """Set owner and group, and list what they are now."""
        async with self.opened(target) as files:
            affected = await _tree(files, target.path, recursive=recursive)
            for info in reversed(affected):
                await files.chown(info.path, *owner)
            return [await files.stat(info.path, follow=False) for info in affected]


async def _is_directory(files: Files, path: str) -> bool:
    try:
        return (await files.stat(path)).type == "directory"
    except FileNotFoundError:
        # A link to nothing is an entry all the same; a missing one is told by the next look.
        return False


async def _tree(files: Files, path: str, *, recursive: bool) -> list[FileInfo]:
    """Return a path and, recursively, what is below, links left out: they have no mode."""
    top = await files.stat(path)
    if not recursive or top.type != "directory":
        return [top]
    below = [info async for info in _walk(files, path, recursive=True)]
    return [top, *(info for info in below if info.type != "symlink")]


async def _walk(files: Files, path: str, *, recursive: bool) -> AsyncIterator[FileInfo]:
    """Yield what is in a directory, and below, parents first."""
    count = 0
    pending = [path]
    while pending:
        for info in await files.list(pending.pop()):
            count += 1
            if count > MOST_ENTRIES:
                raise OSError(errno.EINVAL, f"more than {MOST_ENTRIES} entries")
            yield info
            if recursive and info.type == "directory":
                pending.append(info.path)


class _Matcher:
    """Matches names against a pattern of a shell; with a slash in it, paths below the top."""

    def __init__(self, pattern: str) -> None:
        self._regex = re.compile(fnmatch.translate(pattern))
        self._whole = "/" in pattern

    def __call__(self, info: FileInfo, top: str) -> bool:
        text = info.path[len(top.rstrip("/")) + 1 :] if self._whole else info.name
        return self._regex.match(text) is not None


def _matcher(pattern: str) -> _Matcher:
    return _Matcher(pattern or "*")
