"""Putting whole files into a sprite, and copying inside it."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from typing import IO

from attrs import frozen

from sprites_local import powerless
from sprites_local.beside import new_name
from sprites_local.engines.base import FileInfo, Files
from sprites_local.files import MOST_ENTRIES, FileManager, Target

DEFAULT_MODE = 0o644
_CHUNK = 1 << 20
_PERMISSIONS = 0o777


@frozen
class Copied:
    """One file, link or directory that was copied."""

    source: str
    dest: str
    size: int


async def write(
    manager: FileManager, target: Target, data: IO[bytes], *, mode: int | None, parents: bool
) -> int:
    """Replace a file by complete data, or create it, and return its mode.

    Readers see the old file or the new one, and a crash leaves one of them.
    """
    async with manager.opened(target) as files:
        if target.path.endswith("/"):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        existing = await _stat(files, target.path)
        if existing is not None and existing.type != "file":
            return await _write_through(files, target.path, data, mode)
        try:
            return await _replace(files, target, data, mode, existing, parents=parents)
        except PermissionError:
            # The file may be writable in a directory that is not.
            if existing is None:
                raise
            return await _write_through(files, target.path, data, mode)


async def copy(
    manager: FileManager, target: Target, dest: str, *, recursive: bool, attributes: bool
) -> list[Copied]:
    """Copy a file or, recursively, a directory; the copies are new files of the acting user."""
    async with manager.opened(target) as files:
        top = await files.stat(target.path)
        if top.type == "directory" and not recursive:
            raise IsADirectoryError(errno.EISDIR, "is a directory, and recursive is not set")
        if (dest.rstrip("/") + "/").startswith(target.path.rstrip("/") + "/"):
            raise OSError(errno.EINVAL, "cannot be copied into itself")
        copied: list[Copied] = []
        pending = [(top, target.path, dest)]
        while pending:
            info, source, goal = pending.pop()
            copied.append(Copied(source, goal, info.size if info.type == "file" else 0))
            if len(copied) > MOST_ENTRIES:
                raise OSError(errno.EINVAL, f"more than {MOST_ENTRIES} entries")
            await _copy_one(files, info, source, goal)
            if info.type == "directory":
                pending += [
                    (below, below.path, posixpath.join(goal, below.name))
                    for below in await files.list(source)
                    if below.type in {"file", "directory"}
                ]
            if attributes:
                await files.chown(goal, info.uid, info.gid)
    return copied


async def _copy_one(files: Files, info: FileInfo, source: str, goal: str) -> None:
    if info.type == "directory":
        await _make_directory(files, goal)
    else:
        reader = await files.open(source, os.O_RDONLY)
        with os.fdopen(reader, "rb") as data:
            writer = await files.open(goal, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, info.mode)
            await powerless.in_thread(_fill, writer, data)
    await files.chmod(goal, info.mode)


async def _make_directory(files: Files, path: str) -> None:
    try:
        await files.mkdir(path)
    except FileExistsError:
        if (await files.stat(path)).type != "directory":
            raise


async def _make_parents(files: Files, path: str) -> None:
    missing = []
    while await _stat(files, path) is None:
        missing.append(path)
        path = posixpath.dirname(path)
    for directory in reversed(missing):
        await _make_directory(files, directory)


async def _stat(files: Files, path: str) -> FileInfo | None:
    try:
        return await files.stat(path, follow=False)
    except FileNotFoundError:
        return None


async def _replace(
    files: Files,
    target: Target,
    data: IO[bytes],
    mode: int | None,
    existing: FileInfo | None,
    *,
    parents: bool,
) -> int:
    """Write a file beside the old one, then put it in its place."""
    if mode is None:
        mode = DEFAULT_MODE if existing is None else existing.mode
    directory = posixpath.dirname(target.path)
    beside = posixpath.join(directory, new_name(replaces=existing is not None))
    try:
        descriptor = await _create(files, beside, mode)
    except FileNotFoundError:
        if not parents:
            raise
        await _make_parents(files, directory)
        descriptor = await _create(files, beside, mode)
    try:
        # A umask, a default access control list, or one of the special bits leaves some to do.
        exact = stat.S_IMODE(os.fstat(descriptor).st_mode) == mode
        await powerless.in_thread(_fill, descriptor, data)
        if existing is not None and target.as_root:
            await files.chown(beside, existing.uid, existing.gid)
        if not exact:
            await files.chmod(beside, mode)
        await files.rename(beside, target.path)
    except BaseException:
        await files.remove(beside)
        raise
    return mode


async def _create(files: Files, path: str, mode: int) -> int:
    return await files.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode & _PERMISSIONS)


async def _write_through(files: Files, path: str, data: IO[bytes], mode: int | None) -> int:
    """Write to what a path leads to, in place: a link's file, or one that cannot be replaced."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    descriptor = await files.open(path, flags, DEFAULT_MODE if mode is None else mode)
    await powerless.in_thread(_fill, descriptor, data)
    if mode is not None:
        await files.chmod(path, mode)
    return (await files.stat(path)).mode


def _fill(descriptor: int, data: IO[bytes]) -> None:
    """Write all the data from its start and close the descriptor."""
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        data.seek(0)
        while chunk := data.read(_CHUNK):
            view = memoryview(chunk)
            while view:
                view = view[file.write(view) :]
