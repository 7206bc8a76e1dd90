"""Names of files that the server writes beside those whose place they will take.

Who follows a directory is not told of them. What tells them from files of users is a code that
only this process can make, so that no file of a user is passed over.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

_KEY: Final = secrets.token_bytes(32)
_PREFIX: Final = ".upload-"
_NONCE: Final = 16
_KINDS: Final = ("create", "write")


def new_name(*, replaces: bool) -> str:
    """Return a name for a file that will be a new one, or that will replace one."""
    nonce = secrets.token_hex(_NONCE // 2)
    return f"{_PREFIX}{nonce}{_code(nonce, _KINDS[replaces])}"


def effect(name: str) -> str | None:
    """Return what happens to a file when this name becomes its name; None if it is not ours."""
    if not name.startswith(_PREFIX):
        return None
    nonce, code = name[len(_PREFIX) :][:_NONCE], name[len(_PREFIX) + _NONCE :]
    return next((kind for kind in _KINDS if _same(code, _code(nonce, kind))), None)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())


def _code(nonce: str, kind: str) -> str:
    text = f"{kind}:{nonce}".encode("utf-8", "surrogateescape")
    return hmac.digest(_KEY, text, "sha256").hex()[:_NONCE]
