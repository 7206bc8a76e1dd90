"""Following changes of files in a sprite.

Directories are watched, never single files: a file that is replaced by another one, as editors do
it, is still followed. Notices tell names only, so a tree takes one watch per directory, and
directories that appear later are taken up as they come.
"""

from __future__ import annotations

import asyncio
import errno
import os
import posixpath
import select
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from attrs import frozen

from sprites_local import inotify, times
from sprites_local.beside import effect
from sprites_local.engines.base import Files

MOST_DIRECTORIES = 8192
MOST_PATHS = 1000
# The two notices of a move follow each other closely, but others may come between.
_MOVES = 64
_LOST = "events were lost: there were too many at once"
_GONE = (FileNotFoundError, NotADirectoryError)
_MASK = (
    inotify.MODIFY
    | inotify.ATTRIBUTES
    | inotify.MOVED_FROM
    | inotify.MOVED_TO
    | inotify.CREATE
    | inotify.DELETE
    | inotify.DELETE_SELF
    | inotify.MOVE_SELF
    | inotify.ONLY_DIRECTORY
    | inotify.EXCLUDE_UNLINKED
)
_KINDS = (
    (inotify.CREATE | inotify.MOVED_TO, "create"),
    (inotify.DELETE | inotify.DELETE_SELF, "remove"),
    (inotify.MOVED_FROM | inotify.MOVE_SELF, "rename"),
    (inotify.MODIFY, "write"),
    (inotify.ATTRIBUTES, "chmod"),
)
_REPEATED = ("write", "chmod")
Message = dict[str, Any]


@frozen
class _Subscription:
    is_directory: bool
    recursive: bool


@frozen
class _Change:
    path: str
    kind: str
    is_directory: bool


class FileWatch:
    """What one client follows; `descriptor` is one that `files` opened for notices."""

    def __init__(self, files: Files, descriptor: int) -> None:
        self._files = files
        self._descriptor = descriptor
        self._subscriptions: dict[str, _Subscription] = {}
        self._paths: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        self._found: set[str] = set()
        """What was told because a look found it; its notice may still come."""
        self._moved: deque[tuple[int, str]] = deque(maxlen=_MOVES)
        """Files of the server's own that get their names: the cookie, and what that means."""

    async def subscribe(self, path: str, *, recursive: bool) -> list[Message]:
        """Follow a file or a directory; return the failures of directories below.

        Raises:
            OSError: If it cannot be followed.
        """
        if path not in self._subscriptions and len(self._subscriptions) >= MOST_PATHS:
            raise OSError(errno.ENOSPC, f"more than {MOST_PATHS} paths cannot be followed")
        info = await self._files.stat(path)
        before = self._subscriptions.get(path)
        wanted = _Subscription(info.type == "directory", recursive and info.type == "directory")
        if before is not None and before.recursive:
            return []
        self._subscriptions[path] = wanted
        try:
            await self._watch(path if wanted.is_directory else posixpath.dirname(path))
            failures = await self._take_up(path, []) if wanted.recursive else []
        except BaseException:
            self.unsubscribe(path)
            raise
        self._found.clear()
        return failures

    def unsubscribe(self, path: str) -> None:
        """Follow a path no more; nothing happens if it was not followed."""
        if self._subscriptions.pop(path, None) is not None:
            self._drop(watched for watched in self._watches if not self._is_needed(watched))

    async def events(self) -> list[Message]:
        """Return messages for the notices that are there, perhaps none."""
        notices = inotify.read(self._descriptor)
        messages = [message for notice in notices for message in await self._translate(notice)]
        if not self._waiting():  # the notices of what a look had found are through
            self._found.clear()
        return messages

    async def _translate(self, notice: inotify.Event) -> list[Message]:
        if notice.mask & inotify.OVERFLOW:
            return [error_message(_LOST)]
        directory = self._paths.get(notice.watch)
        if directory is None:
            return []
        if notice.mask & inotify.IGNORED:
            self._forget(directory)
            return []
        change = self._change(notice, directory)
        if change is None:
            return []
        if not change.is_directory:
            return [await self._message(change)]
        if change.kind == "rename":
            self._drop(path for path in self._watches if _is_within(path, change.path))
        found: list[_Change] = []
        failures: list[Message] = []
        if change.kind == "create" and self._is_deep(change.path):
            failures = await self._take_up(change.path, found)
        return [*[await self._message(one) for one in (change, *found)], *failures]

    def _change(self, notice: inotify.Event, directory: str) -> _Change | None:
        """Say what a notice means for the client."""
        if (meant := effect(notice.name)) is not None:
            if notice.mask & inotify.MOVED_FROM:
                self._moved.append((notice.cookie, meant))
            return None
        path = posixpath.join(directory, notice.name) if notice.name else directory
        if not notice.name and posixpath.dirname(directory) in self._watches:
            return None  # the directory above tells the same
        kind = self._meaning(notice) or next(
            (kind for mask, kind in _KINDS if notice.mask & mask), None
        )
        if kind is None or not self._is_wanted(path):
            return None
        if path in self._found:
            self._found.discard(path)
            if notice.mask & inotify.CREATE or (kind == "create" and self._meaning(notice)):
                return None
        is_directory = not notice.name or bool(notice.mask & inotify.IS_DIRECTORY)
        return _Change(path, kind, is_directory)

    def _meaning(self, notice: inotify.Event) -> str | None:
        """Say what it means if a file of the server's own got its name; None for others."""
        arrived = notice.mask & inotify.MOVED_TO
        return next((m for cookie, m in self._moved if arrived and cookie == notice.cookie), None)

    async def _take_up(self, top: str, found: list[_Change]) -> list[Message]:
        """Watch a tree; add what is in it to `found`, and return failures other than at the top."""
        failures: list[Message] = []
        pending = [top]
        while pending:
            directory = pending.pop()
            try:
                await self._watch(directory)
                entries = await self._files.list(directory)
            except _GONE:
                continue
            except OSError as error:
                failures.append(error_message(reason(error), directory))
                if error.errno == errno.ENOSPC:
                    break
                continue
            for info in entries:
                if effect(info.name) is not None:
                    continue
                self._found.add(info.path)
                found.append(_Change(info.path, "create", info.type == "directory"))
                if info.type == "directory":
                    pending.append(info.path)
        return failures

    async def _watch(self, directory: str) -> None:
        if directory in self._watches:
            return
        if len(self._watches) >= MOST_DIRECTORIES:
            raise OSError(
                errno.ENOSPC, f"more than {MOST_DIRECTORIES} directories cannot be followed"
            )
        watch = await self._files.add_watch(self._descriptor, directory, _MASK)
        # Reached under two names, a directory goes by the first.
        self._paths.setdefault(watch, directory)
        self._watches[directory] = watch

    def _drop(self, directories: Iterable[str]) -> None:
        for directory in list(directories):
            with suppress(OSError):  # the directory itself may be gone
                inotify.remove(self._descriptor, self._watches[directory])
            self._forget(directory)

    def _forget(self, directory: str) -> None:
        watch = self._watches.pop(directory, None)
        if watch is not None and self._paths.get(watch) == directory:
            del self._paths[watch]

    def _is_deep(self, path: str) -> bool:
        """Tell whether a directory is followed with all that is below."""
        return any(
            subscription.recursive and _is_within(path, top)
            for top, subscription in self._subscriptions.items()
        )

    def _is_wanted(self, path: str) -> bool:
        above = self._subscriptions.get(posixpath.dirname(path))
        return path in self._subscriptions or above is not None or self._is_deep(path)

    def _is_needed(self, directory: str) -> bool:
        if directory in self._subscriptions or self._is_deep(directory):
            return True
        return any(
            not subscription.is_directory and posixpath.dirname(path) == directory
            for path, subscription in self._subscriptions.items()
        )

    def _waiting(self) -> bool:
        poller = select.poll()
        poller.register(self._descriptor, select.POLLIN)
        return bool(poller.poll(0))

    async def _message(self, change: _Change) -> Message:
        message: Message = {
            "type": "event",
            "path": shown(change.path),
            "event": change.kind,
            "timestamp": times.nanoseconds(),
            "isDir": change.is_directory,
        }
        if not change.is_directory and change.kind not in {"remove", "rename"}:
            with suppress(OSError):  # it may be gone again
                message["size"] = (await self._files.stat(change.path, follow=False)).size
        return message

    async def ready(self) -> None:
        """Wait for notices."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._descriptor, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._descriptor)


def without_repeats(messages: Iterable[Message]) -> list[Message]:
    """Leave out what repeats the last thing that was told of a path."""
    last: dict[str, str] = {}
    kept = []
    for message in messages:
        path, kind = message.get("path", ""), message.get("event", "")
        if kind not in _REPEATED or last.get(path) != kind:
            kept.append(message)
        last[path] = kind
    return kept


def error_message(text: str, path: str | None = None) -> Message:
    """Make the message of a failure."""
    message: Message = {"type": "error", "message": text}
    return message if path is None else {**message, "path": shown(path)}


def reason(error: OSError) -> str:
    """Say what the kernel said."""
    return (error.strerror or "input/output error").lower()


def shown(path: str) -> str:
    """Write a path that is no UTF-8 with replacement characters."""
    return os.fsencode(path).decode("utf-8", "replace")


def _is_within(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top.rstrip('/')}/")
