"""A file as an answer: streamed from a descriptor in flat memory, whole or a range."""

from __future__ import annotations

import os
import re

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sprites_local import powerless
from sprites_local.errors import ApiError, FileError

_CHUNK = 256 << 10
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class RangeError(FileError):
    """Nothing of the file lies in the range that was asked for."""

    def __init__(self, path: str, size: int) -> None:
        super().__init__(416, f"{path}: range outside the file", code="EINVAL", path=path)
        self.headers["Content-Range"] = f"bytes */{size}"


class FileResponse(Response):
    """Streams a descriptor and closes it, whatever happens."""

    def __init__(self, descriptor: int, wanted: str | None, path: str) -> None:
        super().__init__(media_type="application/octet-stream")
        del self.headers["content-length"]
        self.headers["Accept-Ranges"] = "bytes"
        self._descriptor = descriptor
        self._path = path
        try:
            self._start, self._length = self._plan(wanted)
        except ApiError:
            os.close(descriptor)
            raise

    def _plan(self, wanted: str | None) -> tuple[int, int | None]:
        """Decide from where and how much, and set the headers that say so."""
        size = os.fstat(self._descriptor).st_size
        if size == 0:
            # Empty, or a file of the kernel's that tells no size: read to its end.
            return 0, None
        start, end = read_range(wanted, size)
        if start >= end:
            raise RangeError(self._path, size)
        if wanted is not None and (start, end) != (0, size):
            self.status_code = 206
            self.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        self.headers["Content-Length"] = str(end - start)
        return start, end - start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file; one that shrinks meanwhile breaks the connection off."""
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            if scope["method"] != "HEAD":
                await self._send_data(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            os.close(self._descriptor)

    async def _send_data(self, send: Send) -> None:
        position, left = self._start, self._length
        while left is None or left > 0:
            wanted = _CHUNK if left is None else min(_CHUNK, left)
            data = await powerless.in_thread(os.pread, self._descriptor, wanted, position)
            if not data and left is None:
                return
            if not data:
                raise ConnectionAbortedError(f"{self._path} became shorter while it was read")
            await send({"type": "http.response.body", "body": data, "more_body": True})
            position += len(data)
            left = None if left is None else left - len(data)


def read_range(wanted: str | None, size: int) -> tuple[int, int]:
    """Read a Range header into start and end; what is not understood asks for everything.

    A start that is not below the end means that nothing of the file was asked for.
    """
    match = _RANGE.fullmatch((wanted or "").replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return 0, size
    first, last = match[1], match[2]
    if not first:
        return max(0, size - int(last)), size
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < int(first):
        # By the standard such a range is to be ignored.
        return 0, size
    return int(first), end
