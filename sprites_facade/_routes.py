"""The way of WebSockets to the server: that of the HTTP requests, or none.

Where the WebSocket library cannot go that way, it is an error; going another one in silence could
pass by a proxy that is there for a reason. `_transports.py` finds out what the way is.
"""

from __future__ import annotations

import base64
import ssl
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote

import attrs
import httpx

from sprites_facade._core.errors import ConfigurationError
from sprites_facade._transports import (
    AnyClient,
    Header,
    Proxy,
    UnreadableError,
    Way,
    parse_proxy,
    read_way,
)

_SOCKS = "a SOCKS proxy needs more packages: pip install 'httpx[socks]' python-socks"
# The HTTP library gives each client the first, and each handshake has its own of the others.
_NOT_THE_USERS = frozenset(
    {"accept", "accept-encoding", "user-agent", "authorization"}
    | {"connection", "host", "upgrade", "content-length", "content-type", "transfer-encoding"}
)


@attrs.frozen(kw_only=True)
class Route:
    """How to open a WebSocket."""

    server: tuple[str, int]
    way: Way
    by_environment: bool = False
    """Whether the WebSocket library shall look for a proxy by itself."""
    headers: dict[str, str] = attrs.field(factory=dict, repr=False)
    """What requests say to the server besides what we have to say."""

    def options(self, *, secure: bool) -> dict[str, Any]:
        """Return the arguments of `connect`, in `_websockets`; `dialing` are those of `Dialing`.

        Raises:
            ConfigurationError: If it cannot be done, or not with what is installed.
        """
        found: dict[str, Any] = {"proxy": True if self.by_environment else None}
        if secure:
            found["ssl"] = self.way.tls or httpx.create_ssl_context()
        proxy = self.way.proxy
        if proxy is None:
            return found | self._direct()
        if proxy.scheme == "http":
            return found | {"dialing": self._tunnel(proxy)}
        if proxy.scheme == "https":
            _check_secure_proxy(proxy, self.way)
            found["proxy_ssl"] = proxy.tls or httpx.create_ssl_context()
        else:
            _check_socks()
        return found | {"proxy": _proxy_url(proxy)}

    def _direct(self) -> dict[str, Any]:
        if self.way.local_address is None and not self.way.socket_options:
            return {}
        return {"dialing": self._dialing(self.server)}

    def _tunnel(self, proxy: Proxy) -> dict[str, Any]:
        headers = list(proxy.headers)
        if proxy.auth is not None:
            encoded = base64.b64encode(b":".join(proxy.auth))
            headers.append((b"Proxy-Authorization", b"Basic " + encoded))
        request = _connect_request(self.server, headers)
        return {**self._dialing((proxy.host, proxy.port)), "request": request}

    def _dialing(self, address: tuple[str, int]) -> dict[str, Any]:
        return {
            "address": address,
            "local_address": self.way.local_address,
            "socket_options": self.way.socket_options,
        }


def client_options(
    tls: ssl.SSLContext | None, proxy: str | None, *, secure: bool, direct: bool
) -> dict[str, Any]:
    """Return the arguments for an HTTP client of our own; `direct` is without the usual proxy."""
    if tls is not None and not isinstance(tls, ssl.SSLContext):
        raise ConfigurationError("tls must be an ssl.SSLContext")
    # Loading the certificates takes longer than many requests to a local server; where there is no
    # TLS, nobody is trusted.
    default = True if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return {"verify": tls or default, "proxy": proxy, "trust_env": not direct}


def unusable(exc: Exception) -> ConfigurationError:
    """Return our error for a client that could not be made; the proxy's URL may hold a password."""
    if isinstance(exc, ImportError):
        return ConfigurationError(_SOCKS)
    return ConfigurationError("the proxy, of the argument or the environment, has no valid URL")


def find_route(
    client: AnyClient, url: str, *, tls: ssl.SSLContext | None, proxy: str | None
) -> Route:
    """Return how WebSockets are to be opened.

    Args:
        client: What makes the HTTP requests to the same server.
        url: The server.
        tls: What was said explicitly, which wins.
        proxy: The same.

    Raises:
        ConfigurationError: If the client's way is none for WebSockets, and nothing else was said.
    """
    parts = httpx.URL(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    server = parts.raw_host.decode("ascii"), port
    by_environment = False
    try:
        way = read_way(client, url)
    except UnreadableError:
        if tls is None and proxy is None:
            raise
        way, by_environment = Way(tls=None), proxy is None and client.trust_env
    if proxy is not None:
        way = Way(tls=way.tls, proxy=_said(proxy, way))
    return Route(
        server=server,
        way=attrs.evolve(way, tls=tls or way.tls),
        by_environment=by_environment,
        headers={k: v for k, v in client.headers.items() if k.lower() not in _NOT_THE_USERS},
    )


def _said(proxy: str, way: Way) -> Proxy:
    try:
        found = parse_proxy(proxy)
    except (ValueError, httpx.InvalidURL) as exc:
        raise unusable(exc) from None
    return attrs.evolve(found, tls=way.proxy.tls if way.proxy else None)


def _check_secure_proxy(proxy: Proxy, way: Way) -> None:
    if proxy.headers or way.socket_options:
        what = "headers" if proxy.headers else "options of the socket"
        raise ConfigurationError(
            f"WebSockets cannot go through a proxy that is reached by TLS with {what} of one's own;"
            " pass proxy= to say how they connect"
        )


def _check_socks() -> None:
    if find_spec("python_socks") is None:
        raise ConfigurationError(_SOCKS)


def _proxy_url(proxy: Proxy) -> str:
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    user = ""
    if proxy.auth is not None:
        user = ":".join(quote(part, safe="") for part in proxy.auth) + "@"
    # The HTTP library lets the proxy look up names, whichever of the two schemes it is.
    scheme = "socks5h" if proxy.scheme == "socks5" else proxy.scheme
    return f"{scheme}://{user}{host}:{proxy.port}"


def _connect_request(server: tuple[str, int], headers: list[Header]) -> bytes:
    host, port = server
    asked = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}").encode("ascii")
    lines = [b"CONNECT " + asked + b" HTTP/1.1"]
    if not any(name.lower() == b"host" for name, _ in headers):
        lines.append(b"Host: " + asked)
    for name, value in headers:
        if not name or set(name + value) & set(b"\r\n\0") or set(name) & set(b": "):
            raise ConfigurationError("a header for the proxy is not valid")
        lines.append(name + b": " + value)
    return b"\r\n".join(lines) + b"\r\n\r\n"
