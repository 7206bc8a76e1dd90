"""The files of one sprite."""

from __future__ import annotations

from collections.abc import Iterable

from sprites_facade._async.file_watch import AsyncFileWatch
from sprites_facade._async.files_transfer import AsyncFileTransfers
from sprites_facade._concurrency import AsyncOpening
from sprites_facade._core import operations
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.files import RemotePath, builtin_errors


class AsyncFiles(AsyncFileTransfers):
    """Reads, writes, moves and watches files; a relative path begins at the user's home.

    Errors are the builtin ones as well: a missing file raises a `FileNotFoundError`.
    """

    def as_root(self) -> AsyncFiles:
        """Return the same files for changes as root; looking and reading are as before."""
        return AsyncFiles(self._transport, self._name, as_root=True)

    def watch(
        self, paths: RemotePath | Iterable[RemotePath], *, recursive: bool = False
    ) -> AsyncOpening[AsyncFileWatch]:
        """Follow changes as they happen, from when the server has confirmed it.

        Args:
            paths: A file or a directory, or several.
            recursive: Also follow what is in the directories of a directory.

        Raises:
            FileSystemError: If the server cannot watch a path.
        """
        if isinstance(paths, str) or not isinstance(paths, Iterable):
            paths = [paths]
        several = list(paths)
        if not several:
            raise ConfigurationError("nothing to watch: name at least one path")
        wanted = [self._wire(path) for path in several]
        return AsyncOpening(self._watch(wanted, recursive=recursive))

    async def _watch(self, paths: Iterable[str], *, recursive: bool) -> AsyncFileWatch:
        call = operations.watch_files(self._name).about(f"sprite {self._name!r}")
        with builtin_errors(", ".join(paths)):
            from sprites_facade._async.sockets import (  # noqa: PLC0415 - it loads a library that many programs do without
                async_open_socket,
            )

            socket = await async_open_socket(self._transport, call)
        watch = AsyncFileWatch(socket)
        try:
            await watch.subscribe(paths, recursive=recursive)
        except BaseException:
            await watch.aclose()
            raise
        return watch
