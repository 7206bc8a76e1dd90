"""Promises of the document that are more than a schema can say."""

from __future__ import annotations


class BrokenPromiseError(AssertionError):
    """One is broken; the check's name, and the story."""

    def __init__(self, check: str, message: str) -> None:
        super().__init__(f"{check}: {message}")
        self.check = check
        self.message = message


def require(check: str, holds: bool, message: str) -> None:  # noqa: FBT001 - the very point
    """Raise `BrokenPromiseError` unless it holds."""
    if not holds:
        raise BrokenPromiseError(check, message)
