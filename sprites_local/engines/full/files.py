"""File operations in a sprite, carried out by an agent inside it."""

from __future__ import annotations

import asyncio
import builtins
import errno
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sprites_local import rooted
from sprites_local.engines.base import EngineError, FileInfo
from sprites_local.engines.common.channel import Channel, Message
from sprites_local.init import frames

_MAX_ANSWER: Final = 1 << 24


class AgentFiles:
    """The client of one agent; implements `base.Files`. One operation at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._answers: asyncio.Queue[tuple[Message, list[int]] | None] = asyncio.Queue()
        self._turn = asyncio.Lock()
        self._watching = False
        self._channel = Channel(
            sock,
            on_message=self._arrived,
            on_close=lambda: self._answers.put_nowait(None),
            max_size=_MAX_ANSWER,
        )

    @property
    def usable(self) -> bool:
        """Whether the agent is there and between two operations."""
        return not (self._channel.closed or self._turn.locked() or self._watching)

    async def ready(self) -> None:
        """Wait for the agent's first sign of life."""
        await self._receive()

    def close(self) -> None:
        """End the agent."""
        self._channel.close()

    async def stat(self, path: str, *, follow: bool = True) -> FileInfo:
        """Describe one path."""
        (item,) = await self._call({"op": "stat", "path": path, "follow": follow})
        return FileInfo(*item)

    async def list(self, path: str) -> builtins.list[FileInfo]:
        """Describe the entries of a directory."""
        items = await self._call({"op": "list", "path": path})
        return [FileInfo(*item) for item in items]

    async def open(self, path: str, flags: int, mode: int = 0o644) -> int:
        """Open a regular file."""
        request = {"op": "open", "path": path, "flags": flags, "mode": mode}
        async with self._exclusive():
            self._channel.send(request)
            message, descriptors = await self._receive()
        _raise_for(message, path)
        (fd,) = descriptors
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise EngineError("the file agent opened something that is no regular file")
        return fd

    async def listen(self, path: str) -> socket.socket:
        """Make a listening Unix socket."""
        async with self._exclusive():
            self._channel.send({"op": "listen", "path": path})
            message, descriptors = await self._receive()
        _raise_for(message, path)
        (fd,) = descriptors
        return socket.socket(fileno=fd)

    async def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Create one directory."""
        await self._call({"op": "mkdir", "path": path, "mode": mode})

    async def remove(self, path: str, *, recursive: bool = False) -> builtins.list[str]:
        """Delete a file or a tree."""
        request = {"op": "remove", "path": path, "recursive": recursive}
        return await self._call(request)

    async def rename(self, source: str, dest: str) -> None:
        """Rename."""
        await self._call({"op": "rename", "path": source, "dest": dest})

    async def chmod(self, path: str, mode: int) -> None:
        """Set permission bits."""
        await self._call({"op": "chmod", "path": path, "mode": mode})

    async def chown(self, path: str, uid: int, gid: int) -> None:
        """Set owner and group."""
        await self._call({"op": "chown", "path": path, "uid": uid, "gid": gid})

    async def open_watch(self) -> int:
        """Open a descriptor for notices; the agent keeps it too, and is of no other use then."""
        self._watching = True
        async with self._exclusive():
            self._channel.send({"op": "open_watch"})
            message, descriptors = await self._receive()
        _raise_for(message, "/")
        return descriptors[0]

    async def add_watch(self, watch: int, path: str, mask: int) -> int:
        """Ask for notices about a directory; there is one descriptor for them."""
        (number,) = await self._call({"op": "add_watch", "path": path, "mask": mask})
        return int(number)

    async def _call(self, request: Message) -> builtins.list[Any]:
        items: builtins.list[Any] = []
        async with self._exclusive():
            self._channel.send(request)
            while True:
                message, descriptors = await self._receive()
                frames.close_all(descriptors)
                items += message.get("items", [])
                if not message.get("more"):
                    break
        _raise_for(message, request["path"])
        return items

    @asynccontextmanager
    async def _exclusive(self) -> AsyncIterator[None]:
        """Hold the connection; one that was left in the middle of an answer is of no more use."""
        async with self._turn:
            try:
                yield
            except BaseException:
                self.close()
                raise

    async def _receive(self) -> tuple[Message, builtins.list[int]]:
        received = await self._answers.get()
        if received is None:
            self._answers.put_nowait(None)
            raise EngineError("the sprite stopped")
        return received

    def _arrived(self, message: Message, descriptors: builtins.list[int]) -> None:
        if self._turn.locked() or not message:
            self._answers.put_nowait((message, descriptors))
        else:
            frames.close_all(descriptors)


def _raise_for(message: Message, path: str) -> None:
    if "errno" in message:
        number = message["errno"] or errno.EIO
        known = {rooted.TOO_MANY: rooted.TOO_MANY_REASON}
        raise OSError(number, known.get(number) or os.strerror(number), path)
