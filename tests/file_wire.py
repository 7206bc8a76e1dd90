"""A scripted file server: files in memory, and the habits in which real servers differ."""

from __future__ import annotations

import fnmatch
import posixpath
from typing import Any

from attrs import define, field

from tests.wire import Exchange

BINARY = "application/octet-stream"
MOMENT = "2026-01-31T12:20:24Z"


@define
class FileServer:
    """Answers file requests; give it to `wire.always`.

    Args:
        files: What is in which file.
        directories: Which directories there are.
        lists: What a list of a path shows: `children` of a directory and a file itself;
            `no_files`, the same but a file is refused; `itself`, always the path's own entry;
            `empty`, as `children` but nothing at all for a path that is missing.
        with_path: Whether entries tell their path.
        ranges: Whether parts of a file can be asked for.
        command: Answers commands.
    """

    files: dict[str, bytes] = field(factory=dict)
    directories: set[str] = field(factory=set)
    lists: str = "children"
    with_path: bool = True
    ranges: bool = True
    mtime: str = MOMENT
    code: int = 0
    output: bytes = b""
    error: bytes = b""

    def __call__(self, exchange: Exchange) -> None:
        request = exchange.request
        action = request.path.rpartition("/")[2]
        answer = getattr(self, f"on_{action}")
        if action in {"list", "read", "write", "delete"}:
            path = posixpath.normpath(
                posixpath.join(request.query["workingDir"][0], request.query["path"][0])
            )
            answer(exchange, path)
        else:
            answer(exchange)

    def on_list(self, exchange: Exchange, path: str) -> None:
        known = self.files.keys() | self.directories
        if path not in known:
            if self.lists == "empty":
                self._entries(exchange, path, [])
            else:
                self._refuse(exchange, 404, "ENOENT", path)
        elif path in self.files and self.lists == "no_files":
            self._refuse(exchange, 400, "ENOTDIR", path)
        elif path in self.files or self.lists == "itself":
            self._entries(exchange, path, [path])
        else:
            pattern = exchange.request.query.get("pattern", ["*"])[0]
            found = [
                other
                for other in sorted(known)
                if other != "/" and posixpath.dirname(other) == path
                if fnmatch.fnmatch(posixpath.basename(other), pattern)
            ]
            self._entries(exchange, path, found)

    def on_read(self, exchange: Exchange, path: str) -> None:
        if path not in self.files:
            self._refuse(exchange, 404, "ENOENT", path)
            return
        data = self.files[path]
        wanted = exchange.request.headers.get("range")
        if wanted is None or not self.ranges:
            exchange.reply(200, data, content_type=BINARY)
            return
        start = int(wanted.removeprefix("bytes=").partition("-")[0])
        if start >= len(data):
            self._refuse(exchange, 416, "EINVAL", path)
            return
        span = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        exchange.reply(206, data[start:], content_type=BINARY, headers=span)

    def on_write(self, exchange: Exchange, path: str) -> None:
        self.files[path] = exchange.request.body
        self.directories.add(posixpath.dirname(path))
        exchange.reply(200, {"path": path, "size": len(exchange.request.body), "mode": "0644"})

    def on_delete(self, exchange: Exchange, path: str) -> None:
        if path in self.files:
            del self.files[path]
        elif path in self.directories:
            self.directories.discard(path)
        else:
            self._refuse(exchange, 404, "ENOENT", path)
            return
        exchange.reply(200, {"deleted": [path], "count": 1})

    def on_chmod(self, exchange: Exchange) -> None:
        exchange.reply(200, {"affected": [], "count": 0})

    def on_rename(self, exchange: Exchange) -> None:
        body = exchange.request.json
        self.files[body["dest"]] = self.files.pop(body["source"], b"")
        exchange.reply(200, {"source": body["source"], "dest": body["dest"]})

    on_copy = on_chown = on_chmod

    def on_exec(self, exchange: Exchange) -> None:
        """Play a command."""
        exchange.start(200, BINARY)
        for number, text in ((1, self.output), (2, self.error)):
            if text:
                exchange.chunk(bytes([number]) + text)
        exchange.chunk(bytes([3, self.code]))
        exchange.end()

    def _entries(self, exchange: Exchange, path: str, found: list[str]) -> None:
        entries = [self._entry(other) for other in found]
        exchange.reply(200, {"path": path, "entries": entries, "count": len(entries)})

    def _entry(self, path: str) -> dict[str, Any]:
        is_dir = path in self.directories
        entry: dict[str, Any] = {
            "name": posixpath.basename(path),
            "type": "directory" if is_dir else "file",
            "size": 0 if is_dir else len(self.files[path]),
            "mode": "0755" if is_dir else "0640",
            "modTime": self.mtime,
            "isDir": is_dir,
        }
        return {**entry, "path": path} if self.with_path else entry

    def _refuse(self, exchange: Exchange, status: int, code: str, path: str) -> None:
        exchange.reply(status, {"error": code.lower(), "code": code, "path": path})
