"""The content of files: whole, or as file objects."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal, TypeAlias, overload

from sprites_facade._async.file_content import AsyncContent
from sprites_facade._async.file_objects import AsyncFileReader, AsyncFileWriter
from sprites_facade._async.file_replacement import AsyncReplacement
from sprites_facade._async.files_changing import AsyncFileChanges
from sprites_facade._async.files_links import AsyncFileLinks
from sprites_facade._concurrency import AsyncOpening
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
from sprites_facade._fileobjects import AsyncTextFile

TextMode: TypeAlias = Literal["r", "w", "x", "rt", "wt", "xt"]


class AsyncFileContents(AsyncFileLinks):
    """Read and write files."""

    async def read_bytes(self, path: RemotePath) -> bytes:
        """Return the content of a file."""
        call = operations.read_file(self._name, path=self._wire(path), working_dir=HOME)
        with builtin_errors(path):
            return await self._transport.fetch(call.about(f"file {str(path)!r}"))

    async def read_text(
        self, path: RemotePath, encoding: str = "utf-8", errors: str = "strict"
    ) -> str:
        """Return the content of a file as text; ends of lines stay as they are."""
        check_text_options(encoding, errors, None)
        return (await self.read_bytes(path)).decode(encoding, errors)

    async def write_bytes(
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
            await self._put(path, whole, mode=wanted, parents=parents)
            return len(view)
        replacement = self._replacement(path, mode=mode, parents=parents)
        try:
            await replacement.add(view)
        except BaseException:
            await replacement.abandon()
            raise
        return await replacement.finish()

    async def write_text(
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
        return await self.write_bytes(path, data, mode=mode, parents=parents)

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
    ) -> AsyncOpening[AsyncTextFile]: ...

    @overload
    def open(self, path: RemotePath, mode: Literal["rb"]) -> AsyncOpening[AsyncFileReader]: ...

    @overload
    def open(
        self,
        path: RemotePath,
        mode: Literal["wb", "xb"],
        *,
        permissions: int | None = ...,
        parents: bool = ...,
    ) -> AsyncOpening[AsyncFileWriter]: ...

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
    ) -> (
        AsyncOpening[AsyncTextFile] | AsyncOpening[AsyncFileReader] | AsyncOpening[AsyncFileWriter]
    ):
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
    ) -> (
        AsyncOpening[AsyncTextFile] | AsyncOpening[AsyncFileReader] | AsyncOpening[AsyncFileWriter]
    ):
        wanted = open_mode(mode)
        check_text_options(*text)
        if wanted.binary:
            check_binary_options(*text)
        there = self._removable(path)
        if permissions is not None:
            octal(permissions)
        if not wanted.binary:
            return AsyncOpening(self._open_text(there, wanted, permissions, parents, text))
        if wanted.kind == "r":
            return AsyncOpening(self._open_reader(there))
        return AsyncOpening(self._open_writer(there, wanted, permissions, parents))

    async def _open_text(
        self,
        path: PurePosixPath,
        mode: OpenMode,
        permissions: int | None,
        parents: bool,  # noqa: FBT001 - as it came
        text: tuple[str, str, str | None],
    ) -> AsyncTextFile:
        if mode.kind == "r":
            return AsyncTextFile(await self._open_reader(path), *text)
        return AsyncTextFile(await self._open_writer(path, mode, permissions, parents), *text)

    async def _open_reader(self, path: PurePosixPath) -> AsyncFileReader:
        entry = await self.stat(path)
        if entry.is_dir:
            raise failure("EISDIR", "is a directory", str(path))
        return AsyncFileReader(self._content(path, entry))

    async def _open_writer(
        self,
        path: PurePosixPath,
        mode: OpenMode,
        permissions: int | None,
        parents: bool,  # noqa: FBT001 - as it came
    ) -> AsyncFileWriter:
        replacement = self._replacement(
            path, mode=permissions, parents=parents, exclusive=mode.kind == "x"
        )
        await replacement.check()
        return AsyncFileWriter(replacement)

    def _content(self, path: PurePosixPath, entry: FileEntry) -> AsyncContent:
        return AsyncContent(self._transport, self._name, path, entry, lambda: self.stat(path))

    def _replacement(
        self, path: RemotePath, *, mode: int | None, parents: bool, exclusive: bool = False
    ) -> AsyncReplacement:
        return AsyncReplacement(
            self,
            AsyncFileChanges(self._transport, self._name) if self._root else self,
            self._removable(path),
            mode=mode,
            parents=parents,
            exclusive=exclusive,
        )
