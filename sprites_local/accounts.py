"""Owners by name, looked up in the sprite's own files."""

from __future__ import annotations

import errno
import os

from attrs import evolve

from sprites_local.errors import file_refusal
from sprites_local.files import FileManager, Target, invalid

_LARGEST_ID = 2**31 - 1
_LARGEST_FILE = 1 << 20


async def user_id(files: FileManager, target: Target, value: object) -> int:
    """Turn a user's number or name into a number; None is -1, which leaves the owner as it is."""
    return await _resolve(files, target, value, "/etc/passwd")


async def group_id(files: FileManager, target: Target, value: object) -> int:
    """Turn a group's number or name into a number; None is -1, which leaves it as it is."""
    return await _resolve(files, target, value, "/etc/group")


async def _resolve(files: FileManager, target: Target, value: object, table: str) -> int:
    if value is None:
        return -1
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 11:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_ID:
        return value
    if not isinstance(value, str) or not value:
        raise invalid("uid and gid must be numbers or names", target.path)
    return await _look_up(files, target, value, table)


async def _look_up(files: FileManager, target: Target, name: str, table: str) -> int:
    descriptor = await files.open(evolve(target, path=table), os.O_RDONLY)
    with os.fdopen(descriptor, "rb") as file:
        lines = file.read(_LARGEST_FILE).decode("utf-8", "replace").splitlines()
    for line in lines:
        fields = line.split(":")
        if len(fields) > 2 and fields[0] == name and fields[2].isdecimal():
            return int(fields[2])
    raise file_refusal(OSError(errno.EINVAL, f"{name[:40]} is not in {table}"), target.path)
