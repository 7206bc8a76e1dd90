"""The data directory: who may use it, and the token that it keeps."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sprites_local import names
from sprites_local.homes import data_home

TOKEN_VARIABLE = "SPRITES_LOCAL_TOKEN"  # noqa: S105 - the name of a variable


class DataDirError(Exception):
    """The data directory cannot be used; the text is for the person who runs the server."""


class DataDir:
    """Where a server keeps everything."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / "state.db"
        self.engine = path / "engine"
        self.sessions = path / "sessions"
        self._token = path / "token"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Create the directory and keep other servers out of it.

        Raises:
            DataDirError: If another server has it, or it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.engine.mkdir(exist_ok=True, mode=0o700)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileExistsError as error:
            said = f"cannot use the data directory: {error.filename} is no directory"
            raise DataDirError(said) from error
        except OSError as error:
            raise DataDirError(f"cannot use the data directory: {error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise DataDirError(f"another server is using {self.path}") from None
        try:
            yield
        finally:
            os.close(lock)

    def require_records(self) -> None:
        """Refuse to go on if the database is gone: files that it does not know are deleted.

        Raises:
            DataDirError: If there are files.
        """
        try:
            known = self.database.exists() and self.database.stat().st_size
            unknown = not known and any(self.engine.iterdir())
        except OSError as error:
            raise DataDirError(f"cannot use the data directory: {error}") from error
        if unknown:
            raise DataDirError(
                f"there are files of sprites in {self.engine}, but what is known of them in"
                f" {self.database.name} is gone; put it back, or delete the data directory to begin"
                " anew"
            )

    def token(self) -> str:
        """Return the token that is kept here, making one at first."""
        try:
            kept = self._token.read_bytes().decode("ascii", "replace").strip()
        except FileNotFoundError:
            return self._make_token()
        except OSError as error:
            raise DataDirError(f"cannot read the token: {error}") from error
        if not names.is_token(kept):
            raise DataDirError(f"{self._token} does not hold a token; delete it to get a new one")
        return kept

    def _make_token(self) -> str:
        token = f"local/{secrets.token_urlsafe(32)}"
        try:
            descriptor = os.open(self._token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{token}\n")
        except OSError as error:
            raise DataDirError(f"cannot keep a token: {error}") from error
        return token


def default_path() -> Path | None:
    """Return where the data is kept unless told otherwise; None for a user without a home."""
    home = data_home()
    return home / "sprites-local" if home else None
