"""What an HTTP client was told of its way to a server.

The HTTP library has no public words for that, so private ones are read here and nowhere else.
`tests/_async/test_ways.py` fails by name where a release of it has others.
"""

from __future__ import annotations

import base64
import ssl
from typing import Any

import attrs
import httpcore
import httpx

from sprites_facade._core.errors import ConfigurationError

AnyClient = httpx.Client | httpx.AsyncClient
Header = tuple[bytes, bytes]

CLIENT_NAMES = ("_transport_for_url",)
TRANSPORT_NAMES = ("_pool",)
POOL_NAMES = ("_ssl_context", "_http2", "_uds", "_local_address", "_socket_options")
HTTP_PROXY_NAMES = ("_proxy_url", "_proxy_headers", "_proxy_ssl_context")
SOCKS_NAMES = ("_proxy_url", "_proxy_auth")

_REAL = (httpx.HTTPTransport, httpx.AsyncHTTPTransport)
_ANY = (httpx.BaseTransport, httpx.AsyncBaseTransport)
_ANSWERS_ITSELF = (httpx.MockTransport, httpx.ASGITransport, httpx.WSGITransport)
_POOLS = (httpcore.ConnectionPool, httpcore.AsyncConnectionPool)
_HTTP_PROXIES = (httpcore.HTTPProxy, httpcore.AsyncHTTPProxy)
_SOCKS_PROXIES = (httpcore.SOCKSProxy, httpcore.AsyncSOCKSProxy)
_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080
_MAX_WRAPPERS = 16
_REMEDY = "pass tls= or proxy= to say how they connect"


class UnreadableError(ConfigurationError):
    """The way of an HTTP client is not to be known, or is none for WebSockets."""


@attrs.frozen(kw_only=True)
class Proxy:
    """A proxy."""

    scheme: str
    """`http`, `https`, `socks5` or `socks5h`."""
    host: str
    port: int
    auth: tuple[bytes, bytes] | None = attrs.field(default=None, repr=False)
    """The user and the password."""
    headers: tuple[Header, ...] = attrs.field(default=(), repr=False)
    """What it is told besides them."""
    tls: ssl.SSLContext | None = None
    """By what to verify it; None for the usual authorities."""


@attrs.frozen(kw_only=True)
class Way:
    """How requests reach a server."""

    tls: ssl.SSLContext | None
    proxy: Proxy | None = None
    local_address: str | None = None
    socket_options: tuple[Any, ...] = ()


def parse_proxy(url: str) -> Proxy:
    """Return the proxy of a URL.

    Raises:
        ValueError, httpx.InvalidURL: If it is none.
    """
    found = httpx.Proxy(url)
    host = found.url.raw_host.decode("ascii")
    return _proxy(found.url.scheme, host, found.url.port, auth=found.raw_auth)


def read_way(client: AnyClient, url: str) -> Way:
    """Return the way of a client's requests to a server.

    Raises:
        UnreadableError: If it does not tell, or its way is none for WebSockets.
    """
    pool = _private(_real(_private(client, "_transport_for_url")(httpx.URL(url))), "_pool")
    if not isinstance(pool, _POOLS):
        raise _unknown(type(pool).__name__)
    if _private(pool, "_uds") is not None:
        raise UnreadableError(
            f"the http_client goes over a Unix socket, which WebSockets cannot; {_REMEDY}"
        )
    context = _private(pool, "_ssl_context")
    # A context is told the versions of HTTP with each use, and WebSockets are of the first.
    tls = _same_trust(context) if context and _private(pool, "_http2") else context
    return Way(
        tls=tls,
        proxy=_pool_proxy(pool),
        local_address=_private(pool, "_local_address"),
        socket_options=tuple(_private(pool, "_socket_options") or ()),
    )


def _private(thing: Any, name: str) -> Any:
    try:
        return getattr(thing, name)
    except AttributeError:
        raise UnreadableError(
            f"httpx {httpx.__version__} does not tell how its client reaches the server (there is"
            f" no {type(thing).__name__}.{name}), so WebSockets cannot go the same way; {_REMEDY}"
        ) from None


def _real(transport: object) -> object:
    """Return the transport of the library that a transport is, or the only one it is around."""
    outermost = type(transport).__name__
    for _ in range(_MAX_WRAPPERS):
        if isinstance(transport, _REAL):
            return transport
        if isinstance(transport, _ANSWERS_ITSELF):
            raise UnreadableError(
                f"the http_client answers by a {type(transport).__name__}, which WebSockets cannot;"
                f" use a local server, or {_REMEDY}"
            )
        inner = [held for held in vars(transport).values() if isinstance(held, _ANY)]
        if len(inner) != 1:
            break
        transport = inner[0]
    raise _unknown(outermost)


def _unknown(name: str) -> UnreadableError:
    return UnreadableError(
        f"the http_client connects by a {name}, which does not tell WebSockets where to; {_REMEDY}"
    )


def _same_trust(context: ssl.SSLContext) -> ssl.SSLContext:
    """Return a context of our own that trusts nobody whom this one does not.

    It trusts fewer where authorities are looked up one by one, in a folder or by the system, and
    it has no certificate to show: neither can be taken from a context. Then connecting fails.
    """
    copy = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    copy.check_hostname = context.check_hostname
    copy.verify_mode = context.verify_mode
    copy.verify_flags = context.verify_flags
    copy.minimum_version = context.minimum_version
    copy.maximum_version = context.maximum_version
    if trusted := context.get_ca_certs(binary_form=True):
        copy.load_verify_locations(cadata=b"".join(trusted))
    return copy


def _pool_proxy(pool: Any) -> Proxy | None:
    if isinstance(pool, _HTTP_PROXIES):
        url, auth, headers = _private(pool, "_proxy_url"), None, []
        for name, value in _private(pool, "_proxy_headers"):
            if (found := _basic(name, value)) is None:
                headers.append((name, value))
            else:
                auth = found
        tls = _private(pool, "_proxy_ssl_context")
        return _proxy(*_parts(url), auth=auth, headers=tuple(headers), tls=tls)
    if isinstance(pool, _SOCKS_PROXIES):
        return _proxy(*_parts(_private(pool, "_proxy_url")), auth=_private(pool, "_proxy_auth"))
    if getattr(pool, "_proxy", None) is not None:
        raise _unknown(f"{type(pool).__name__} with a proxy of its own")
    return None


def _parts(url: httpcore.URL) -> tuple[str, str, int | None]:
    return url.scheme.decode("ascii"), url.host.decode("ascii"), url.port


def _proxy(scheme: str, host: str, port: int | None, **more: Any) -> Proxy:
    return Proxy(scheme=scheme, host=host, port=port or _PORTS.get(scheme, _SOCKS_PORT), **more)


def _basic(name: bytes, value: bytes) -> tuple[bytes, bytes] | None:
    """Return the user and the password that a header says, if it does."""
    scheme, _, encoded = value.partition(b" ")
    if name.lower() != b"proxy-authorization" or scheme.lower() != b"basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).partition(b":")
    except ValueError:
        return None
    return user, password
