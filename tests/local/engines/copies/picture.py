"""What a tree looks like to anybody, found without the code under test."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Any


def picture(root: Path) -> dict[str, tuple[Any, ...]]:
    """Describe a tree: attributes, contents, and which names are one inode."""
    found = {".": _describe(root)}
    names: dict[int, list[str]] = {}
    for directory, directories, files in os.walk(root):
        for name in (*directories, *files):
            path = Path(directory, name)
            if stat.S_ISSOCK(path.lstat().st_mode):
                continue
            relative = str(path.relative_to(root))
            found[relative] = _describe(path)
            names.setdefault(path.lstat().st_ino, []).append(relative)
    for group in names.values():
        for name in group:
            found[name] += (tuple(sorted(group)),)
    return found


def fingerprint(root: Path) -> str:
    """Return a short text that differs for different trees."""
    return hashlib.sha256(
        repr(sorted(picture(root).items())).encode("utf-8", "surrogateescape")
    ).hexdigest()


def _describe(path: Path) -> tuple[Any, ...]:
    info = path.lstat()
    kind = stat.S_IFMT(info.st_mode)
    content: Any = None
    if stat.S_ISREG(info.st_mode):
        content = info.st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    elif stat.S_ISLNK(info.st_mode):
        content = str(path.readlink())
    elif stat.S_ISCHR(info.st_mode):
        content = info.st_rdev
    xattrs = {
        name: os.getxattr(path, name, follow_symlinks=False)
        for name in os.listxattr(path, follow_symlinks=False)
        if name.startswith(("user.", "trusted."))
    }
    mode = stat.S_IMODE(info.st_mode)
    return kind, mode, info.st_uid, info.st_gid, info.st_mtime_ns, content, sorted(xattrs.items())
