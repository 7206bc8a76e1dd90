"""Which sprite a request is for, by its Host header or by its path; no I/O."""

from __future__ import annotations

from typing import Final

from attrs import frozen
from starlette.types import Scope

from sprites_local import names
from sprites_local.auth import is_own_host

PREFIX: Final = "/sprites/"
"""What comes before a sprite's name in the form by path; the API's own paths begin with /v1."""

_DOMAIN: Final = "localhost"


@frozen
class Address:
    """A sprite, and what is asked of the program in it."""

    name: str
    host: str
    """The Host header."""
    target: bytes
    """The path as it was sent, no escape undone; empty where the form by path lacks its slash."""
    query: bytes
    prefix: str
    """What of the path names the sprite; empty in the form by host."""


def find(scope: Scope) -> Address | None:
    """Tell which sprite's URL this is; None for what belongs to the API, or to nobody."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1:
        return None
    host = hosts[0].decode("latin-1")
    port = (scope.get("server") or (None, None))[1]
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    name = name_of(host, port)
    if name is not None:
        return Address(name, host, path, query, "")
    if not is_own_host(host, port) or not path.startswith(PREFIX.encode()):
        return None
    head, slash, rest = path.removeprefix(PREFIX.encode()).partition(b"/")
    name = head.decode("latin-1")
    if not names.is_sprite_name(name):
        return None
    return Address(name, host, slash + rest, query, PREFIX + name)


def name_of(host: str, port: int | None) -> str | None:
    """Return the sprite that a Host header names: `<name>.localhost` with the server's port."""
    label, separator, rest = host.lower().partition(".")
    if not separator or not names.is_sprite_name(label):
        return None
    return label if is_own_host(rest, port) and rest.startswith(_DOMAIN) else None
