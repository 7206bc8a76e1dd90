"""From a `Call` to a request of the HTTP library."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

import httpx

from sprites_facade._core.commands import encode_query

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sprites_facade._core.calls import Call
    from sprites_facade._core.config import ClientConfig

_SLICE: Final = 256 * 1024


class _PrivateURL(httpx.URL):
    """A URL that shows no query, where the wire puts environment values.

    The HTTP library logs the URL of each request as text; what it sends is taken from the parts.
    """

    def __str__(self) -> str:
        return super().__str__().partition("?")[0] + "?[private]"

    def __repr__(self) -> str:
        return f"URL({str(self)!r})"


class _NoCookies(httpx.Cookies):
    """Keeps nothing: the API knows no cookies, and looking for them takes time."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them where they are."""


NO_COOKIES = _NoCookies()


class _Slices(httpx.ByteStream):
    """Bytes that are sent in slices.

    What is sent in one piece is copied as a whole before the first byte leaves, and what is left of
    it again with each part that the kernel takes.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._whole = data

    def __iter__(self) -> Iterator[bytes]:
        """Hand out the slices."""
        for start in range(0, len(self._whole), _SLICE):
            yield self._whole[start : start + _SLICE]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Hand out the slices."""
        for one in self:
            yield one


def identity(config: ClientConfig) -> dict[str, str]:
    """Return the headers that say who asks, for requests and handshakes alike."""
    who = {} if config.token is None else {"Authorization": f"Bearer {config.token}"}
    return {**who, "User-Agent": _user_agent()}


def build_request(
    http: httpx.Client | httpx.AsyncClient,
    call: Call[Any],
    config: ClientConfig,
    *,
    idle: float | None,
    streaming: bool,
) -> httpx.Request:
    """Return the request of a call, the token included.

    Args:
        http: What will send it, which adds what it was given for all its requests.
        call: What to ask.
        config: Of whom, and as who.
        idle: The seconds to wait for each piece of the answer.
        streaming: Whether the answer is read while it comes.
    """
    headers = {**identity(config), **call.headers}
    if streaming:
        # A compressor would hold events back, and hide the chunks of a command's output.
        headers["Accept-Encoding"] = "identity"
    # The HTTP library takes a URL apart a second time to put a query in, which is a tenth of a
    # small request; only what it adds of its own has to be joined with ours by itself.
    query = f"?{encode_query(call.params)}" if call.params else ""
    request = http.build_request(
        call.method,
        config.base_url + call.path + query,
        headers=headers,
        json=call.json,
        content=call.content,
        timeout=httpx.Timeout(config.timeout, read=idle),
        **({"params": dict(call.params)} if http.params else {}),
    )
    if call.content is not None and len(call.content) > _SLICE:
        request.stream = _Slices(call.content)
    if call.private_query:  # kept out of the HTTP library's log
        request.url = _PrivateURL(request.url)
    return request


@cache
def _user_agent() -> str:
    # Looking it up reads files, which takes as long as many a request.
    try:
        return f"sprites-facade/{version('sprites-facade')}"
    except PackageNotFoundError:  # a checkout that is on the path and not installed
        return "sprites-facade"
