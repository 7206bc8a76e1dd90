"""The body of an answer while it is still coming."""

from __future__ import annotations

from typing import Any

import httpx

from sprites_facade._concurrency import AsyncSteps, GivenUpError
from sprites_facade._core.calls import Call
from sprites_facade._core.translation import FOREIGN, translate

_NOTHING = httpx.ByteStream(b"")
_NO_REQUEST = httpx.Request("GET", "http://closed.invalid")


class AsyncBody:
    """Hands out the body piece by piece, each with a bounded wait."""

    def __init__(
        self, response: httpx.Response, call: Call[Any], *, idle: float | None, raw: bool = False
    ) -> None:
        self._response = response
        # Not the call itself, which holds what was sent.
        self._method, self._path = call.method, call.path
        self._idle = idle
        # Raw pieces keep the boundaries of HTTP chunks, and cost less.
        raw = raw or "content-encoding" not in response.headers
        self._pieces = response.aiter_raw() if raw else response.aiter_bytes()
        self._steps = AsyncSteps(self._step)
        self._ended = False
        self.closed = False

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """The headers of the answer."""
        return self._response.headers

    async def piece(self, timeout: float | None = None) -> bytes | None:
        """Return the next piece, None at the end; TimeoutError if it takes longer.

        A piece that was late is returned by the next call.
        """
        try:
            return None if self._ended else await self._steps.take(timeout)
        except GivenUpError:
            return None

    async def aclose(self) -> None:
        """Close the connection, unless the body was read to its end."""
        if self.closed:
            return
        self.closed = True
        await self._steps.aclose(None if self._ended else self._connection())
        self._ended = True
        await self._response.aclose()
        # The library has a response and its stream refer to each other. What was sent hangs on
        # both, and would stay in memory until the garbage is collected, several requests later.
        self._response.stream = _NOTHING
        self._response.request = _NO_REQUEST

    async def _step(self) -> bytes | None:
        try:
            piece = await anext(self._pieces, None)
        except FOREIGN as exc:
            if self.closed:  # by another task or thread, which is no fault
                return None
            raise translate(exc, method=self._method, path=self._path, timeout=self._idle) from exc
        self._ended = self._ended or piece is None
        return piece

    def _connection(self) -> object:
        """Return what the body is read from, if nothing else is."""
        if not self._response.http_version.startswith("HTTP/1"):
            return None
        return self._response.extensions.get("network_stream")
