"""Errors of commands."""

from __future__ import annotations

from sprites_facade._core.errors._base import SpritesError


class CommandError(SpritesError):
    """A command did not do what was asked for."""


class CommandFailedError(CommandError):
    """A command ended with another status than 0."""

    returncode: int
    """The exit status."""
    stdout: bytes | str | None
    """What it wrote to its standard output, if that was captured."""
    stderr: bytes | str | None
    """What it wrote to its standard error, if that was captured."""

    def __init__(
        self,
        text: str = "",
        *,
        returncode: int,
        stdout: bytes | str | None = None,
        stderr: bytes | str | None = None,
    ) -> None:
        where = "; see .stderr" if stderr else "; see .stdout" if stdout else ""
        super().__init__(text or f"the command exited with status {returncode}{where}")
        self.returncode = returncode
        self.stdout = stdout
        self.stderr = stderr


class CommandTimeoutError(CommandError, TimeoutError):
    """A command ran out of its time.

    `run` told the remote process to end; after `wait` and `communicate` it goes on.
    """

    timeout: float | None
    """How many seconds it had."""
    stdout: bytes | str | None
    """What it had written to its standard output, if that was captured."""
    stderr: bytes | str | None
    """What it had written to its standard error, if that was captured."""

    def __init__(
        self,
        text: str = "",
        *,
        timeout: float | None = None,
        stdout: bytes | str | None = None,
        stderr: bytes | str | None = None,
    ) -> None:
        super().__init__(text or f"the command was still running after {timeout} s")
        self.timeout = timeout
        self.stdout = stdout
        self.stderr = stderr
