"""Refusals that were ordered."""

from __future__ import annotations

from starlette.responses import Response

from sprites_local.errors import ApiError, TextError
from sprites_local.faults.model import Order
from sprites_local.faults.operations import Request
from sprites_local.http import json_response


class _OrderedError(ApiError):
    """A refusal with a body that was ordered."""

    def __init__(self, order: Order, headers: dict[str, str]) -> None:
        super().__init__(order.status, order.text, headers=headers)
        self._order = order

    def response(self) -> Response:
        """Build the answer."""
        order = self._order
        return Response(order.body, order.status, self.headers, media_type=order.content_type)


class _RateLimitError(ApiError):
    """A refusal of too many requests."""

    def response(self) -> Response:
        """Build the answer."""
        wait = self.headers.get("Retry-After")
        body = {"error": "rate_limited", "message": self.text}
        more = {} if wait is None else {"retry_after_seconds": int(wait)}
        return json_response({**body, **more}, self.status, self.headers)


def refusal(order: Order, request: Request) -> ApiError:
    """Make the refusal that was ordered, in the form that is usual for the operation."""
    headers = {} if order.retry_after is None else {"Retry-After": str(order.retry_after)}
    if order.body is not None:
        return _OrderedError(order, headers)
    if order.status == 429:
        return _RateLimitError(order.status, order.text, headers=headers)
    inside = request.operation.path.startswith("/v1/sprites/{name}/")
    return (TextError if inside else ApiError)(order.status, order.text, headers=headers)
