# Written by scripts/unasync.py from sprites_facade/_async/files_base.py. Do not edit.
"""What every group of file operations needs."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from sprites_facade._core.calls import Call
from sprites_facade._core.commands import own
from sprites_facade._core.errors import APIStatusError, CommandError
from sprites_facade._core.file_errors import failure, tool_error
from sprites_facade._core.files import RemotePath, absolute, builtin_errors, removable, wire_path
from sprites_facade._sync.commands import SpriteCommands

if TYPE_CHECKING:
    from sprites_facade._sync.transport import Transport

T = TypeVar("T")
_Word = str | int

# For programs that answer at once.
_SHORT = 60.0
# What a shell answers where there is none.
_NOT_FOUND = 127


class FilesBase:
    """The files of a sprite and the way to them."""

    def __init__(self, transport: Transport, name: str, *, as_root: bool = False) -> None:
        self._transport = transport
        self._name = name
        self._root = as_root
        self._commands = SpriteCommands(transport, name)

    def __repr__(self) -> str:
        return f"<files of sprite {self._name!r}{' as root' if self._root else ''}>"

    @property
    def sprite(self) -> str:
        """The name of the sprite whose files these are."""
        return self._name

    def _send(self, call: Call[T], path: RemotePath) -> T:
        with builtin_errors(path):
            return self._transport.send(call.about(f"file {str(path)!r}"))

    def _tool(self, script: str, *args: _Word, path: PurePosixPath, timeout: float = _SHORT) -> str:
        """Run a script beside a file, and return the text that it writes; see `_tool_bytes`."""
        written = self._tool_bytes(script, *args, path=path, timeout=timeout)
        return written.decode(errors="replace")

    def _tool_bytes(
        self, script: str, *args: _Word, path: PurePosixPath, timeout: float = _SHORT
    ) -> bytes:
        """Run a script beside a file, and return what it writes.

        It finds the directory as its own and the file's name as its first argument: only such
        paths are the sprite's on every kind of local server.
        """
        words = ["sh", "-c", f"export LC_ALL=C\n{script}", "sh", f"./{path.name}"]
        try:
            done = self._commands.run_http(
                [*words, *(str(arg) for arg in args)],
                cwd=str(path.parent),
                timeout=timeout,
                text=False,
            )
        except APIStatusError as exc:
            if exc.status != 400:
                raise
            raise tool_error(_NOT_FOUND, exc.message, str(path)) from exc
        except CommandError as exc:
            raise failure(
                "EIO", f"a program in the sprite did not end well: {exc}", str(path)
            ) from exc
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace")
            raise tool_error(done.returncode, said, str(path))
        return done.stdout

    def _at(self, path: RemotePath) -> PurePosixPath:
        own(self._name, path)
        return absolute(path)

    def _removable(self, path: RemotePath) -> PurePosixPath:
        own(self._name, path)
        return removable(path)

    def _wire(self, path: RemotePath) -> str:
        own(self._name, path)
        return wire_path(path)
