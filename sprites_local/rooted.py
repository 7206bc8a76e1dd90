"""File operations inside a directory that the operations cannot leave.

Every function takes the descriptor of a directory that stands for `/`, and an absolute path
inside it. The parent directory is resolved first, by the kernel (`openat2`) or step by step;
then the operation acts on one name in it without following a link. So a link that somebody swaps
in meanwhile leads nowhere.

Standard library only: the file agent of the full tier runs this module too.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

from sprites_local import inotify, linux, resolving

MOST_ENTRIES: Final = 100_000
"""What a directory may hold to be listed: a sprite can fill one without end."""
TOO_MANY: Final = errno.E2BIG
TOO_MANY_REASON: Final = f"more than {MOST_ENTRIES} entries"

_OPEN_FLAGS: Final = os.O_ACCMODE | os.O_CREAT | os.O_EXCL | os.O_TRUNC | os.O_APPEND
_HARMLESS: Final = os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC


class Entry(NamedTuple):
    """What `base.FileInfo` holds, in the same order."""

    path: str
    name: str
    type: str
    size: int
    mode: int
    mtime_ns: int
    uid: int
    gid: int


def describe(root: int, path: str, *, follow: bool = True) -> Entry:
    """Describe one path."""
    for directory, name in _locate(root, path, follow=follow):
        info = os.stat(name, dir_fd=directory, follow_symlinks=False)
        if not (follow and stat.S_ISLNK(info.st_mode)):
            return _entry(_normal(path), info)
    raise resolving.too_many_links(path)


def list_directory(root: int, path: str) -> list[Entry]:
    """Describe the entries of a directory, sorted by name.

    Raises:
        OSError: Of the number `TOO_MANY`, if there are more than `MOST_ENTRIES`.
    """
    top = _normal(path).rstrip("/")
    with _open_directory(root, path) as directory:
        found = []
        for name in sorted(_names(directory, path)):
            try:
                info = os.stat(name, dir_fd=directory, follow_symlinks=False)
            except FileNotFoundError:  # it went while we looked
                continue
            found.append(_entry(f"{top}/{name}", info))
        return found


def _names(directory: int, path: str) -> list[str]:
    with os.scandir(directory) as entries:
        names = [entry.name for entry in itertools.islice(entries, MOST_ENTRIES + 1)]
    if len(names) > MOST_ENTRIES:
        raise OSError(TOO_MANY, TOO_MANY_REASON, path)
    return names


def open_file(root: int, path: str, flags: int, mode: int = 0o644) -> int:
    """Open a regular file, following links inside the root; never wait, never truncate others."""
    wanted = (flags & _OPEN_FLAGS & ~os.O_TRUNC) | _HARMLESS
    exclusive = bool(flags & os.O_CREAT and flags & os.O_EXCL)
    for directory, name in _locate(root, path, follow=not exclusive):
        try:
            _refuse_special(os.stat(name, dir_fd=directory, follow_symlinks=False), path)
        except FileNotFoundError:
            if not flags & os.O_CREAT:
                raise
        try:
            fd = os.open(name, wanted, mode, dir_fd=directory)
        except OSError as error:
            if error.errno == errno.ELOOP:  # a link came in between
                continue
            raise
        return _checked(fd, path, truncate=bool(flags & os.O_TRUNC))
    raise resolving.too_many_links(path)


def make_directory(root: int, path: str, mode: int = 0o755) -> None:
    """Create one directory."""
    with _parent(root, path) as (directory, name):
        _refuse_root(name, path, errno.EEXIST)
        os.mkdir(name, mode, dir_fd=directory)


def listen(root: int, path: str, *, descriptors: int | None = None) -> socket.socket:
    """Put a listening Unix socket at `path` to which everybody may connect; Linux only.

    What is there is replaced. `descriptors` is as for `add_watch`.
    """
    with _parent(root, path) as (directory, name):
        _refuse_root(name, path, errno.EBUSY)
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=directory)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _bind(listener, directory, name, descriptors)
            fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
            try:
                if stat.S_ISSOCK(os.fstat(fd).st_mode):
                    linux.chmod_descriptor(fd, 0o666, descriptors)
            finally:
                os.close(fd)
            listener.listen()
        except BaseException:
            listener.close()
            raise
        return listener


def _bind(listener: socket.socket, directory: int, name: str, descriptors: int | None) -> None:
    if descriptors is None:
        listener.bind(f"/proc/self/fd/{directory}/{name}")
        return
    # A process of one thread, without a /proc of its own, may go there itself.
    os.fchdir(directory)
    try:
        listener.bind(name)
    finally:
        os.chdir("/")


def rename(root: int, source: str, dest: str) -> None:
    """Rename inside the root."""
    with _parent(root, source) as (old, old_name), _parent(root, dest) as (new, new_name):
        _refuse_root(old_name, source, errno.EBUSY)
        _refuse_root(new_name, dest, errno.EBUSY)
        os.rename(old_name, new_name, src_dir_fd=old, dst_dir_fd=new)


def change_mode(root: int, path: str, mode: int, *, descriptors: int | None = None) -> None:
    """Set permission bits, following links inside the root.

    `descriptors` is for `linux.chmod_descriptor`.
    """
    for directory, name in _locate(root, path, follow=True):
        if sys.platform != "linux":
            os.chmod(name, mode, dir_fd=directory, follow_symlinks=False)
            return
        fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
        try:
            if stat.S_ISLNK(os.fstat(fd).st_mode):
                continue
            linux.chmod_descriptor(fd, mode, descriptors)
        finally:
            os.close(fd)
        return
    raise resolving.too_many_links(path)


def add_watch(
    root: int, path: str, watch: int, mask: int, *, descriptors: int | None = None
) -> int:
    """Ask for notices about a directory, following links inside the root; see `inotify.add`.

    Args:
        root: What stands for `/`.
        path: The directory.
        watch: The descriptor for notices.
        mask: Which notices.
        descriptors: This process's own directory of descriptors, where /proc is another's.
    """
    with _open_directory(root, path) as directory:
        if descriptors is None:
            return inotify.add(watch, f"/proc/self/fd/{directory}", mask)
        os.fchdir(descriptors)
        try:
            return inotify.add(watch, str(directory), mask)
        finally:
            os.fchdir(root)


def change_owner(root: int, path: str, uid: int, gid: int) -> None:
    """Set owner and group, following links inside the root; -1 leaves one as it is."""
    for directory, name in _locate(root, path, follow=True):
        if stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
            continue
        os.chown(name, uid, gid, dir_fd=directory, follow_symlinks=False)
        return
    raise resolving.too_many_links(path)


def remove(root: int, path: str, *, recursive: bool = False) -> Iterator[str]:
    """Delete a file, a link, an empty directory or a tree; yield what went."""
    with _parent(root, path) as (directory, name):
        _refuse_root(name, path, errno.EBUSY)
        info = os.stat(name, dir_fd=directory, follow_symlinks=False)
        if not stat.S_ISDIR(info.st_mode):
            os.unlink(name, dir_fd=directory)
        else:
            if recursive:
                yield from _empty(directory, name, _normal(path))
            os.rmdir(name, dir_fd=directory)
        yield _normal(path)


def _empty(parent: int, name: str, path: str) -> Iterator[str]:
    """Delete what is in a directory, however deep, with one open descriptor at a time."""
    current = os.open(name, _READ_DIRECTORY, dir_fd=parent)
    above: list[tuple[str, str, tuple[int, int]]] = []
    try:
        while True:
            child, deleted = _delete_files(current, path)
            yield from deleted
            if child is not None:
                above.append((child, path, _identity(current)))
                current = _replace(current, child)
                path = f"{path}/{child}"
            elif above:
                child, outer, identity = above.pop()
                current = _replace(current, "..")
                if _identity(current) != identity:  # it was moved away under us
                    raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), path)
                os.rmdir(child, dir_fd=current)
                yield path
                path = outer
            else:
                return
    finally:
        os.close(current)


_READ_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def _delete_files(directory: int, path: str) -> tuple[str | None, list[str]]:
    """Delete all that is no directory; return one directory that is left, and what went."""
    child, deleted = None, []
    for name in sorted(os.listdir(directory)):
        if stat.S_ISDIR(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
            child = child or name
        else:
            os.unlink(name, dir_fd=directory)
            deleted.append(f"{path}/{name}")
    return child, deleted


def _replace(directory: int, name: str) -> int:
    """Open a directory next to another one, and close that."""
    opened = os.open(name, _READ_DIRECTORY, dir_fd=directory)
    os.close(directory)
    return opened


def _identity(fd: int) -> tuple[int, int]:
    info = os.fstat(fd)
    return info.st_dev, info.st_ino


@contextmanager
def _open_directory(root: int, path: str) -> Iterator[int]:
    for directory, name in _locate(root, path, follow=True):
        try:
            fd = os.open(name, _READ_DIRECTORY, dir_fd=directory)
        except OSError as error:
            # Where the last name became a link, Linux says ENOTDIR or ELOOP.
            if error.errno in {errno.ELOOP, errno.ENOTDIR} and resolving.is_link(directory, name):
                continue
            raise
        try:
            yield fd
        finally:
            os.close(fd)
        return
    raise resolving.too_many_links(path)


def _locate(root: int, path: str, *, follow: bool) -> Iterator[tuple[int, str]]:
    """Yield directory and name of `path`, anew each time the caller finds a link there."""
    for _ in range(resolving.MAX_LINKS):
        with _parent(root, path) as (directory, name):
            target = None
            if follow and name != ".":
                try:
                    target = os.readlink(name, dir_fd=directory)
                except OSError as error:
                    if error.errno not in {errno.EINVAL, errno.ENOENT}:
                        raise
            if target is None:
                yield directory, name
            else:
                path = target if target.startswith("/") else f"{_split(path)[0]}/{target}"


@contextmanager
def _parent(root: int, path: str) -> Iterator[tuple[int, str]]:
    """Open the directory that holds the last name of `path`; the root itself is `.`."""
    before, name = _split(path)
    if name in {"", ".", ".."}:
        before, name = path, "."
    fd = resolving.open_inside(root, before)
    try:
        yield fd, name
    finally:
        os.close(fd)


def _split(path: str) -> tuple[str, str]:
    if not path.startswith("/"):
        raise OSError(errno.EINVAL, "the path is not absolute", path)
    before, _, name = path.rstrip("/").rpartition("/")
    return before or "/", name


def _normal(path: str) -> str:
    return path.rstrip("/") or "/"


def _entry(path: str, info: os.stat_result) -> Entry:
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
    kind = kinds.get(stat.S_IFMT(info.st_mode), "other")
    name = path.rpartition("/")[2] or "/"
    mode = stat.S_IMODE(info.st_mode)
    return Entry(path, name, kind, info.st_size, mode, info.st_mtime_ns, info.st_uid, info.st_gid)


def _refuse_special(info: os.stat_result, path: str) -> None:
    if stat.S_ISDIR(info.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not (stat.S_ISREG(info.st_mode) or stat.S_ISLNK(info.st_mode)):
        raise OSError(errno.EINVAL, "not a regular file", path)


def _checked(fd: int, path: str, *, truncate: bool) -> int:
    """Make sure once more that a regular file was opened, then do the rest."""
    try:
        _refuse_special(os.fstat(fd), path)
        if truncate:
            os.ftruncate(fd, 0)
        os.set_blocking(fd, True)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _refuse_root(name: str, path: str, number: int) -> None:
    if name == ".":
        raise OSError(number, os.strerror(number), path)
