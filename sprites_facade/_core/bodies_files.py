"""Request bodies of file operations, made of the generated models."""

from __future__ import annotations

from sprites_api import models as api
from sprites_facade._core.calls import given
from sprites_facade._core.commands import HOME
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.files import owner


def file_rename(source: str, dest: str, *, as_root: bool) -> api.FileRename:
    """Return the body that moves a file."""
    return api.FileRename(
        source=source, dest=dest, working_dir=HOME, as_root=given(as_root or None)
    )


def file_copy(
    source: str, dest: str, *, recursive: bool, preserve: bool, as_root: bool
) -> api.FileCopy:
    """Return the body that copies a file or a directory."""
    return api.FileCopy(
        source=source,
        dest=dest,
        working_dir=HOME,
        recursive=recursive,
        preserve_attrs=preserve,
        as_root=given(as_root or None),
    )


def file_mode_change(path: str, mode: str, *, recursive: bool, as_root: bool) -> api.FileModeChange:
    """Return the body that sets permissions."""
    return api.FileModeChange(
        path=path,
        mode=mode,
        working_dir=HOME,
        recursive=recursive,
        as_root=given(as_root or None),
    )


def file_owner_change(
    path: str, *, uid: int | str | None, gid: int | str | None, recursive: bool, as_root: bool
) -> api.FileOwnerChange:
    """Return the body that sets owner and group; it must set one of them."""
    if uid is None and gid is None:
        raise ConfigurationError("nothing to change: pass uid=... or gid=...")
    return api.FileOwnerChange(
        path=path,
        working_dir=HOME,
        uid=given(owner(uid)),
        gid=given(owner(gid)),
        recursive=recursive,
        as_root=given(as_root or None),
    )
