# Written by scripts/unasync.py from sprites_facade/_async/files.py. Do not edit.
"""The files of one sprite."""

from __future__ import annotations

from typing import TypeAlias

from sprites_facade._core import operations
from sprites_facade._core.calls import given, upload
from sprites_facade._core.models import FileEntry
from sprites_facade._sync.transport import Transport

# Where commands start as well, so that a relative path means the same to both.
_HOME = "/home/sprite"
_Entries: TypeAlias = list[FileEntry]  # within the class, `list` is a method


class Files:
    """Reads and writes files; a relative path begins at the sprite user's home.

    Errors are the builtin ones as well: a missing file raises a `FileNotFoundError`.
    """

    def __init__(self, transport: Transport, name: str) -> None:
        self._transport = transport
        self._name = name

    def __repr__(self) -> str:
        return f"<files of sprite {self._name!r}>"

    def read_bytes(self, path: str) -> bytes:
        """Return the content of a file."""
        call = operations.read_file(self._name, path=path, working_dir=_HOME)
        return self._transport.fetch(call.about(f"file {path!r}"))

    def read_text(self, path: str, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the content of a file as text."""
        return (self.read_bytes(path)).decode(encoding, errors)

    def write_bytes(
        self, path: str, data: bytes, *, mode: int | None = None, parents: bool = True
    ) -> int:
        """Replace the content of a file, or make it; return how many bytes were written.

        Args:
            path: Where to write.
            data: What to write, at most 16 MiB.
            mode: The permissions, such as 0o755; the server's choice if left out.
            parents: Whether to make the directories that are missing.
        """
        call = operations.write_file(
            self._name,
            path=path,
            working_dir=_HOME,
            mode=given(None if mode is None else f"{mode:04o}"),
            mkdir_parents=parents,  # servers know this by one name or by the other
            mkdir=parents,
            body=upload(data),
        )
        self._transport.send(call.about(f"directory of {path!r}"))
        return len(data)

    def write_text(
        self,
        path: str,
        text: str,
        encoding: str = "utf-8",
        *,
        mode: int | None = None,
        parents: bool = True,
    ) -> int:
        """Replace the content of a file by a text, or make it; return how many bytes it is."""
        return self.write_bytes(path, text.encode(encoding), mode=mode, parents=parents)

    def list(self, path: str = ".") -> _Entries:
        """Return the entries of a directory."""
        call = operations.list_files(self._name, path=path, working_dir=_HOME)
        return self._transport.send(call.about(f"directory {path!r}"))

    def remove(self, path: str) -> None:
        """Remove a file or an empty directory."""
        call = operations.delete_file(self._name, path=path, working_dir=_HOME)
        self._transport.send(call.about(f"file {path!r}"))
