"""Contents of files, stored once each: small ones in the database, others as files."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from sprites_local.engines.copies.content import (
    copy,
    digest_of_bytes,
    digest_of_file,
    extents,
    read_all,
    write_all,
)
from sprites_local.engines.copies.database import Database
from sprites_local.engines.copies.durable import sync_directory
from sprites_local.engines.copies.errors import AlteredError

SMALL = 64 * 1024
"""Contents up to this size are rows: creating a file costs more than writing so few bytes."""
_BATCH = 64 * 1024 * 1024


class Objects:
    """Reads and writes contents by their digest."""

    def __init__(self, directory: Path, database: Database) -> None:
        self._directory = directory
        self._database = database
        self._new_small: dict[bytes, bytes] = {}
        self._new_large: set[bytes] = set()
        self._new_bytes = 0

    def keep(self, fd: int, info: os.stat_result) -> bytes:
        """Store what a file holds now and return its digest.

        The digest is of the bytes that were stored, so a file that is written to meanwhile gives
        a mixture, but never an object under a wrong name.
        """
        if info.st_size <= SMALL and not _has_holes(fd, info):
            data = read_all(fd, SMALL + 1)
            if len(data) <= SMALL:
                return self.keep_bytes(data)
        return self._keep_file(fd)

    def keep_bytes(self, data: bytes, digest: bytes | None = None) -> bytes:
        """Store a small content, under its own digest unless one is given."""
        digest = digest or digest_of_bytes(data)
        if digest not in self._new_small and not self._has(digest):
            self._new_small[digest] = data
            self._new_bytes += len(data)
            if self._new_bytes > _BATCH:
                with self._database.transaction():
                    self.write()
        return digest

    def write(self) -> None:
        """Put everything that is new into the open transaction; files are durable before."""
        self._sync_directories(self._new_large)
        for digest in self._new_large:
            self._database.put(digest, None)
        for digest, data in self._new_small.items():
            self._database.put(digest, data)
        self._new_large.clear()
        self._new_small.clear()
        self._new_bytes = 0

    def restore(self, digest: bytes, fd: int) -> None:
        """Write a content into an empty file and prove that it is what was stored.

        Raises:
            AlteredError: If the object is missing or has another content.
        """
        data = self._database.get(digest)
        if data is not None:
            intact = digest_of_bytes(data) == digest
            write_all(fd, data)
        else:
            intact = self._restore_file(digest, fd)
        if not intact:
            raise AlteredError(f"object {digest.hex()} was altered in the checkpoint store")

    def delete(self, digests: Iterable[bytes]) -> None:
        """Delete files whose rows are gone."""
        for digest in digests:
            self._path(digest).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Delete files without a row: what a crash left."""
        known = {self._path(digest) for digest in self._database.files()}
        for path in self._directory.glob("*/*"):
            if path not in known:
                path.unlink()

    def _has(self, digest: bytes) -> bool:
        return digest in self._new_large or self._database.has(digest)

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._directory / name[:2] / name[2:]

    def _keep_file(self, source: int) -> bytes:
        temporary = self._directory / "new" / secrets.token_hex(8)
        temporary.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            copy(source, fd)
            digest = digest_of_file(fd)
            if not self._has(digest):
                self._publish(fd, temporary, digest)
        finally:
            os.close(fd)
            temporary.unlink(missing_ok=True)
        return digest

    def _publish(self, fd: int, temporary: Path, digest: bytes) -> None:
        os.fchmod(fd, 0o400)
        os.fsync(fd)
        path = self._path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.rename(path)
        self._new_large.add(digest)

    def _restore_file(self, digest: bytes, fd: int) -> bool:
        try:
            source = os.open(self._path(digest), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            copy(source, fd)
        finally:
            os.close(source)
        return digest_of_file(fd) == digest

    def _sync_directories(self, digests: Iterable[bytes]) -> None:
        parents = {self._path(digest).parent for digest in digests}
        for path in (*parents, *([self._directory] if parents else [])):
            sync_directory(path)


def _has_holes(fd: int, info: os.stat_result) -> bool:
    if info.st_blocks * 512 >= info.st_size:
        return False
    return list(extents(fd, info.st_size)) != [(0, info.st_size)]
