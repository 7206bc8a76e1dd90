"""Who may talk to the server: the token's holder, by a loopback name."""

from __future__ import annotations

import hmac
import ipaddress

from starlette.types import ASGIApp, Receive, Scope, Send

from sprites_local.errors import ApiError


class Guard:
    """Lets a request or a WebSocket handshake through, or refuses it, before anything is read."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._credentials = f"Bearer {token}".encode()

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
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1 or not is_bearer(given[0], self._credentials):
            raise ApiError(401, "authentication failed", headers={"WWW-Authenticate": "Bearer"})
        await self._app(scope, receive, send)


def is_bearer(given: bytes, credentials: bytes) -> bool:
    """Tell whether an Authorization header holds the credentials, `Bearer` and a token."""
    scheme, _, token = given.partition(b" ")
    return hmac.compare_digest(scheme.capitalize() + b" " + token.strip(), credentials)


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
