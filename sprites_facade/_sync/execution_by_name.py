# Written by scripts/unasync.py from sprites_facade/_async/execution_by_name.py. Do not edit.
"""Commands on the client, with the sprite's name first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, Unpack, overload

from sprites_facade._core.commands import Words
from sprites_facade._core.exec_options import AttachOptions, RunOptions, StartOptions
from sprites_facade._core.models import Completed
from sprites_facade._core.sessions import KillResult, Session
from sprites_facade._sync.execution import SpriteExecution
from sprites_facade._sync.process import Process


class ExecutionByName(ABC):
    """Methods for programs that work across sprites; see `Sprite` for what they do."""

    @abstractmethod
    def sprite(self, name: str) -> SpriteExecution:
        """Return a handle for a sprite, without asking the server."""

    @overload
    def run(
        self, name: str, args: Words, *, text: Literal[True] = ..., **options: Unpack[RunOptions]
    ) -> Completed[str]: ...

    @overload
    def run(
        self, name: str, args: Words, *, text: Literal[False], **options: Unpack[RunOptions]
    ) -> Completed[bytes]: ...

    def run(
        self, name: str, args: Words, *, text: bool = True, **options: Unpack[RunOptions]
    ) -> Completed[Any]:
        """Run a command in a sprite, wait for its end, and return what it wrote."""
        sprite = self.sprite(name)
        if text:
            return sprite.run(args, **options)
        return sprite.run(args, text=False, **options)

    @overload
    def start(
        self, name: str, args: Words, *, text: Literal[True] = ..., **options: Unpack[StartOptions]
    ) -> Process[str]: ...

    @overload
    def start(
        self, name: str, args: Words, *, text: Literal[False], **options: Unpack[StartOptions]
    ) -> Process[bytes]: ...

    def start(
        self, name: str, args: Words, *, text: bool = True, **options: Unpack[StartOptions]
    ) -> Process[Any]:
        """Start a command in a sprite and return it while it runs."""
        sprite = self.sprite(name)
        if text:
            return sprite.start(args, **options)
        return sprite.start(args, text=False, **options)

    @overload
    def attach(
        self,
        name: str,
        session_id: str,
        *,
        text: Literal[True] = ...,
        **options: Unpack[AttachOptions],
    ) -> Process[str]: ...

    @overload
    def attach(
        self,
        name: str,
        session_id: str,
        *,
        text: Literal[False],
        **options: Unpack[AttachOptions],
    ) -> Process[bytes]: ...

    def attach(
        self, name: str, session_id: str, *, text: bool = True, **options: Unpack[AttachOptions]
    ) -> Process[Any]:
        """Connect to a command that runs in a sprite."""
        sprite = self.sprite(name)
        if text:
            return sprite.attach(session_id, **options)
        return sprite.attach(session_id, text=False, **options)

    def list_sessions(self, name: str) -> list[Session]:
        """Return the commands that run in a sprite, attached or not."""
        return self.sprite(name).list_sessions()

    def kill_session(
        self,
        name: str,
        session_id: str,
        signal: int | str = "TERM",
        timeout: float | None = None,
    ) -> KillResult:
        """Send a signal to a command in a sprite, and return what became of it."""
        return self.sprite(name).kill_session(session_id, signal, timeout)
