"""What a listing means: some servers list what is in a directory, some the directory itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from sprites_facade._core.file_errors import failure
from sprites_facade._core.files import absolute
from sprites_facade._core.models import FileEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import PurePosixPath


def entry_itself(entries: Sequence[FileEntry], path: PurePosixPath) -> FileEntry | None:
    """Return the entry of the path itself from a listing of it; None if there is none."""
    for entry in entries:
        if entry.path and absolute(entry.path) == path:
            return entry
    only = entries[0] if len(entries) == 1 else None
    return only if only is not None and not only.path and only.name == path.name else None


def entry_within(entries: Iterable[FileEntry], path: PurePosixPath) -> FileEntry | None:
    """Return the entry of a path from a listing of its parent; None if there is none."""
    for entry in entries:
        # A parent that lists itself may have the same name.
        if entry.name == path.name and not (entry.path and absolute(entry.path) == path.parent):
            return entry
    return None


def contents(entries: Sequence[FileEntry], path: PurePosixPath) -> list[FileEntry]:
    """Return what is in a directory.

    Raises:
        SpriteNotADirectoryError: If the listing shows that it is none.
    """
    itself = entry_itself(entries, path)
    if itself is None:
        return list(entries)
    if len(entries) == 1 and not itself.is_dir:
        raise failure("ENOTDIR", "not a directory", str(path))
    return [entry for entry in entries if entry is not itself]


def bare_directory(path: PurePosixPath) -> FileEntry:
    """Return an entry for a directory of which nothing else is known."""
    return FileEntry(name=path.name, path=str(path), type="directory", is_dir=True)


def placed(entry: FileEntry, directory: PurePosixPath) -> FileEntry:
    """Return an entry with the path that the server left out."""
    return attrs.evolve(entry, path=str(directory / entry.name))


def link_target(link: FileEntry, *, type: str | None, size: int | None = None) -> FileEntry:
    """Return what is known of what a link leads to; its permissions and its time are not."""
    return attrs.evolve(
        link,
        type=type,
        size=size,
        mode=None,
        modified_at=None,
        is_dir=type == "directory",
        extra={},
    )
