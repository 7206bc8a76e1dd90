# Written by scripts/unasync.py from sprites_facade/_async/transport.py. Do not edit.
"""The way to the server: one pool, retries, and errors that tell the truth."""

from __future__ import annotations

import io
import json
import logging
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

import attrs
import httpx

from sprites_facade._concurrency import monotonic, sleep, utc_now
from sprites_facade._core.calls import ENDING, Call
from sprites_facade._core.config import ClientConfig
from sprites_facade._core.errors import (
    APIResponseError,
    APITimeoutError,
    SpritesError,
    error_from_response,
)
from sprites_facade._core.reading import UnexpectedShapeError
from sprites_facade._core.requests import build_request
from sprites_facade._core.retry import RetryPlan
from sprites_facade._core.translation import FOREIGN, translate
from sprites_facade._sync.body import Body
from sprites_facade._sync.pool import Pool

if TYPE_CHECKING:
    import ssl

    from sprites_facade._routes import Route
    from sprites_facade._sync.lanes import Lanes
    from sprites_facade._sync.pool import Closable

T = TypeVar("T")
logger = logging.getLogger("sprites")

# Nobody needs more of an error page, or of an answer that cannot be read.
_MAX_ERROR_BODY = 64 * 1024
_MAX_SHOWN_BODY = 4096


class Transport:
    """Performs calls on one HTTP client, which it closes only if it made it."""

    def __init__(self, config: ClientConfig, pool: Pool) -> None:
        self.config = config
        self._pool = pool

    @classmethod
    def create(
        cls,
        config: ClientConfig,
        http_client: httpx.Client | None,
        *,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
    ) -> Self:
        """Return a transport with a pool of its own."""
        pool = Pool(
            http_client, tls=tls, proxy=proxy, secure=config.is_secure, direct=config.is_direct
        )
        return cls(config, pool)

    @property
    def sockets(self) -> set[Closable]:
        """Open connections that are not of the HTTP client, to be closed with it."""
        return self._pool.mine.sockets

    @property
    def lanes(self) -> Lanes:
        """Those of them that wait for another command."""
        return self._pool.mine.lanes

    def view(self, **changes: Any) -> Transport:
        """Return a transport with other settings on the same pool, which stays ours to close."""
        return Transport(attrs.evolve(self.config, **changes), self._pool)

    def route(self) -> Route:
        """Return how to open a WebSocket to the server."""
        return self._pool.route(self.config.base_url)

    def check_open(self) -> None:
        """Raise if nothing can be sent from here, before anything is."""
        self._pool.opened()

    def close(self) -> None:
        """Close the pool, but for a client that was given."""
        self._pool.close()

    def send(self, call: Call[T]) -> T:
        """Perform a call with one answer and return what the call's reader makes of it."""
        return self.repeat(call, lambda: self._exchange(call))

    def fetch(self, call: Call[Any]) -> bytes:
        """Perform a call whose answer is bytes, as many as there are, and return them."""
        return self.repeat(call, lambda: self._download(call))

    def open(self, call: Call[Any], *, raw: bool = False) -> Body:
        """Perform a call whose answer is read while it comes; close what is returned.

        Args:
            call: What to send.
            raw: Whether to keep the pieces as the server cut them.
        """
        idle = self.config.stream_timeout
        return self.repeat(call, lambda: self._start(call, idle, streaming=True, raw=raw))

    def repeat(self, call: Call[Any], attempt: Callable[[], T]) -> T:
        """Return what an attempt returns, trying again as far as the call allows it."""
        tried = 0
        if call.operation in ENDING:
            self.lanes.drop(call.path)
        while True:
            tried += 1
            try:
                return attempt()
            except SpritesError as exc:
                plan = RetryPlan(safe=call.safe_to_retry, max_retries=self.config.max_retries)
                delay = plan.delay(tried, exc, random.random)
                if delay is None:
                    raise
                logger.debug("%s: %s; again in %.2f s", call.operation, type(exc).__name__, delay)
            sleep(delay)

    def _exchange(self, call: Call[T]) -> T:
        started = monotonic()
        body = self._start(call, self.config.timeout, streaming=False)
        try:
            data = self._whole(call, body, started)
        finally:
            body.close()
        return self._parse(call, body, data)

    def _download(self, call: Call[Any]) -> bytes:
        body = self._start(call, self.config.stream_timeout, streaming=False)
        whole = io.BytesIO()  # grows in place, where joining pieces would hold everything twice
        try:
            while (piece := body.piece()) is not None:
                whole.write(piece)
        finally:
            body.close()
        return whole.getvalue()

    def _start(
        self, call: Call[Any], idle: float | None, *, streaming: bool, raw: bool = False
    ) -> Body:
        """Send the request and return the answer's body, or raise for what is no success."""
        http = self._pool.opened().http
        try:
            request = build_request(http, call, self.config, idle=idle, streaming=streaming)
            response = http.send(request, stream=True)
        except FOREIGN as exc:
            raise translate(exc, method=call.method, path=call.path, timeout=idle) from exc
        logger.debug("%s %s -> %d", call.method, call.path, response.status_code)
        body = Body(response, call, idle=idle, raw=raw)
        if not response.is_success:
            raise self._refusal(call, body)
        return body

    def _refusal(self, call: Call[Any], body: Body) -> SpritesError:
        """Return the error for an answer that is no success; its body is read only so far."""
        data = b""
        deadline = monotonic() + (self.config.timeout or 60)
        try:
            while len(data) < _MAX_ERROR_BODY and monotonic() < deadline:
                piece = body.piece()
                if piece is None:
                    break
                data += piece
        except SpritesError:
            logger.debug("%s: the body of the error broke off", call.operation)
        finally:
            body.close()
        return error_from_response(
            body.status,
            body.headers,
            data,
            method=call.method,
            path=call.path,
            looked_for=call.looked_for,
            now=utc_now(),
        )

    def _whole(self, call: Call[Any], body: Body, started: float) -> bytes:
        """Return the whole body; the bound of the HTTP library is on each piece of it only."""
        pieces: list[bytes] = []
        timeout = self.config.timeout
        while (piece := body.piece()) is not None:
            pieces.append(piece)
            if timeout is not None and monotonic() - started > timeout:
                raise APITimeoutError(
                    f"{call.method} {call.path}: the answer was not complete after {timeout:g} s",
                    method=call.method,
                    path=call.path,
                )
        return b"".join(pieces)

    def _parse(self, call: Call[T], body: Body, data: bytes) -> T:
        decoded = _decode(data, body.headers)
        try:
            return call.parse(decoded)
        except UnexpectedShapeError as exc:
            shown = decoded[:_MAX_SHOWN_BODY] if isinstance(decoded, str) else decoded
            raise APIResponseError(
                f"{call.method} {call.path} answered {body.status}, but {exc}",
                status=body.status,
                body=shown,
                method=call.method,
                path=call.path,
                request_id=body.headers.get("x-request-id", body.headers.get("fly-request-id")),
            ) from None


def _decode(data: bytes, headers: httpx.Headers) -> object:
    """Return JSON decoded, None for nothing, and anything else as text."""
    if not data.strip():
        # An empty text is an answer of another kind than no answer.
        return "" if headers.get("content-type", "").startswith("text/plain") else None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):  # also what is no UTF-8
        return data.decode("utf-8", "replace")
