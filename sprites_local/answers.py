"""The outermost layer: headers that every answer has, and errors that become answers."""

from __future__ import annotations

import errno
import logging
import re
import uuid

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected

from sprites_local.engines.base import EngineError
from sprites_local.errors import ApiError, FileError, TextError
from sprites_local.http import BadBodyError, BodyTooLargeError

log = logging.getLogger(__name__)

ENVIRONMENT_VERSION = "v0.0.1-rc48"
"""The version of the hosted environment whose wire this server speaks; clients compare it."""

_FILES_PATH = re.compile(r"/v1/sprites/[^/]+/fs/")
_ENVIRONMENT_PATH = re.compile(r"/v1/sprites/[^/]+/.")
_FULL = {errno.ENOSPC, errno.EDQUOT}
_STARTS = {"http.response.start", "websocket.accept", "websocket.http.response.start"}


class Answers:
    """Adds headers and sees to it that no exception reaches a client as such."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or handshake, whatever happens inside."""
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] in _STARTS:
                started = True
                self._add_headers(scope, message)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except (ClientDisconnect, ClientDisconnected):  # of a request, of a WebSocket
            return
        except Exception as error:
            refusal = _refusal(error, scope)
            if refusal is None:
                log.exception("Unexpected error in %s", scope["path"].encode("ascii", "replace"))
                refusal = ApiError(500, "internal server error")
            if started:
                raise ConnectionAbortedError("the answer was cut short") from error
            await refusal.response()(scope, receive, send_with_headers)

    @staticmethod
    def _add_headers(scope: Scope, message: Message) -> None:
        headers = MutableHeaders(raw=list(message.get("headers", ())))
        headers["X-Request-Id"] = uuid.uuid4().hex
        if _ENVIRONMENT_PATH.match(scope["path"]):
            headers["Sprite-Version"] = ENVIRONMENT_VERSION
        message["headers"] = headers.raw


def _refusal(error: Exception, scope: Scope) -> ApiError | None:
    """Find the answer for an exception that is an ordinary outcome."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, BadBodyError):
        return _shaped(400, str(error), scope["path"])
    if isinstance(error, BodyTooLargeError):
        return _shaped(413, str(error), scope["path"])
    if isinstance(error, EngineError):
        log.error("The engine failed: %s", error)
        return _shaped(503, str(error), scope["path"])
    if isinstance(error, OSError) and error.errno in _FULL:
        return _shaped(507, "the disk of the server is full", scope["path"])
    return None


def _shaped(status: int, text: str, path: str) -> ApiError:
    """Give a refusal the body that is usual under a path."""
    if _FILES_PATH.match(path):
        return FileError(status, text, code="EIO" if status >= 500 else "EINVAL", path="")
    if _ENVIRONMENT_PATH.match(path):
        return TextError(status, text)
    return ApiError(status, text)
