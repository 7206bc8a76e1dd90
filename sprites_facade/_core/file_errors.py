"""File errors from what servers and programs say in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sprites_facade._core.errors import FileSystemError, filesystem_error_class
from sprites_facade._core.phrases import code_in
from sprites_facade._core.text import clip, redact

if TYPE_CHECKING:
    from sprites_facade._core.errors import APIStatusError


def failure(code: str, text: str, path: str) -> FileSystemError:
    """Return the error for a code, about a path."""
    return filesystem_error_class(code)(f"{text}: {clip(repr(path), 300)}", code=code, path=path)


def missing(path: object) -> FileSystemError:
    """Return the error for a path where nothing is."""
    return failure("ENOENT", "no such file or directory", str(path))


def changed(path: object) -> FileSystemError:
    """Return the error for a file that became another while it was read."""
    return failure("ESTALE", "the file changed while it was read", str(path))


def file_error(exc: APIStatusError, path: str) -> FileSystemError | None:
    """Return the file error that a refusal of a file endpoint means; None if it means another."""
    said = exc.message.lower()
    if exc.status == 404:
        # The sprite may be what is missing, which is no matter of files.
        code = None if "sprite not found" in said else "ENOENT"
    else:
        code = code_in(said) if exc.status in {400, 403, 409, 500} else None
    if code is None:
        return None
    return filesystem_error_class(code)(
        f"{exc.message or code}: {clip(repr(path), 300)} ({exc.method} {exc.path} answered"
        f" {exc.status})",
        code=code,
        path=path,
        status=exc.status,
        message=exc.message,
        retry_after=exc.retry_after,
        request_id=exc.request_id,
        body=exc.body,
    )


def tool_error(returncode: int, stderr: str, path: str) -> FileSystemError:
    """Return the error for a program in the sprite that failed."""
    if returncode in {126, 127}:
        programs = "sh, cat, touch, ln, readlink or sha256sum"
        text = f"the sprite lacks a program that this needs: {programs}"
        return failure("ENOSYS", text, path)
    said = clip(redact(stderr.strip()), 300)
    code = code_in(said) or "EIO"
    return failure(code, f"a program in the sprite failed with {returncode} ({said})", path)
