# Written by scripts/unasync.py from sprites_facade/_async/file_replacement.py. Do not edit.
"""Replacing a file by bytes that come one after the other, as many as there are.

The wire writes a file of up to 16 MiB in one request, and cannot append. A longer one is sent in
parts, each a file of its own beside the target. A command puts them together and tells size and
checksum of the whole, and only then that takes the target's place, in one step.
"""

from __future__ import annotations

import hashlib
from collections import deque
from pathlib import PurePosixPath

from sprites_facade._core.commands import HOME
from sprites_facade._core.file_errors import failure
from sprites_facade._core.files import (
    PART_SIZE,
    WRITE_LIMIT,
    octal,
    permissions,
    private_name,
)
from sprites_facade._core.models import FileEntry
from sprites_facade._sync.files_changing import FileChanges

# Parts go as they are taken, so that the disk has to hold the file only once.
_JOIN = """\
set -eu
umask 077
whole=$1 count=$2 i=0
: > "$whole"
while [ "$i" -lt "$count" ]; do
  cat -- "$whole.$i" >> "$whole"
  rm -f -- "$whole.$i"
  i=$((i + 1))
done
wc -c < "$whole"
if command -v sha256sum > /dev/null; then sha256sum < "$whole"
elif command -v shasum > /dev/null; then shasum -a 256 < "$whole"
else exit 127
fi
"""
# What a link leads to cannot be replaced by a name, so it is written.
_THROUGH = 'cat -- "$2" > "$1" && rm -f -- "$2"'
_PRIVATE = "0600"
_DEFAULT_MODE = 0o644
_BYTES_PER_SECOND = 5_000_000
_PATIENCE = 60.0


class Replacement:
    """Takes bytes, and makes them the content of a file at the end.

    Args:
        files: The files of the sprite.
        plain: The same, not acting as root.
        path: What to replace, or to make.
        mode: Its permissions; those it has, if left out.
        parents: Whether to make the directories that are missing.
        exclusive: Whether nothing may be there yet.
    """

    def __init__(
        self,
        files: FileChanges,
        plain: FileChanges,
        path: PurePosixPath,
        *,
        mode: int | None = None,
        parents: bool = True,
        exclusive: bool = False,
    ) -> None:
        self.path = path
        self.size = 0
        """How many bytes were taken."""
        self._files = files
        self._plain = plain
        self._mode = None if mode is None else octal(mode)
        self._parents = parents
        self._exclusive = exclusive
        # The bounds of parts fall between pieces, so that none has to be cut again.
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._hash = hashlib.sha256()
        self._count = 0
        # Commands do not act as root, and may not write where root may.
        folder = path.parent if files is plain else PurePosixPath(HOME)
        self._whole = folder / private_name()
        self._entry: FileEntry | None = None
        self._doubtful = False

    def check(self) -> None:
        """Refuse what is there already, if nothing may be."""
        if self._exclusive and self._files.exists(self.path, follow_symlinks=False):
            raise failure("EEXIST", "file exists", str(self.path))

    def add(self, data: memoryview) -> None:
        """Take more bytes; what is more than fits into memory is sent."""
        while data:
            if self._held == WRITE_LIMIT:
                self._send_part()
            piece = bytes(data[: PART_SIZE - self._held % PART_SIZE])
            data = data[len(piece) :]
            self._pieces.append(piece)
            self._hash.update(piece)
            self._held += len(piece)
            self.size += len(piece)

    def finish(self) -> int:
        """Put everything in place and return how many bytes it is."""
        try:
            self.check()
            if self._count:
                self._join()
            else:
                data = self._take(WRITE_LIMIT)
                self._files._put(self.path, data, mode=self._mode, parents=self._parents)
        except BaseException:
            self.abandon()
            raise
        return self.size

    def abandon(self) -> None:
        """Remove what was sent; a failure of that is logged."""
        names = [f"{self._whole}.{number}" for number in range(self._count)]
        if names:
            self._plain._clear(*names, self._whole, doubtful=self._doubtful)
        self._count = 0
        self._pieces.clear()
        self._held = 0

    def _take(self, most: int) -> bytes:
        taken: list[bytes] = []
        size = 0
        while self._pieces and size < most:
            taken.append(self._pieces.popleft())
            size += len(taken[-1])
        self._held -= size
        return b"".join(taken)

    def _send_part(self) -> None:
        if not self._count:
            self._prepare()
        part = self._take(PART_SIZE)
        name = f"{self._whole}.{self._count}"
        self._count += 1  # before it is there, so that one that fails is removed too
        self._doubtful = True
        self._plain._put_again(name, part, mode=_PRIVATE, parents=self._parents)
        self._doubtful = False

    def _prepare(self) -> None:
        """Find out early what would be found out late."""
        self._entry = self._files._peek(self.path, follow=False)
        if self._entry is not None and self._entry.is_dir:
            raise failure("EISDIR", "is a directory", str(self.path))

    def _join(self) -> None:
        while self._pieces:
            self._send_part()
        patience = _PATIENCE + self.size / _BYTES_PER_SECOND
        self._doubtful = True
        said = self._plain._tool(_JOIN, self._count, path=self._whole, timeout=patience)
        self._doubtful = False
        if said.split()[:2] != [str(self.size), self._hash.hexdigest()]:
            raise failure("EIO", "what arrived is not what was sent", str(self.path))
        if self._entry is not None and self._entry.type == "symlink" and self._files is self._plain:
            self._write_through(patience)
        else:
            self._move()

    def _write_through(self, patience: float) -> None:
        beside = f"./{self._whole.name}"
        self._plain._tool(_THROUGH, beside, path=self.path, timeout=patience)
        if self._mode is not None:
            self._files._chmod(self.path, self._mode)

    def _move(self) -> None:
        known = permissions(self._entry.mode) if self._entry is not None else None
        mode = self._mode or octal(_DEFAULT_MODE if known is None else known)
        if self._files is not self._plain:
            self._files.chown(self._whole, 0, 0)
        self._files._chmod(self._whole, mode)
        self._files.rename(self._whole, self.path)
