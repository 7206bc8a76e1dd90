"""Links: where they lead, and making them."""

from __future__ import annotations

from pathlib import PurePosixPath

from sprites_facade._async.files_changing import AsyncFileChanges
from sprites_facade._core.errors import SpriteFileNotFoundError, SpriteNotADirectoryError
from sprites_facade._core.file_errors import failure, missing
from sprites_facade._core.files import RemotePath

_READ = 'readlink -n "$1"'
# Into a directory that is there, `ln` would put the link.
_MAKE = """\
if [ -e "$1" ] || [ -L "$1" ]; then echo "File exists" >&2; exit 1; fi
ln -s -- "$2" "$1"
"""
_ROOT = PurePosixPath("/")
# As many as Linux follows.
_MOST_LINKS = 40


class AsyncFileLinks(AsyncFileChanges):
    """Read, make and follow links.

    The wire tells that something is a link, and no more. What one leads to is asked of a command,
    in the link's own directory.
    """

    async def readlink(self, path: RemotePath) -> str:
        """Return what a link leads to, as it is written there.

        A relative target is seen from the link's directory.

        Raises:
            SpriteFileNotFoundError: If there is nothing.
            FileSystemError: If it is no link, or leads to a name that is not UTF-8.
        """
        there = self._at(path)
        found = await self._find(there)
        if found is None:
            raise missing(path)
        if found.type != "symlink" or there.name in {"", ".."}:
            raise failure("EINVAL", "not a symbolic link", str(path))
        return await self._target_text(there)

    async def symlink(self, target: RemotePath, path: RemotePath) -> None:
        """Make a symbolic link; a command does it, as the sprite's user.

        Args:
            target: What it leads to, of which there may be nothing. It is written there as it is,
                so a relative one is seen from the link's directory.
            path: The link.

        Raises:
            SpriteFileExistsError: If there is something already.
        """
        text = self._wire(target)
        there = self._removable(path)
        if not (await self.stat(there.parent)).is_dir:
            raise failure("ENOTDIR", "not a directory", str(there.parent))
        if await self._find(there) is not None:
            raise failure("EEXIST", "file exists", str(path))
        await self._tool(_MAKE, text, path=there)

    async def resolve(self, path: RemotePath, *, strict: bool = False) -> PurePosixPath:
        """Return the absolute path without links and `..`.

        That takes a request for each part, and two for a link.

        Args:
            path: Where to begin.
            strict: Raise if there is nothing; otherwise the rest is taken as it is written.

        Raises:
            FileSystemError: If a link leads to itself.
        """
        done, links = _ROOT, 0
        ahead = _steps(self._at(path))
        while ahead:
            part = ahead.pop()
            if part == "..":
                done = done.parent
                continue
            target = await self._leads_to(done / part, strict=strict)
            if target is None:
                done /= part
                continue
            links += 1
            if links > _MOST_LINKS:
                raise failure("ELOOP", "too many levels of symbolic links", str(path))
            done = _ROOT if target.is_absolute() else done
            ahead += _steps(target)
        return done

    async def _leads_to(self, path: PurePosixPath, *, strict: bool) -> PurePosixPath | None:
        """Return what a link leads to; None of what is no link, or is missing and may be."""
        try:
            found = await self._find(path)
        except (SpriteFileNotFoundError, SpriteNotADirectoryError):
            if strict:
                raise
            return None
        if found is None and strict:
            raise missing(path)
        if found is None or found.type != "symlink":
            return None
        return PurePosixPath(await self._target_text(path))

    async def _target_text(self, link: PurePosixPath) -> str:
        try:
            return (await self._tool_bytes(_READ, path=link)).decode()
        except UnicodeDecodeError:
            text = "the link leads to a name that is not UTF-8"
            raise failure("EILSEQ", text, str(link)) from None


def _steps(path: PurePosixPath) -> list[str]:
    """Return the parts below the root, the first one last."""
    return [part for part in reversed(path.parts) if not part.startswith("/")]
