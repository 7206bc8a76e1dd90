"""The HTTP client that is used where none was given."""

from __future__ import annotations

from typing import Any, Final

import httpx

from sprites_facade._core.requests import NO_COOKIES

_PLAIN: Final = frozenset(("headers", "json", "content", "timeout"))


class AsyncPlainClient(httpx.AsyncClient):
    """An HTTP client that has nothing of its own to add to a request.

    A general one joins each request with what it was given for all of them, and looks for cookies
    in each answer; both took a tenth of a small call. `send` is left as it is, because tools that
    watch the requests of a program put theirs in its place.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # Spelled as the headers of calls are, which replace them.
        self._defaults = {name.title(): value for name, value in self.headers.items()}

    @property  # type: ignore[misc] # there is nothing to set
    def cookies(self) -> httpx.Cookies:
        """None, and none is kept."""
        return NO_COOKIES

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Return the request for an absolute URL."""
        if not _PLAIN.issuperset(options):
            return super().build_request(method, url, **options)
        headers = {**self._defaults, **options.pop("headers")}
        timeout = {"timeout": options.pop("timeout").as_dict()}
        return httpx.Request(method, url, headers=headers, extensions=timeout, **options)
