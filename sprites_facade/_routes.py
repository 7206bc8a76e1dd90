"""The way of WebSockets to the server: that of the HTTP requests, as far as it can be known.

The HTTP library has no public words for what its clients were told. The private ones that are
read here are those of the versions that we allow; what is not found there counts as not said.
"""

from __future__ import annotations

import base64
import ssl
from typing import Any
from urllib.parse import quote

import attrs
import httpx

from sprites_facade._core.errors import ConfigurationError

_AnyClient = httpx.Client | httpx.AsyncClient
_ANSWERS_ITSELF = (httpx.MockTransport, httpx.ASGITransport, httpx.WSGITransport)
_SOCKS = "a SOCKS proxy needs more packages: pip install 'httpx[socks]' python-socks"


@attrs.frozen(kw_only=True)
class Route:
    """How to connect."""

    tls: ssl.SSLContext | None = None
    """By what to verify the server; None for the usual authorities."""
    proxy: str | bool | None = attrs.field(default=None, repr=False)
    """The URL of a proxy; None for none, and True for what the environment says."""
    proxy_tls: ssl.SSLContext | None = None
    """By what to verify the proxy."""

    def options(self, *, secure: bool) -> dict[str, Any]:
        """Return the arguments of the WebSocket library."""
        found: dict[str, Any] = {"proxy": self.proxy}
        if secure:
            found["ssl"] = self.tls or httpx.create_ssl_context()
        if isinstance(self.proxy, str) and self.proxy.startswith("https:"):
            found["proxy_ssl"] = self.proxy_tls or httpx.create_ssl_context()
        return found


def client_options(
    tls: ssl.SSLContext | None, proxy: str | None, *, secure: bool
) -> dict[str, Any]:
    """Return the arguments for an HTTP client of our own."""
    if tls is not None and not isinstance(tls, ssl.SSLContext):
        raise ConfigurationError("tls must be an ssl.SSLContext")
    # Loading the certificates takes longer than many requests to a local server; where there is no
    # TLS, nobody is trusted.
    default = True if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return {"verify": tls or default, "proxy": proxy}


def unusable(exc: Exception) -> ConfigurationError:
    """Return our error for a client that could not be made; the proxy's URL may hold a password."""
    if isinstance(exc, ImportError):
        return ConfigurationError(_SOCKS)
    return ConfigurationError("the proxy, of the argument or the environment, has no valid URL")


def find_route(
    client: _AnyClient, url: str, *, tls: ssl.SSLContext | None, proxy: str | None
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
    found = Route(tls=tls, proxy=proxy)
    if tls is None or proxy is None:
        found = _read(client, url, said=tls is not None or proxy is not None)
    return attrs.evolve(found, tls=tls or found.tls, proxy=proxy or found.proxy)


def _read(client: _AnyClient, url: str, *, said: bool) -> Route:
    transport = client._transport_for_url(httpx.URL(url))
    pool = getattr(transport, "_pool", None)
    if not said and isinstance(transport, _ANSWERS_ITSELF):
        raise ConfigurationError(
            f"the http_client answers by a {type(transport).__name__}, which WebSockets cannot;"
            " use a local server, or pass tls= or proxy= to connect by the network"
        )
    if not said and getattr(pool, "_uds", None) is not None:
        raise ConfigurationError(
            "the http_client goes over a Unix socket, which WebSockets cannot;"
            " pass tls= or proxy= to connect by the network"
        )
    if pool is None:
        return Route(proxy=True if client.trust_env else None)
    # A context is told the versions of HTTP with each use, and WebSockets are of the first.
    tls = None if getattr(pool, "_http2", False) else getattr(pool, "_ssl_context", None)
    return Route(
        tls=tls if isinstance(tls, ssl.SSLContext) else None,
        proxy=_proxy(pool),
        proxy_tls=getattr(pool, "_proxy_ssl_context", None),
    )


def _proxy(pool: Any) -> str | None:
    url = getattr(pool, "_proxy_url", None)
    if url is None:
        return None
    host = url.host.decode("ascii")
    host = f"[{host}]" if ":" in host else host
    port = "" if url.port is None else f":{url.port}"
    return f"{url.scheme.decode('ascii')}://{_credentials(pool)}{host}{port}"


def _credentials(pool: Any) -> str:
    user_info = getattr(pool, "_proxy_auth", None)
    for name, value in getattr(pool, "_proxy_headers", ()):
        scheme, _, encoded = value.partition(b" ")
        if name.lower() == b"proxy-authorization" and scheme.lower() == b"basic":
            user_info = base64.b64decode(encoded).split(b":", 1)
    if not user_info:
        return ""
    user, password = user_info
    return f"{quote(user, safe='')}:{quote(password, safe='')}@"
