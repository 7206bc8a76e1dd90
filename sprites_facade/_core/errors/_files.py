"""Errors of file operations, which are the builtin ones as well."""

from __future__ import annotations

import errno
import os
from typing import Any

from sprites_facade._core.errors._base import SpritesError


class FileSystemError(SpritesError, OSError):
    """A file operation failed in the sprite; `errno` and `filename` are set as in OSError."""

    path: str | None
    """The path in the sprite, as the server or the caller named it."""
    code: str
    """The name of the errno, such as ENOENT."""
    status: int | None
    """The HTTP status, if a server's answer was the cause."""
    message: str
    """What the server said, clipped."""
    retry_after: float | None
    """After how many seconds to try again, if the server said so."""
    request_id: str | None
    """The id under which the server knows the request."""
    body: object
    """The JSON body of the answer, decoded."""

    def __init__(
        self,
        text: str,
        *,
        code: str,
        path: str | None = None,
        status: int | None = None,
        message: str = "",
        retry_after: float | None = None,
        request_id: str | None = None,
        body: object = None,
    ) -> None:
        super().__init__(text)
        # The number is this machine's, so that it compares with the names in `errno`.
        self.errno = getattr(errno, code, errno.EIO)
        self.strerror = os.strerror(self.errno)
        self.filename = path
        self.path = path
        self.code = code
        self.status = status
        self.message = message
        self.retry_after = retry_after
        self.request_id = request_id
        self.body = body

    def _state(self) -> dict[str, Any]:
        # OSError keeps these three outside of __dict__.
        fields = {name: getattr(self, name) for name in ("errno", "strerror", "filename")}
        return {**self.__dict__, **fields}


class SpriteFileNotFoundError(FileSystemError, FileNotFoundError):
    """No such file or directory in the sprite."""


class SpriteFileExistsError(FileSystemError, FileExistsError):
    """The file or directory exists already in the sprite."""


class SpriteIsADirectoryError(FileSystemError, IsADirectoryError):
    """A file was needed, and the path is a directory."""


class SpriteNotADirectoryError(FileSystemError, NotADirectoryError):
    """A directory was needed, and the path is something else."""


class SpritePermissionError(FileSystemError, PermissionError):
    """The sprite's user may not do this."""


_BY_CODE: dict[str, type[FileSystemError]] = {
    "ENOENT": SpriteFileNotFoundError,
    "EEXIST": SpriteFileExistsError,
    "EISDIR": SpriteIsADirectoryError,
    "ENOTDIR": SpriteNotADirectoryError,
    "EACCES": SpritePermissionError,
    "EPERM": SpritePermissionError,
}


def filesystem_error_class(code: str) -> type[FileSystemError]:
    """Return the class for the name of an errno; what has no builtin is a FileSystemError."""
    return _BY_CODE.get(code, FileSystemError)
