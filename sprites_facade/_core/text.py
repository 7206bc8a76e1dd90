"""Make foreign text fit to stand in an error message."""

import re

_CREDENTIAL = re.compile(r"(?i)\b(bearer|flyv1|basic)[ \t]+[^\s\"'<>,;]+")


def clip(text: str, limit: int) -> str:
    """Return `text` on one line of at most `limit` characters, all of them printable.

    Only the beginning is looked at, so that a body of a gigabyte costs nothing.
    """
    head = text[: limit + 1]
    shown = "".join(_visible(character) for character in head)
    if len(shown) <= limit:
        return shown
    return shown[: limit - 1] + "…"


def last_shown(text: str, limit: int) -> str:
    """Return the longest end of `text` that `clip` shows by at most `limit` characters."""
    size = 0
    for start in range(len(text) - 1, -1, -1):
        size += len(_visible(text[start]))
        if size > limit:
            return text[start + 1 :]
    return text


def redact(text: str) -> str:
    """Return `text` without credentials that a careless server or proxy echoed."""
    return _CREDENTIAL.sub(r"\1 [redacted]", text)


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    # Lone surrogates land here too: they cannot be encoded, so printing them would raise.
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
