"""Errors that become answers, one class per shape of body that the API knows."""

from __future__ import annotations

import errno
from collections.abc import Mapping

from starlette.responses import Response

from sprites_local.http import json_response, text_response


class ApiError(Exception):
    """A refusal with a status; subclasses say what its body looks like."""

    def __init__(self, status: int, text: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Build the answer."""
        return json_response({"error": self.text}, self.status, self.headers)


class ValidationError(ApiError):
    """A request about sprites that does not make sense, with one text per complaint."""

    def __init__(self, *complaints: str) -> None:
        super().__init__(400, "; ".join(complaints))
        self.complaints = complaints

    def response(self) -> Response:
        """Build the answer."""
        return json_response({"errors": list(self.complaints)}, self.status, self.headers)


class TextError(ApiError):
    """A refusal of the part that runs inside a sprite: bare text."""

    def response(self) -> Response:
        """Build the answer."""
        return text_response(f"{self.text}\n", self.status, self.headers)


class FileError(ApiError):
    """A refusal of a file operation, with the name of the errno."""

    def __init__(self, status: int, text: str, *, code: str, path: str) -> None:
        super().__init__(status, text)
        self.code = code
        self.path = path

    def response(self) -> Response:
        """Build the answer."""
        body = {"error": self.text, "code": self.code, "path": self.path}
        return json_response(body, self.status, self.headers)


class SpriteNotFoundError(ApiError):
    """There is no sprite of that name."""

    def __init__(self) -> None:
        super().__init__(404, "sprite not found")


# Status and wire code per errno. The wire knows nine codes; what else the kernel says is told
# in words under the nearest of them.
_FILE_STATUS: dict[int, tuple[int, str]] = {
    errno.ENOENT: (404, "ENOENT"),
    errno.EEXIST: (409, "EEXIST"),
    errno.ENOTDIR: (400, "ENOTDIR"),
    errno.EISDIR: (400, "EISDIR"),
    errno.EACCES: (403, "EACCES"),
    errno.EPERM: (403, "EPERM"),
    errno.EROFS: (403, "EPERM"),
    errno.ENOTEMPTY: (409, "ENOTEMPTY"),
    errno.EBUSY: (409, "EIO"),
    errno.ESTALE: (409, "EIO"),
    errno.EINVAL: (400, "EINVAL"),
    errno.ELOOP: (400, "EINVAL"),
    errno.ENAMETOOLONG: (400, "EINVAL"),
    errno.EXDEV: (400, "EINVAL"),
    errno.ENXIO: (400, "EINVAL"),
    errno.EOPNOTSUPP: (400, "EINVAL"),
    errno.ENOSPC: (507, "EIO"),
    errno.EDQUOT: (507, "EIO"),
    errno.EFBIG: (413, "EINVAL"),
    errno.E2BIG: (400, "EINVAL"),  # too many entries
    errno.ENOSYS: (501, "EIO"),
}


def file_refusal(error: OSError, path: str) -> FileError:
    """Translate what the kernel said about a path inside a sprite."""
    status, code = _FILE_STATUS.get(error.errno or errno.EIO, (500, "EIO"))
    reason = (error.strerror or "input/output error").lower()
    text = f"{path}: {reason}" if path else reason
    return FileError(status, text, code=code, path=path)
