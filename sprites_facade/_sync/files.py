# Written by scripts/unasync.py from sprites_facade/_async/files.py. Do not edit.
"""The files of one sprite."""

from __future__ import annotations

from collections.abc import Iterable

from sprites_facade._core import operations
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.files import RemotePath, builtin_errors
from sprites_facade._sync.file_watch import FileWatch
from sprites_facade._sync.files_transfer import FileTransfers


class Files(FileTransfers):
    """Reads, writes, moves and watches files; a relative path begins at the user's home.

    Errors are the builtin ones as well: a missing file raises a `FileNotFoundError`.
    """

    def as_root(self) -> Files:
        """Return the same files for changes as root; looking and reading are as before."""
        return Files(self._transport, self._name, as_root=True)

    def watch(
        self, paths: RemotePath | Iterable[RemotePath], *, recursive: bool = False
    ) -> FileWatch:
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
        return self._watch(wanted, recursive=recursive)

    def _watch(self, paths: Iterable[str], *, recursive: bool) -> FileWatch:
        call = operations.watch_files(self._name).about(f"sprite {self._name!r}")
        with builtin_errors(", ".join(paths)):
            from sprites_facade._sync.sockets import (  # noqa: PLC0415 - it loads a library that many programs do without
                open_socket,
            )

            socket = open_socket(self._transport, call)
        watch = FileWatch(socket)
        try:
            watch.subscribe(paths, recursive=recursive)
        except BaseException:
            watch.close()
            raise
        return watch
