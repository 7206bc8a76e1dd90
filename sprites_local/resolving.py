"""Opening a directory by a path that is resolved inside a root and cannot leave it.

The kernel does it (`openat2`) where it can; else the path is walked step by step. Standard library
only: the file agent of the full tier runs this module too.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import Final

from sprites_local import linux

MAX_LINKS: Final = 40
_MAX_RETRIES: Final = 100
_TRAVERSE: Final = (
    getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
)


def open_inside(root: int, path: str) -> int:
    """Open the directory at `path`, an absolute path inside `root`."""
    if HAS_OPENAT2:
        resolve = linux.RESOLVE_IN_ROOT | linux.RESOLVE_NO_MAGICLINKS
        for _ in range(_MAX_RETRIES):
            try:
                return linux.openat2(root, path, _TRAVERSE & ~os.O_NOFOLLOW, resolve=resolve)
            except OSError as error:
                if error.errno != errno.EAGAIN:  # something was renamed during a `..`
                    raise OSError(error.errno, os.strerror(error.errno or 0), path) from None
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN), path)
    return _walk(root, path)


def _walk(root: int, path: str) -> int:
    """Resolve a directory step by step; the stack of open directories makes `..` safe."""
    todo = path.split("/")[::-1]
    stack = [os.dup(root)]
    links = 0
    try:
        while todo:
            name = todo.pop()
            if name == "..":
                if len(stack) > 1:
                    os.close(stack.pop())
            elif name not in {"", "."}:
                target = _step(stack, name)
                if target is not None:
                    links += 1
                    if links > MAX_LINKS:
                        raise too_many_links(path)
                    if target.startswith("/"):
                        while len(stack) > 1:
                            os.close(stack.pop())
                    todo += target.split("/")[::-1]
        return stack.pop()
    finally:
        for fd in stack:
            os.close(fd)


def _step(stack: list[int], name: str) -> str | None:
    """Go one directory down, or return the target of a link instead."""
    for _ in range(_MAX_RETRIES):
        try:
            stack.append(os.open(name, _TRAVERSE, dir_fd=stack[-1]))
        except OSError as error:
            if error.errno not in {errno.ELOOP, errno.ENOTDIR}:
                raise
            refusal = error
        else:
            return None
        try:
            return os.readlink(name, dir_fd=stack[-1])
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        # No link (any more): a file, or a directory that somebody just put there.
        if not stat.S_ISDIR(os.stat(name, dir_fd=stack[-1], follow_symlinks=False).st_mode):
            raise refusal
    raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN), name)


def is_link(directory: int, name: str) -> bool:
    """Tell whether there is a link of this name."""
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def too_many_links(path: str) -> OSError:
    """Return the error for links that lead in circles."""
    return OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def _probe_openat2() -> bool:
    if sys.platform != "linux":  # the number means another call there
        return False
    try:
        os.close(linux.openat2(-100, ".", _TRAVERSE, resolve=linux.RESOLVE_NO_MAGICLINKS))
    except OSError:
        return False
    return True


HAS_OPENAT2 = _probe_openat2()
