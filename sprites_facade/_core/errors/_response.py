"""From an answer that is no success to the error that says so."""

from __future__ import annotations

import errno
import json
import re
from typing import TYPE_CHECKING, Any

import attrs

from sprites_facade._core.errors import _api as api
from sprites_facade._core.errors._files import FileSystemError, filesystem_error_class
from sprites_facade._core.phrases import exact_code
from sprites_facade._core.text import clip, redact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# A body beyond this is not parsed; no server of ours sends an error that long.
_MAX_JSON = 1024 * 1024
_MAX_TEXT = 4096
_MAX_MESSAGE = 500

_BY_STATUS: dict[int, type[api.APIStatusError]] = {
    400: api.BadRequestError,
    401: api.AuthenticationError,
    403: api.PermissionDeniedError,
    404: api.NotFoundError,
    409: api.ConflictError,
    422: api.BadRequestError,
    429: api.RateLimitError,
}
_HINTS: dict[type[api.APIStatusError], str] = {
    api.BadRequestError: "correct the request",
    api.AuthenticationError: "check the token and that it belongs to this server",
    api.PermissionDeniedError: "use a token that allows this",
    api.RateLimitError: "slow down and try again later",
    api.ServerError: "the server failed; if that stays, report the request id",
}
# Production answered 500 where 404 was meant: for a sprite that does not exist on GET and on
# DELETE (recorded in January 2026), and for a checkpoint that does not exist. Callers ask "is it
# there?" of exactly these requests, so the exact texts count as 404. `status` stays 500.
_NOT_FOUND_TEXTS = {"GET": "failed to retrieve sprite", "DELETE": "failed to delete sprite"}
_NO_CHECKPOINT = re.compile(r"\bcheckpoint with path \S+ not found\b")
# `code` is optional in the bodies of the file endpoints; a path beside the error gives them away.
_CODE_BY_STATUS = {403: "EACCES", 404: "ENOENT", 409: "EEXIST"}
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?")
_ERRNO_NAME = re.compile(r"E[A-Z0-9]+")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title")
_MARKUP = re.compile(r"(?i)\s*<(!doctype|html|head|body|\?xml)")


@attrs.frozen
class _Answer:
    """What there is to say about an answer, whatever its class will be."""

    status: int
    headers: Mapping[str, str]
    body: object
    method: str
    path: str
    looked_for: str | None
    now: datetime | None

    @property
    def fields(self) -> Mapping[str, Any]:
        return self.body if isinstance(self.body, dict) else {}

    def header(self, name: str) -> str | None:
        for key, value in self.headers.items():
            if key.lower() == name:
                return value
        return None

    @property
    def request_id(self) -> str | None:
        found = self.header("x-request-id") or self.header("fly-request-id")
        return clip(found, 200) if found else None


def error_from_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    method: str,
    path: str,
    looked_for: str | None = None,
    now: datetime | None = None,
) -> api.APIStatusError | FileSystemError:
    """Return the error for an answer that is no success; any body will do.

    Args:
        status: The status of the answer, which alone decides what can be decided without the body.
        headers: The headers of the answer, in any case.
        body: The body, or as much of it as the caller cared to read.
        method: The method of the request.
        path: The path of the request; a query is cut off.
        looked_for: What the request was about, such as `sprite 'demo'`, for the message.
        now: The time, to understand a Retry-After that is a date; without it a date is ignored.
    """
    answer = _Answer(
        status, headers, _decode(body), method, path.partition("?")[0], looked_for, now
    )
    code = _filesystem_code(answer)
    if code is not None:
        return _filesystem_error(answer, code)
    return _status_error(answer)


def retry_after(
    headers: Mapping[str, str], body: object, now: datetime | None = None
) -> float | None:
    """Return after how many seconds to try again: the longer of what header and body say."""
    fields = body if isinstance(body, dict) else {}
    header = next((v for k, v in headers.items() if k.lower() == "retry-after"), None)
    said = (_header_delay(header, now), _body_delay(fields.get("retry_after_seconds")))
    return max((delay for delay in said if delay is not None), default=None)


def _decode(body: bytes) -> object:
    """Return JSON decoded, else clipped text, else None for nothing."""
    if len(body) <= _MAX_JSON:
        try:
            return json.loads(body.decode("utf-8-sig"))
        except (ValueError, RecursionError):  # also what is no UTF-8, and integers too long
            pass
    text = body[: _MAX_TEXT * 4].decode("utf-8", "replace").strip()
    return text[:_MAX_TEXT] or None


def _said(answer: _Answer) -> str:
    """Return the server's own words, on one line."""
    if isinstance(answer.body, str):
        return _tidy(_from_markup(answer.body))
    for key in ("message", "error", "errors", "detail"):
        text = _words(answer.fields.get(key))
        if text:
            return _tidy(text)
    return ""


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(item for item in value[:20] if isinstance(item, str))
    if isinstance(value, dict):
        return _words(value.get("message"))
    return ""


def _from_markup(text: str) -> str:
    """Reduce a page, which a proxy sends, to its title."""
    if not _MARKUP.match(text):
        return text
    title = _TITLE.search(text)
    return " ".join(title[1].split()) if title else "a page of HTML"


def _tidy(text: str) -> str:
    return clip(redact(text[: _MAX_MESSAGE * 2].strip()), _MAX_MESSAGE)


def _filesystem_code(answer: _Answer) -> str | None:
    code = answer.fields.get("code")
    if isinstance(code, str) and _ERRNO_NAME.fullmatch(code) and hasattr(errno, code):
        return code
    if isinstance(answer.fields.get("path"), str) and "error" in answer.fields:
        return _CODE_BY_STATUS.get(answer.status)
    return None


def _filesystem_error(answer: _Answer, code: str) -> FileSystemError:
    path = answer.fields.get("path")
    path = path if isinstance(path, str) else None
    said = _said(answer)
    where = f": {clip(repr(path), 300)}" if path else ""
    what = (said or code).removeprefix(f"{path}: ")  # which is told once
    code = exact_code(code, what)
    return filesystem_error_class(code)(
        f"{what}{where} ({answer.method} {answer.path} answered {answer.status})",
        code=code,
        path=path,
        status=answer.status,
        message=said,
        retry_after=retry_after(answer.headers, answer.body, answer.now),
        request_id=answer.request_id,
        body=answer.body,
    )


def _status_error(answer: _Answer) -> api.APIStatusError:
    said = _said(answer)
    cls = _status_class(answer, said)
    delay = retry_after(answer.headers, answer.body, answer.now)
    return cls(
        _sentence(answer, cls, said, delay),
        status=answer.status,
        code=_code(answer.fields),
        message=said,
        retry_after=delay,
        body=answer.body,
        method=answer.method,
        path=answer.path,
        request_id=answer.request_id,
    )


def _status_class(answer: _Answer, said: str) -> type[api.APIStatusError]:
    if answer.status == 500 and (
        said == _NOT_FOUND_TEXTS.get(answer.method.upper()) or _NO_CHECKPOINT.search(said)
    ):
        return api.NotFoundError
    if 500 <= answer.status <= 599:
        return api.ServerError
    return _BY_STATUS.get(answer.status, api.APIStatusError)


def _code(fields: Mapping[str, Any]) -> str | None:
    """Return the machine-readable code; `error` is one where a message stands beside it."""
    code = fields.get("code")
    if not isinstance(code, str) and isinstance(fields.get("message"), str):
        code = fields.get("error")
    return clip(code, 200) if isinstance(code, str) else None


def _sentence(
    answer: _Answer, cls: type[api.APIStatusError], said: str, delay: float | None
) -> str:
    parts = [f"{answer.method} {answer.path} answered {answer.status}"]
    if said:
        parts.append(f": {said}")
    if cls is api.NotFoundError and answer.looked_for:
        parts.append(f" (looking for {answer.looked_for})")
    if delay is not None:
        parts.append(f"; try again in {delay:g} s")
    elif 300 <= answer.status <= 399:
        parts.append("; redirects are not followed: correct the base URL")
    elif cls in _HINTS:
        parts.append(f"; {_HINTS[cls]}")
    if answer.request_id:
        parts.append(f" [request {answer.request_id}]")
    return "".join(parts)


def _header_delay(value: str | None, now: datetime | None) -> float | None:
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    return None if now is None else _until(value, now)


def _until(date: str, now: datetime) -> float | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - much, for what is rare

    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:  # a zone of -0000
            moment = moment.replace(tzinfo=now.tzinfo)
        return max(0.0, (moment - now).total_seconds())
    except (IndexError, OverflowError, TypeError, ValueError):
        return None


def _body_delay(value: object) -> float | None:
    # A bool is an int to Python; NaN and the infinities fail the comparison.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e9 else None
