"""Errors of requests and their answers."""

from __future__ import annotations

from sprites_facade._core.errors._base import SpritesError


class APIError(SpritesError):
    """A request did not bring what was asked for."""

    method: str | None
    """The HTTP method of the request."""
    path: str | None
    """The path of the request, without its query."""
    request_id: str | None
    """The id under which the server knows the request."""

    def __init__(
        self,
        text: str,
        *,
        method: str | None = None,
        path: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(text)
        self.method = method
        self.path = path.partition("?")[0] if path is not None else None
        self.request_id = request_id


class APIConnectionError(APIError):
    """No answer came, or it broke off."""

    sent: bool
    """Whether the request may have reached the server; False only if it provably did not."""

    def __init__(
        self,
        text: str,
        *,
        sent: bool = True,
        method: str | None = None,
        path: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(text, method=method, path=path, request_id=request_id)
        self.sent = sent


class APITimeoutError(APIConnectionError, TimeoutError):
    """No answer came in time."""


class APIResponseError(APIError):
    """The server reported success with a body that is not what the contract says."""

    status: int | None
    """The status of the answer."""
    body: object
    """The body, decoded as far as it could be, clipped if it is long."""

    def __init__(
        self,
        text: str,
        *,
        status: int | None = None,
        body: object = None,
        method: str | None = None,
        path: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(text, method=method, path=path, request_id=request_id)
        self.status = status
        self.body = body


class APIStatusError(APIError):
    """The server refused the request or failed at it."""

    status: int
    """The HTTP status."""
    code: str | None
    """The machine-readable code, if the body has one."""
    message: str
    """What the server said, clipped; empty if it said nothing."""
    retry_after: float | None
    """After how many seconds to try again, if the server said so."""
    body: object
    """The JSON body, decoded; else the text of the body, clipped."""

    def __init__(
        self,
        text: str,
        *,
        status: int,
        code: str | None = None,
        message: str = "",
        retry_after: float | None = None,
        body: object = None,
        method: str | None = None,
        path: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(text, method=method, path=path, request_id=request_id)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.body = body


class BadRequestError(APIStatusError):
    """The server does not accept the request as it is (400, 422)."""


class AuthenticationError(APIStatusError):
    """The server does not know the token (401)."""


class PermissionDeniedError(APIStatusError):
    """The token does not allow this (403)."""


class NotFoundError(APIStatusError):
    """There is no such thing (404, and some answers of 500 that mean the same)."""


class ConflictError(APIStatusError):
    """The state of things does not allow this now (409)."""


class RateLimitError(APIStatusError):
    """Too many requests, or too many sprites at once (429)."""


class ServerError(APIStatusError):
    """The server failed (5xx)."""
