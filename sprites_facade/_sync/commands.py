# Written by scripts/unasync.py from sprites_facade/_async/commands.py. Do not edit.
"""The commands of one sprite."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Literal, overload

from sprites_facade._concurrency import monotonic
from sprites_facade._core import operations
from sprites_facade._core.calls import Call, given, upload
from sprites_facade._core.commands import (
    InSprite,
    Words,
    encoded,
    folder,
    own,
    seconds,
    variables,
    words,
)
from sprites_facade._core.errors import APITimeoutError, CommandFailedError, CommandTimeoutError
from sprites_facade._core.frames import OneShotOutput
from sprites_facade._core.models import Completed
from sprites_facade._sync.base import SpriteBase

if TYPE_CHECKING:
    from sprites_facade._sync.transport import Transport

DEFAULT_RUN_TIMEOUT = 300.0


class SpriteCommands(SpriteBase):
    """Run commands."""

    @overload
    def run_http(
        self,
        args: Words,
        *,
        cwd: str | PathLike[str] | InSprite | None = ...,
        env: Mapping[str, str] | None = ...,
        input: str | bytes | None = ...,
        timeout: float | None = ...,
        check: bool = ...,
        text: Literal[True] = ...,
    ) -> Completed[str]: ...

    @overload
    def run_http(
        self,
        args: Words,
        *,
        cwd: str | PathLike[str] | InSprite | None = ...,
        env: Mapping[str, str] | None = ...,
        input: str | bytes | None = ...,
        timeout: float | None = ...,
        check: bool = ...,
        text: Literal[False],
    ) -> Completed[bytes]: ...

    def run_http(
        self,
        args: Words,
        *,
        cwd: str | PathLike[str] | InSprite | None = None,
        env: Mapping[str, str] | None = None,
        input: str | bytes | None = None,
        timeout: float | None = DEFAULT_RUN_TIMEOUT,
        check: bool = False,
        text: bool = True,
    ) -> Completed[str] | Completed[bytes]:
        """Run a command in one HTTP request, without a terminal or a session.

        The wire separates output, error output and exit code by the bounds of HTTP chunks only.
        That is exact for text. For binary output read a file, or encode it in the command.

        The wire puts the command and its environment into the URL of the request. They are kept
        out of messages and logs on this side; a proxy may log them nevertheless.

        Args:
            args: The words of the command, or a text which a shell runs.
            cwd: The working directory; a relative one begins at the home of the sprite's user.
            env: Environment variables to set, beside usual ones such as `PATH` and `HOME`.
            input: What the command reads from its standard input, at most 10 MiB.
            timeout: How many seconds the command may take; None is no bound.
            check: Raise `CommandFailedError` if the exit code is not 0.
            text: Whether to decode the output as UTF-8; otherwise it is bytes.

        Raises:
            CommandTimeoutError: If it took longer; the connection was closed, and the command may
                go on. What it had written is in the error.
            StreamTruncatedError: If the output ended without an exit code.
            CommandFailedError: If `check` was asked for.
        """
        own(self._name, args, cwd)
        limit = seconds(timeout, "timeout")
        data = None if input is None else encoded(input)
        call = operations.run_command(
            self._name,
            cmd=words(args),
            dir_=given(folder(cwd)),
            env=given(variables(env)),
            stdin=data is not None,
            body=given(None if data is None else upload(data)),
        )
        output = OneShotOutput()
        try:
            code = self._collect(call.about(self._self), output, limit)
        except TimeoutError as exc:
            if isinstance(exc, APITimeoutError) and not exc.sent:
                raise
            raise CommandTimeoutError(
                f"the command was still running after {timeout} s; it may go on in the sprite",
                timeout=timeout,
                stdout=_shown(output.stdout, text=text),
                stderr=_shown(output.stderr, text=text),
            ) from exc
        out, err = output.stdout, output.stderr
        if check and code != 0:
            raise CommandFailedError(
                returncode=code, stdout=_shown(out, text=text), stderr=_shown(err, text=text)
            )
        return (
            Completed(args, code, _text(out), _text(err))
            if text
            else Completed(args, code, out, err)
        )

    def _collect(self, call: Call[None], output: OneShotOutput, timeout: float | None) -> int:
        """Return the exit code; the time counts from the request to the last byte."""
        deadline = None if timeout is None else monotonic() + timeout
        body = self._patient(timeout).open(call, raw=True)
        try:
            while True:
                left = None if deadline is None else max(0.0, deadline - monotonic())
                piece = body.piece(left)
                if piece is None:
                    return output.close()
                output.feed(piece)
        finally:
            body.close()

    def _patient(self, timeout: float | None) -> Transport:
        bounds = [bound for bound in (timeout, self._transport.config.timeout) if bound is not None]
        return self._transport.view(stream_timeout=timeout, timeout=min(bounds, default=None))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _shown(data: bytes, *, text: bool) -> bytes | str:
    return _text(data) if text else data
