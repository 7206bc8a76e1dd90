"""The one place where errors of the HTTP library become ours."""

from __future__ import annotations

import httpx

from sprites_facade._core.errors import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    ConfigurationError,
    SpritesError,
    StreamError,
    error_from_response,
)

FOREIGN = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
"""All that the HTTP library raises by its own classes."""

# What happens before the first byte of the request is written. A failure of a proxy is one of
# connecting through it. Everything else may have reached the server.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_WHAT: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection in time; check the base URL and the network"),
    (httpx.PoolTimeout, "all connections of the HTTP client are in use; allow it more of them"),
    (httpx.WriteTimeout, "the server did not take the request in time"),
    (httpx.TimeoutException, "no answer in time"),
    (httpx.ProxyError, "the proxy refused the connection"),
    (httpx.ConnectError, "could not connect; check the base URL and the network"),
    (httpx.UnsupportedProtocol, "the HTTP client does not know the scheme of the URL"),
    (httpx.RemoteProtocolError, "the server broke off or did not speak HTTP"),
    (httpx.LocalProtocolError, "the request is not valid HTTP"),
    (httpx.TransportError, "the connection broke"),
)


def translate(
    exc: Exception, *, method: str, path: str, timeout: float | None = None
) -> SpritesError:
    """Return our error for one of `FOREIGN`; raise it from the original.

    Args:
        exc: What the HTTP library raised.
        method: The method of the request.
        path: The path of the request; a query is cut off.
        timeout: How many seconds the request had, for the message.
    """
    call = f"{method} {path.partition('?')[0]}"
    if isinstance(exc, httpx.TransportError):
        return _transport_error(exc, call, method, path, timeout)
    if isinstance(exc, httpx.HTTPStatusError):  # a hook of an injected client raised it
        answer = exc.response
        return error_from_response(
            answer.status_code, answer.headers, b"", method=method, path=path
        )
    if isinstance(exc, httpx.InvalidURL):
        return ConfigurationError(f"{call}: the base URL does not give a valid URL")
    if isinstance(exc, httpx.StreamError):
        return StreamError(f"{call}: the stream is closed or was read already")
    what = "redirected too often" if isinstance(exc, httpx.TooManyRedirects) else "is not readable"
    return APIResponseError(f"{call}: the answer {what}", method=method, path=path)


def _transport_error(
    exc: httpx.TransportError, call: str, method: str, path: str, timeout: float | None
) -> APIConnectionError:
    # The texts of the library differ between sync and async, and some are empty.
    what = distrust(exc) or next(text for cls, text in _WHAT if isinstance(exc, cls))
    sent = not isinstance(exc, _NEVER_SENT)
    after = ""
    cls = APIConnectionError
    if isinstance(exc, httpx.TimeoutException):
        cls = APITimeoutError
        after = f" (after {timeout:g} s)" if timeout is not None else ""
    return cls(f"{call}: {what}{after}", sent=sent, method=method, path=path)


def distrust(exc: BaseException) -> str | None:
    """Return why a server was not trusted, if it is for its certificate that an error came."""
    cause: BaseException | None = exc
    while cause is not None:
        reason = getattr(cause, "verify_message", None)
        if isinstance(reason, str):
            return f"the certificate is not trusted ({reason}); pass tls= with what to trust"
        cause = cause.__cause__ or cause.__context__
    return None
