"""Reading bodies within bounds, and writing answers that never fail to encode."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

JSON_LIMIT = 1 << 20
_DRAIN_LIMIT = 64 << 20
_NDJSON_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
_JSON_HEADERS = {"Cache-Control": "max-age=0, private, must-revalidate"}


class BodyTooLargeError(Exception):
    """A request body is over the limit of its endpoint."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"request body is larger than {limit} bytes")


class BadBodyError(Exception):
    """A request body is not the JSON that was expected."""


def encode_json(value: Any) -> bytes:
    """Write JSON in one line; halves of surrogate pairs become question marks."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


def json_response(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON."""
    return json_text(encode_json(value), status, headers)


def json_text(text: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON that is written already."""
    return Response(
        text,
        status,
        {**_JSON_HEADERS, **(headers or {})},
        media_type="application/json; charset=utf-8",
    )


def text_response(
    text: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with plain text."""
    body = text.encode("utf-8", "replace")
    return Response(body, status, dict(headers or {}), media_type="text/plain")


def ndjson_response(lines: AsyncIterator[bytes]) -> Response:
    """Answer with a stream of JSON objects, a line each, sent as they come."""
    return StreamingResponse(lines, 200, _NDJSON_HEADERS, "application/x-ndjson")


async def body_chunks(request: Request, limit: int) -> AsyncIterator[bytes]:
    """Yield a request's body, up to a limit, without keeping it.

    Raises:
        BodyTooLargeError: If the body is longer. What the client sends on is read and dropped
            within bounds: a connection closed on unread data may lose the answer.
    """
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        await _drain(request)
        raise BodyTooLargeError(limit)
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > limit:
            await _drain(request)
            raise BodyTooLargeError(limit)
        yield chunk


async def _drain(request: Request) -> None:
    # A client that waits for "100 Continue" has sent nothing yet, and reading would invite it.
    if "100-continue" in request.headers.get("expect", "").lower():
        return
    total = 0
    while total < _DRAIN_LIMIT:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        total += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


async def read_json(request: Request, *, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """Read a body that is a JSON object; no body is an empty object.

    Raises:
        BodyTooLargeError: If the body is over the limit.
        BadBodyError: If it is not a JSON object.
    """
    raw = b"".join([chunk async for chunk in body_chunks(request, limit)])
    if not raw.strip():
        return {}
    return parse_object(raw)


def parse_object(raw: bytes | str) -> dict[str, Any]:
    """Read a JSON object strictly: no NaN, no halves of surrogate pairs, bounded depth."""
    try:
        value = json.loads(raw, parse_constant=_refuse_constant)
        # Text that cannot be written again cannot be stored or passed to a process either.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise BadBodyError("request body is not valid JSON") from None
    if not isinstance(value, dict):
        raise BadBodyError("request body must be a JSON object")
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)
