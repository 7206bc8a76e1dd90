# Written by scripts/unasync.py from sprites_facade/_async/paths.py. Do not edit.
"""Paths in a sprite, used as those of `pathlib`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal, TypeAlias, overload

from sprites_facade._concurrency import Handler, handle
from sprites_facade._core.errors import FileSystemError
from sprites_facade._core.file_errors import failure
from sprites_facade._core.globbing import ANY_DEPTH, directories_only, is_magic, matches, segments
from sprites_facade._core.models import FileEntry
from sprites_facade._fileobjects import TextFile
from sprites_facade._sync.file_objects import FileReader, FileWriter
from sprites_facade._sync.files_content import TextMode
from sprites_facade._sync.paths_pure import PurePath

_Known: TypeAlias = dict[PurePosixPath, list[FileEntry]]


class SpritePath(PurePath):
    """A path in a sprite, which can be read, written and walked as a `pathlib.Path`."""

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """Tell whether there is something."""
        return self._files.exists(self._path, follow_symlinks=follow_symlinks)

    def is_dir(self) -> bool:
        """Tell whether it is a directory, or a link to one."""
        return self._files.is_dir(self._path)

    def is_file(self) -> bool:
        """Tell whether it is a file, or a link to one."""
        return self._files.is_file(self._path)

    def is_symlink(self) -> bool:
        """Tell whether it is a link."""
        return self._files.is_symlink(self._path)

    def stat(self, *, follow_symlinks: bool = True) -> FileEntry:
        """Return what is known of it."""
        return self._files.stat(self._path, follow_symlinks=follow_symlinks)

    def lstat(self) -> FileEntry:
        """Return what is known of it; of a link, not of what it leads to."""
        return self._files.stat(self._path, follow_symlinks=False)

    def read_bytes(self) -> bytes:
        """Return the content."""
        return self._files.read_bytes(self._path)

    def read_text(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the content as text."""
        return self._files.read_text(self._path, encoding, errors)

    def write_bytes(self, data: bytes, *, mode: int | None = None) -> int:
        """Replace the content, or make the file; return how many bytes were written."""
        return self._files.write_bytes(self._path, data, mode=mode, parents=False)

    def write_text(
        self,
        text: str,
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
        *,
        mode: int | None = None,
    ) -> int:
        """Replace the content by a text, or make the file; return how many bytes it is."""
        return self._files.write_text(
            self._path, text, encoding, errors, newline, mode=mode, parents=False
        )

    @overload
    def open(
        self,
        mode: TextMode = "r",
        *,
        encoding: str = ...,
        errors: str = ...,
        newline: str | None = ...,
    ) -> TextFile: ...

    @overload
    def open(self, mode: Literal["rb"]) -> FileReader: ...

    @overload
    def open(self, mode: Literal["wb", "xb"]) -> FileWriter: ...

    def open(
        self,
        mode: str = "r",
        *,
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
    ) -> TextFile | FileReader | FileWriter:
        """Open the file; see `open` of the sprite's files."""
        text = (encoding, errors, newline)
        return self._files._opening(self._path, mode, text, parents=False)

    def mkdir(
        self, mode: int | None = None, *, parents: bool = False, exist_ok: bool = False
    ) -> None:
        """Make the directory."""
        self._files.mkdir(self._path, mode=mode, parents=parents, exist_ok=exist_ok)

    def touch(self, mode: int | None = None, *, exist_ok: bool = True) -> None:
        """Make an empty file, or set the time of one to now; its bytes and permissions stay."""
        self._files.touch(self._path, mode=mode, exist_ok=exist_ok)

    def unlink(self, *, missing_ok: bool = False) -> None:
        """Remove the file or the link."""
        found = self._files._peek(self._path, follow=False)
        if found is not None and found.is_dir and found.type != "symlink":
            raise failure("EISDIR", "is a directory", str(self._path))
        self._files.remove(self._path, missing_ok=missing_ok)

    def rmdir(self) -> None:
        """Remove the directory, which must be empty."""
        found = self._files.stat(self._path, follow_symlinks=False)
        if not found.is_dir or found.type == "symlink":
            raise failure("ENOTDIR", "not a directory", str(self._path))
        self._files.remove(self._path)

    def rename(self, target: str | PurePosixPath | PurePath) -> SpritePath:
        """Move it to another path, and return that; a file that is there is replaced."""
        moved = self._with(target)
        self._files.rename(self._path, moved.pure)
        return moved

    def replace(self, target: str | PurePosixPath | PurePath) -> SpritePath:
        """Move it to another path, and return that; the same as `rename` for files in a sprite."""
        return self.rename(target)

    def symlink_to(self, target: str | PurePosixPath | PurePath) -> None:
        """Make this a link to the target; a relative one is seen from the link's directory."""
        self._files.symlink(target, self._path)

    def readlink(self) -> SpritePath:
        """Return what the link leads to, as it is written there; `resolve` follows it."""
        return self._with(self._files.readlink(self._path))

    def resolve(self, *, strict: bool = False) -> SpritePath:
        """Return the absolute path without links and `..`; see `resolve` of the sprite's files."""
        return self._with(self._files.resolve(self._path, strict=strict))

    def chmod(self, mode: int) -> None:
        """Set the permissions."""
        self._files.chmod(self._path, mode)

    def iterdir(self) -> Iterator[SpritePath]:
        """Yield what is in the directory, in the server's order."""
        for entry in self._files.list(self._path):
            yield self / entry.name

    def walk(
        self,
        *,
        top_down: bool = True,
        on_error: Handler[FileSystemError] | None = None,
        follow_symlinks: bool = False,
    ) -> Iterator[tuple[SpritePath, list[str], list[str]]]:
        """Yield each directory from here on, with the names of its directories and other files.

        Args:
            top_down: Yield a directory before those in it; names of directories that are removed
                from the list are then not walked into.
            on_error: Is told of a directory that cannot be listed, which is passed over.
            follow_symlinks: Walk into links to directories too, whether or not that has an end.
        """
        try:
            entries = self._files.list(self._path)
        except FileSystemError as exc:
            if on_error is not None:
                handle(on_error, exc)
            return
        directories: list[str] = []
        others: list[str] = []
        for entry in entries:
            inside = entry.is_dir and entry.type != "symlink"
            if entry.type == "symlink" and follow_symlinks:
                inside = (self / entry.name).is_dir()
            (directories if inside else others).append(entry.name)
        if top_down:
            yield self, directories, others
        for name in directories:
            deeper = (self / name).walk(
                top_down=top_down, on_error=on_error, follow_symlinks=follow_symlinks
            )
            for step in deeper:
                yield step
        if not top_down:
            yield self, directories, others

    def glob(self, pattern: str) -> Iterator[SpritePath]:
        """Yield what is below and matches, such as `**/*.py`; links are not walked into.

        A pattern that ends with a slash is of directories, and of links to some. `**` alone is of
        files too, as from Python 3.13 on.
        """
        seen: set[PurePosixPath] = set()
        for path in self._matching(self._path, segments(pattern), {}):
            fits = not directories_only(pattern) or self._files.is_dir(path)
            if fits and path not in seen:
                seen.add(path)
                yield self._with(path)

    def rglob(self, pattern: str) -> Iterator[SpritePath]:
        """Yield what is below at any depth and matches."""
        segments(pattern)
        for path in self.glob(f"{ANY_DEPTH}/{pattern}"):
            yield path

    def _matching(
        self, directory: PurePosixPath, wanted: tuple[str, ...], known: _Known
    ) -> Iterator[PurePosixPath]:
        first, rest = wanted[0], wanted[1:]
        if first == ANY_DEPTH:
            for path in self._at_any_depth(directory, wanted, known):
                yield path
        elif not is_magic(first):
            path = directory / first
            if rest or self._files.exists(path, follow_symlinks=False):
                for found in self._deeper(path, rest, known):
                    yield found
        else:
            for entry in self._listed(directory, known):
                if matches(entry.name, first) and not (rest and _is_file(entry)):
                    for found in self._deeper(directory / entry.name, rest, known):
                        yield found

    def _at_any_depth(
        self, directory: PurePosixPath, wanted: tuple[str, ...], known: _Known
    ) -> Iterator[PurePosixPath]:
        """Yield what matches from here on, and in each directory below."""
        entries = self._listed(directory, known)
        for found in self._deeper(directory, wanted[1:], known):
            yield found
        for entry in entries:
            if entry.is_dir and entry.type != "symlink":
                for found in self._matching(directory / entry.name, wanted, known):
                    yield found
            elif len(wanted) == 1:
                yield directory / entry.name

    def _deeper(
        self, path: PurePosixPath, rest: tuple[str, ...], known: _Known
    ) -> Iterator[PurePosixPath]:
        if not rest:
            yield path
            return
        for found in self._matching(path, rest, known):
            yield found

    def _listed(self, directory: PurePosixPath, known: _Known) -> list[FileEntry]:
        """List a directory once; what cannot be looked into has nothing that matches."""
        if directory not in known:
            try:
                known[directory] = self._files.list(directory)
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                known[directory] = []
        return known[directory]


def _is_file(entry: FileEntry) -> bool:
    return not entry.is_dir and entry.type == "file"
