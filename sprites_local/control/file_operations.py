"""File operations over a control socket: the same as over HTTP, in another envelope."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sprites_local import powerless
from sprites_local.control.operation import Operation, OperationError
from sprites_local.errors import ApiError, FileError, file_refusal
from sprites_local.file_response import RangeError, read_range
from sprites_local.files import FileManager, Target, resolve
from sprites_local.http import BadBodyError, BodyTooLargeError, encode_json
from sprites_local.routes.files import WRITE_LIMIT, FileRoutes

READ_LIMIT: Final = 8 << 20
"""The largest frame of a file's bytes; some clients take no more than 10 MB."""

_PATIENCE: Final = 60.0
_Handler = Callable[[Request], Awaitable[Response]]


class FileOperations:
    """Carries them out."""

    def __init__(self, manager: FileManager) -> None:
        routes = FileRoutes(manager)
        self._manager = manager
        self._write = routes.write
        self._by_query: Mapping[str, _Handler] = {
            "fs.list": routes.entries,
            "fs.delete": routes.delete,
        }
        self._by_body: Mapping[str, _Handler] = {
            "fs.rename": routes.rename,
            "fs.copy": routes.copy,
            "fs.chmod": routes.chmod,
            "fs.chown": routes.chown,
        }

    def knows(self, name: str) -> bool:
        """Tell whether there is such an operation."""
        return name in {"fs.read", "fs.write", *self._by_query, *self._by_body}

    async def run(self, operation: Operation) -> None:
        """Carry out an operation; the result, or what went wrong, is one JSON text."""
        fields = dict(operation.start.pairs())
        try:
            if operation.start.operation == "fs.read":
                await self._read(operation, fields)
            else:
                result = await self._result(operation, fields)
                await operation.socket.send_text(result.decode())
        except (ApiError, BadBodyError, BodyTooLargeError) as error:
            body = _body(error)
            await operation.socket.send_text(encode_json(body).decode())
            raise OperationError(body["error"]) from error
        await operation.complete()

    async def _result(self, operation: Operation, fields: dict[str, str]) -> bytes:
        name = operation.start.operation
        if name == "fs.write":
            response = await self._write(_request(operation, fields, await _upload(operation)))
        elif name in self._by_query:
            response = await self._by_query[name](_request(operation, fields, b""))
        else:
            response = await self._by_body[name](_request(operation, {}, encode_json(fields)))
        return bytes(response.body)

    async def _read(self, operation: Operation, fields: dict[str, str]) -> None:
        path = resolve(fields.get("path", ""), fields.get("workingDir") or "/")
        target = Target(operation.sprite, path, fields.get("asRoot") == "true")
        descriptor = await self._manager.open(target, os.O_RDONLY)
        try:
            data = await powerless.in_thread(_contents, descriptor, fields, path)
        finally:
            os.close(descriptor)
        head = {"path": path, "size": len(data)}
        await operation.socket.send_text(encode_json(head).decode())
        await operation.socket.send_bytes(data)


def _contents(descriptor: int, fields: Mapping[str, str], path: str) -> bytes:
    """Read a file, or the bytes from `start` to `end`, the last one included as in HTTP."""
    size = os.fstat(descriptor).st_size
    start, end = 0, READ_LIMIT + 1
    if fields.get("start") or fields.get("end"):
        wanted = f"bytes={fields.get('start') or 0}-{fields.get('end', '')}"
        start, end = read_range(wanted, size)
        if start >= end:
            raise RangeError(path, size)
    os.lseek(descriptor, start, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        data = file.read(min(end - start, READ_LIMIT + 1))
    if len(data) > READ_LIMIT:
        text = f"more than {READ_LIMIT} bytes; read it in parts, or over HTTP"
        raise file_refusal(OSError(errno.EFBIG, text), path)
    return data


async def _upload(operation: Operation) -> bytes:
    """Wait for the one frame that is the file."""
    try:
        async with asyncio.timeout(_PATIENCE):
            while (message := await operation.inbox.get()) is not None:
                data = message.get("bytes")
                if data is not None:
                    if len(data) > WRITE_LIMIT:
                        raise BodyTooLargeError(WRITE_LIMIT)
                    return bytes(data)
    except TimeoutError:
        raise BadBodyError("the file's bytes did not come in time") from None
    raise BadBodyError("the file's bytes did not come")


def _request(operation: Operation, query: Mapping[str, str], body: bytes) -> Request:
    """Make the request that would ask for the same over HTTP."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "",
        "headers": [],
        "query_string": urlencode(query).encode(),
        "path_params": {"name": operation.sprite},
    }
    return Request(scope, receive)


def _body(error: Exception) -> dict[str, Any]:
    """Return the body that would tell an error over HTTP."""
    if isinstance(error, FileError):
        return dict(json.loads(bytes(error.response().body)))
    return {"error": error.text if isinstance(error, ApiError) else str(error)}
