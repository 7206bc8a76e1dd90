"""Who may talk to the server: who holds a token, by a loopback name."""

from __future__ import annotations

import hmac
import ipaddress
import re
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from sprites_local.errors import ApiError

_MINT: Final = re.compile(r"/v1/organizations/[^/]+/tokens")
"""The one request that wants another scheme: what it brings on the platform is no token yet."""


class Credentials:
    """What opens the server: its own token, and those that were minted with it."""

    def __init__(self, token: str, minted: Callable[[bytes], bool]) -> None:
        """Take the server's own token, and what tells whether another was minted here."""
        self._token = token.encode()
        self._minted = minted

    def admit(self, given: bytes) -> bool:
        """Tell whether an Authorization header holds `Bearer` and a token of this server."""
        token = _of_scheme(given, b"bearer")
        return token is not None and (self._is_own(token) or self._minted(token))

    def may_mint(self, given: bytes) -> bool:
        """Tell whether an Authorization header holds `FlyV1` and the server's own token.

        It stands for the platform's macaroon here. A minted token mints no others.
        """
        token = _of_scheme(given, b"flyv1")
        return token is not None and self._is_own(token)

    def reveals(self, given: bytes) -> bool:
        """Tell whether an Authorization header would show somebody else what opens the server."""
        return self.admit(given) or self.may_mint(given)

    def _is_own(self, token: bytes) -> bool:
        return hmac.compare_digest(token, self._token)


class Guard:
    """Lets a request or a WebSocket handshake through, or refuses it, before anything is read."""

    def __init__(self, app: ASGIApp, credentials: Credentials) -> None:
        self._app = app
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on.

        Raises:
            ApiError: If the request is refused; a wrapper around this turns it into an answer.
        """
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        hosts = [value for name, value in headers if name == b"host"]
        server = scope.get("server") or (None, None)
        if len(hosts) != 1 or not is_own_host(hosts[0].decode("latin-1"), server[1]):
            # A page whose name was rebound to loopback has its own name here.
            raise ApiError(403, "host not allowed")
        mints = scope.get("method") == "POST" and _MINT.fullmatch(scope["path"]) is not None
        admit = self._credentials.may_mint if mints else self._credentials.admit
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1 or not admit(given[0]):
            scheme = "FlyV1" if mints else "Bearer"
            raise ApiError(401, "authentication failed", headers={"WWW-Authenticate": scheme})
        await self._app(scope, receive, send)


def _of_scheme(given: bytes, scheme: bytes) -> bytes | None:
    """Return what an Authorization header holds for a scheme."""
    word, _, text = given.partition(b" ")
    return text.strip() if word.lower() == scheme else None


def is_own_host(host: str, port: int | None) -> bool:
    """Tell whether a Host header names this server on loopback."""
    name, separator, tail = host.rpartition(":")
    if not separator or tail.endswith("]"):
        name, tail = host, "80"
    return tail == str(port) and is_loopback(name)


def is_loopback(name: str) -> bool:
    """Tell whether a host name or address, with brackets or without, is this machine's loopback."""
    if name.lower() == "localhost":
        return True
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
