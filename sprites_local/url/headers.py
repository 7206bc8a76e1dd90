"""What becomes of headers on their way through; no I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sprites_local.auth import Credentials

Pairs = list[tuple[bytes, bytes]]

VIA: Final = b"1.1 sprites"
# Scripts may run, but as nobody: in the form by path all sprites and the API share one origin.
SANDBOX: Final = (
    b"content-security-policy",
    b"sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts",
)

_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# `Connection` names what is for one hop only; these are what the message is, for all hops.
_NEVER_HOP: Final = frozenset({b"host", b"content-length", b"content-type"})
_OURS: Final = frozenset({b"sprite-client-ip", b"x-forwarded-for", b"x-forwarded-prefix", b"via"})


def without_hops(headers: Iterable[tuple[bytes, bytes]], also: Collection[bytes] = ()) -> Pairs:
    """Leave out what is meant for one connection only."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {
        word.strip().lower()
        for name, value in pairs
        if name == b"connection"
        for word in value.split(b",")
    }
    dropped = _HOP | (named - _NEVER_HOP) | set(also)
    return [pair for pair in pairs if pair[0] not in dropped]


def request_headers(given: Pairs, *, client: str, prefix: str, credentials: Credentials) -> Pairs:
    """Return what the program in the sprite is sent, but for the framing of the body.

    Args:
        given: What the client sent.
        client: The client's address.
        prefix: What was taken off the path.
        credentials: What opens the server; no program in a sprite ever sees a token of it.
    """
    # `Expect` is answered by this hop, and the length is written anew.
    kept = without_hops(given, {b"expect", b"content-length"})
    passed = [
        (name, value)
        for name, value in kept
        if name not in _OURS and not (name == b"authorization" and credentials.reveals(value))
    ]
    address = client.encode()
    passed.append((b"x-forwarded-for", _appended(kept, b"x-forwarded-for", address)))
    passed.append((b"via", _appended(kept, b"via", VIA)))
    passed.append((b"sprite-client-ip", address))
    if prefix:
        passed.append((b"x-forwarded-prefix", prefix.encode()))
    return passed


def response_headers(given: Iterable[tuple[bytes, bytes]], *, sandboxed: bool) -> Pairs:
    """Return what the client is sent; the date is written by the server."""
    kept = without_hops(given, {b"date"})
    passed = [pair for pair in kept if pair[0] != b"via"]
    passed.append((b"via", _appended(kept, b"via", VIA)))
    return [*passed, SANDBOX] if sandboxed else passed


def body_headers(given: Pairs) -> Pairs:
    """Return the framing of a request's body: as the client's, or none for no body.

    A length beside chunks is not passed on: whoever believed it would read two requests in one.
    """
    named = {name.lower(): value for name, value in given}
    if b"transfer-encoding" in named:
        return [(b"transfer-encoding", b"chunked")]
    length = named.get(b"content-length")
    return [] if length is None else [(b"content-length", length)]


def _appended(headers: Pairs, name: bytes, value: bytes) -> bytes:
    return b", ".join([*(there for key, there in headers if key == name and there), value])
