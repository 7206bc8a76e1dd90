"""Deleting a tree that may be hostile: deep, unreadable, changing, full of links."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from sprites_local.engines.copies.dirfds import DirFds, chmod_entry

_DEEPEST = 32


def remove_tree(root: Path) -> None:
    """Delete a directory with everything in it, never anything outside; absent is fine."""
    try:
        dirs = DirFds(root)
    except FileNotFoundError:
        return
    with dirs:
        order: list[str] = []
        pending = [""]
        while pending:
            path = pending.pop()
            order.append(path)
            pending.extend(_empty(dirs, path))
        for path in reversed(order[1:]):
            parent, _, name = path.rpartition("/")
            dirs.forget(path)
            os.rmdir(name, dir_fd=dirs.get(parent))
    root.rmdir()


def _empty(dirs: DirFds, path: str) -> list[str]:
    """Delete what is no directory; return the directories."""
    fd = dirs.get(path)
    if os.geteuid() != 0:
        os.fchmod(fd, 0o700)
    below: list[str] = []
    with os.scandir(fd) as found:
        names = [child.name for child in found]
    for name in names:
        info = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if not stat.S_ISDIR(info.st_mode):
            os.unlink(name, dir_fd=fd)
        elif path.count("/") < _DEEPEST:
            below.append(f"{path}/{name}" if path else name)
        else:
            below.append(_raise_up(dirs, path, name))
            fd = dirs.get(path)
    return below


def _raise_up(dirs: DirFds, path: str, name: str) -> str:
    """Move a deep directory to the top: no tree is too deep that way."""
    new = f".{secrets.token_hex(16)}"
    chmod_entry(name, 0o700, dirs.get(path))  # the kernel updates its `..`
    source = os.dup(dirs.get(path))
    try:
        os.rename(name, new, src_dir_fd=source, dst_dir_fd=dirs.get(""))
    finally:
        os.close(source)
    return new
