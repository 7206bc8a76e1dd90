# Written by scripts/unasync.py from sprites_facade/_async/files_content.py. Do not edit.
"""The content of files: whole, or as file objects."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal, TypeAlias, overload

from sprites_facade._core import operations
from sprites_facade._core.commands import HOME
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.file_errors import failure
from sprites_facade._core.files import (
    WRITE_LIMIT,
    OpenMode,
    RemotePath,
    builtin_errors,
    check_binary_options,
    check_text_options,
    octal,
    open_mode,
)
from sprites_facade._core.models import FileEntry
from sprites_facade._fileobjects import TextFile
from sprites_facade._sync.file_content import Content
from sprites_facade._sync.file_objects import FileReader, FileWriter
from sprites_facade._sync.file_replacement import Replacement
from sprites_facade._sync.files_changing import FileChanges
from sprites_facade._sync.files_links import FileLinks

TextMode: TypeAlias = Literal["r", "w", "x", "rt", "wt", "xt"]


class FileContents(FileLinks):
    """Read and write files."""

    def read_bytes(self, path: RemotePath) -> bytes:
        """Return the content of a file."""
        call = operations.read_file(self._name, path=self._wire(path), working_dir=HOME)
        with builtin_errors(path):
            return self._transport.fetch(call.about(f"file {str(path)!r}"))

    def read_text(self, path: RemotePath, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the content of a file as text; ends of lines stay as they are."""
        check_text_options(encoding, errors, None)
        return (self.read_bytes(path)).decode(encoding, errors)

    def write_bytes(
        self, path: RemotePath, data: bytes, *, mode: int | None = None, parents: bool = True
    ) -> int:
        """Replace the content of a file, or make it; return how many bytes were written.

        More than 16 MiB are sent in parts, which a command in the sprite puts together.

        Args:
            path: Where to write.
            data: What to write.
            mode: The permissions, such as 0o755; the server's choice if left out.
            parents: Whether to make the directories that are missing.
        """
        view = memoryview(data).cast("B")
        wanted = None if mode is None else octal(mode)
        if len(view) <= WRITE_LIMIT:
            whole = data if type(data) is bytes else bytes(view)  # no copy of what never changes
            self._put(path, whole, mode=wanted, parents=parents)
            return len(view)
        replacement = self._replacement(path, mode=mode, parents=parents)
        try:
            replacement.add(view)
        except BaseException:
            replacement.abandon()
            raise
        return replacement.finish()

    def write_text(
        self,
        path: RemotePath,
        text: str,
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
        *,
        mode: int | None = None,
        parents: bool = True,
    ) -> int:
        """Replace the content of a file by a text, or make it; return how many bytes it is.

        Ends of lines stay as they are, unless `newline` says what to make of them.
        """
        check_text_options(encoding, errors, newline)
        if not isinstance(text, str):
            raise ConfigurationError(f"a text is wanted, not {type(text).__name__}")
        data = (text.replace("\n", newline) if newline else text).encode(encoding, errors)
        return self.write_bytes(path, data, mode=mode, parents=parents)

    @overload
    def open(
        self,
        path: RemotePath,
        mode: TextMode = "r",
        *,
        encoding: str = ...,
        errors: str = ...,
        newline: str | None = ...,
        permissions: int | None = ...,
        parents: bool = ...,
    ) -> TextFile: ...

    @overload
    def open(self, path: RemotePath, mode: Literal["rb"]) -> FileReader: ...

    @overload
    def open(
        self,
        path: RemotePath,
        mode: Literal["wb", "xb"],
        *,
        permissions: int | None = ...,
        parents: bool = ...,
    ) -> FileWriter: ...

    def open(
        self,
        path: RemotePath,
        mode: str = "r",
        *,
        encoding: str = "utf-8",
        errors: str = "strict",
        newline: str | None = None,
        permissions: int | None = None,
        parents: bool = True,
    ) -> TextFile | FileReader | FileWriter:
        """Open a file, to be read or written piece by piece.

        What is read survives a dropped connection, unless the file has changed meanwhile. What is
        written takes the file's place when it is closed, all at once; if the block of a `with`
        ends with an exception, the file stays as it was.

        Args:
            path: The file.
            mode: `r` to read, `w` to replace or make, `x` to make; with `b` for bytes.
            encoding: How a text is encoded.
            errors: What to do about what cannot be encoded or decoded, as in `open`.
            newline: How lines end, as in `open`.
            permissions: Those of a file that is written; those it has, if left out.
            parents: Whether to make the directories that are missing.
        """
        text = (encoding, errors, newline)
        return self._opening(path, mode, text, permissions=permissions, parents=parents)

    def _opening(
        self,
        path: RemotePath,
        mode: str,
        text: tuple[str, str, str | None],
        *,
        permissions: int | None = None,
        parents: bool = True,
    ) -> TextFile | FileReader | FileWriter:
        wanted = open_mode(mode)
        check_text_options(*text)
        if wanted.binary:
            check_binary_options(*text)
        there = self._removable(path)
        if permissions is not None:
            octal(permissions)
        if not wanted.binary:
            return self._open_text(there, wanted, permissions, parents, text)
        if wanted.kind == "r":
            return self._open_reader(there)
        return self._open_writer(there, wanted, permissions, parents)

    def _open_text(
        self,
        path: PurePosixPath,
        mode: OpenMode,
        permissions: int | None,
        parents: bool,  # noqa: FBT001 - as it came
        text: tuple[str, str, str | None],
    ) -> TextFile:
        if mode.kind == "r":
            return TextFile(self._open_reader(path), *text)
        return TextFile(self._open_writer(path, mode, permissions, parents), *text)

    def _open_reader(self, path: PurePosixPath) -> FileReader:
        entry = self.stat(path)
        if entry.is_dir:
            raise failure("EISDIR", "is a directory", str(path))
        return FileReader(self._content(path, entry))

    def _open_writer(
        self,
        path: PurePosixPath,
        mode: OpenMode,
        permissions: int | None,
        parents: bool,  # noqa: FBT001 - as it came
    ) -> FileWriter:
        replacement = self._replacement(
            path, mode=permissions, parents=parents, exclusive=mode.kind == "x"
        )
        replacement.check()
        return FileWriter(replacement)

    def _content(self, path: PurePosixPath, entry: FileEntry) -> Content:
        return Content(self._transport, self._name, path, entry, lambda: self.stat(path))

    def _replacement(
        self, path: RemotePath, *, mode: int | None, parents: bool, exclusive: bool = False
    ) -> Replacement:
        return Replacement(
            self,
            FileChanges(self._transport, self._name) if self._root else self,
            self._removable(path),
            mode=mode,
            parents=parents,
            exclusive=exclusive,
        )
