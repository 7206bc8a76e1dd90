"""What systems and programs say in words when a file operation fails."""

from __future__ import annotations

from typing import Final

# As the C library, Go and the usual tools spell them in English.
_PHRASES: Final = (
    ("no such file or directory", "ENOENT"),
    ("file does not exist", "ENOENT"),
    ("file exists", "EEXIST"),
    ("cannot overwrite existing file", "EEXIST"),
    ("not a directory", "ENOTDIR"),
    ("is a directory", "EISDIR"),
    ("permission denied", "EACCES"),
    ("operation not permitted", "EPERM"),
    ("directory not empty", "ENOTEMPTY"),
    ("no space left on device", "ENOSPC"),
    ("disk quota exceeded", "EDQUOT"),
    ("file too large", "EFBIG"),
    ("read-only file system", "EROFS"),
    ("too many levels of symbolic links", "ELOOP"),
    ("file name too long", "ENAMETOOLONG"),
    ("invalid cross-device link", "EXDEV"),
    ("device or resource busy", "EBUSY"),
    ("stale file handle", "ESTALE"),
)
# The wire has nine codes; what else there is comes under these two, and is told in words.
_VAGUE: Final = frozenset(("EINVAL", "EIO"))
_WITH_A_CODE_OF_THE_WIRE: Final = frozenset(
    ("ENOENT", "EEXIST", "ENOTDIR", "EISDIR", "EACCES", "EPERM", "ENOTEMPTY")
)


def code_in(text: str) -> str | None:
    """Return the name of the errno that a text speaks of."""
    lower = text.lower()
    return next((code for phrase, code in _PHRASES if phrase in lower), None)


def exact_code(code: str, text: str) -> str:
    """Return the code of the wire, or what the text says where that code is of many things."""
    found = code_in(text) if code in _VAGUE else None
    return code if found is None or found in _WITH_A_CODE_OF_THE_WIRE else found
