"""From a `Call` to a request of the HTTP library."""

from __future__ import annotations

from functools import cache
from http.cookiejar import CookieJar
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from sprites_facade._core.calls import Call
    from sprites_facade._core.config import ClientConfig


class _PrivateURL(httpx.URL):
    """A URL that shows no query, where the wire puts environment values.

    The HTTP library logs the URL of each request as text; what it sends is taken from the parts.
    """

    def __str__(self) -> str:
        return super().__str__().partition("?")[0] + "?[private]"

    def __repr__(self) -> str:
        return f"URL({str(self)!r})"


class NoCookies(CookieJar):
    """Keeps nothing: the API knows no cookies, and looking for them takes time."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them where they are."""


def identity(config: ClientConfig) -> dict[str, str]:
    """Return the headers that say who asks, for requests and handshakes alike."""
    who = {} if config.token is None else {"Authorization": f"Bearer {config.token}"}
    return {**who, "User-Agent": _user_agent()}


def request_arguments(call: Call[Any], config: ClientConfig, *, streaming: bool) -> dict[str, Any]:
    """Return what to give to `build_request` of an httpx client, the token included."""
    headers = {**identity(config), **call.headers}
    if streaming:
        # A compressor would hold events back, and hide the chunks of a command's output.
        headers["Accept-Encoding"] = "identity"
    return {
        "method": call.method,
        "url": config.base_url + call.path,
        "params": dict(call.params) or None,
        "headers": headers,
        "json": call.json,
        "content": call.content,
    }


def hide_query(request: httpx.Request) -> None:
    """Keep the query of a request out of the HTTP library's log."""
    request.url = _PrivateURL(request.url)


@cache
def _user_agent() -> str:
    # Looking it up reads files, which takes as long as many a request.
    try:
        return f"sprites-facade/{version('sprites-facade')}"
    except PackageNotFoundError:  # a checkout that is on the path and not installed
        return "sprites-facade"
