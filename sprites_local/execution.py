"""Commands: what a request asks to be run, and the session it becomes."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import field, frozen
from starlette.datastructures import QueryParams

from sprites_local import notes, times
from sprites_local.engines.base import Command, CommandNotFoundError, Engine, Process
from sprites_local.errors import TextError
from sprites_local.frames import STDERR
from sprites_local.notes import SessionNote
from sprites_local.session import Session, SessionRegistry
from sprites_local.sprites import SpriteManager

HOME = "/home/sprite"
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

SESSION_LIMIT = 512
"""How many commands of one sprite may run at a time; each takes descriptors and memory of ours."""

_TRUE, _FALSE = {"true", "1"}, {"false", "0", ""}
_LARGEST_SIDE = 10_000
_DEFAULT_LINGER = 10.0
_VARIABLE = re.compile(r"[^=\x00]+=[^\x00]*", re.DOTALL)


@frozen
class ExecRequest:
    """The query of an exec request, read and checked."""

    argv: tuple[str, ...]
    env: dict[str, str] = field(repr=False)
    cwd: str
    stdin: bool
    tty: tuple[int, int] | None
    linger: float


def parse_exec(query: QueryParams) -> ExecRequest:
    """Read the query of an exec request.

    Raises:
        TextError: If it asks for nothing, or for what makes no sense.
    """
    tty = flag(query, "tty", default=False)
    size = (_side(query, "rows", 24), _side(query, "cols", 80)) if tty else None
    cwd = query.get("dir") or HOME
    if "\x00" in cwd or not cwd.startswith("/"):
        raise TextError(400, "dir must be an absolute path")
    return ExecRequest(
        argv=_argv(query),
        env=_environment(query.getlist("env"), tty=tty),
        cwd=cwd,
        stdin=flag(query, "stdin", default=tty),
        tty=size,
        linger=duration(query, "max_run_after_disconnect", 0.0 if tty else _DEFAULT_LINGER),
    )


def flag(query: QueryParams, name: str, *, default: bool) -> bool:
    """Read a boolean parameter."""
    text = query.get(name)
    if text is None:
        return default
    if text.lower() not in _TRUE | _FALSE:
        raise TextError(400, f"{name} must be true or false")
    return text.lower() in _TRUE


def duration(query: QueryParams, name: str, default: float) -> float:
    """Read a duration parameter."""
    text = query.get(name)
    if text is None:
        return default
    try:
        return times.parse_duration(text)
    except ValueError as error:
        raise TextError(400, f"{name}: {error}") from None


def _argv(query: QueryParams) -> tuple[str, ...]:
    words = query.getlist("cmd")
    program = query.get("path") or (words[0] if words else "")
    if not program:
        raise TextError(400, "No command specified")
    argv = (program, *words[1:])
    if any("\x00" in word for word in argv):
        raise TextError(400, "a command cannot contain a NUL character")
    return argv


def _environment(variables: list[str], *, tty: bool) -> dict[str, str]:
    if not variables:
        return default_environment(tty=tty)
    if not all(_VARIABLE.fullmatch(variable) for variable in variables):
        # The value may be a secret, so the text does not repeat it.
        raise TextError(400, "env must be KEY=VALUE")
    pairs = (variable.partition("=") for variable in variables)
    return {key: value for key, _, value in pairs}


def default_environment(*, tty: bool) -> dict[str, str]:
    """Return the environment of a command that brings none."""
    env = {
        "HOME": HOME,
        "LANG": "C.UTF-8",
        "LOGNAME": "sprite",
        "PATH": f"{HOME}/.local/bin:{SEARCH_PATH}",
        "SHELL": "/bin/bash",
        "USER": "sprite",
    }
    return {**env, "TERM": "xterm-256color"} if tty else env


def _side(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name)
    if text is None or text == "0":
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 6) or int(text) > _LARGEST_SIDE:
        raise TextError(400, f"{name} must be a number of at most {_LARGEST_SIDE}")
    return int(text)


class NotStarted:
    """The process that a missing program stands for: a text on standard error, and 127."""

    pid = 0
    note = ""

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def returncode(self) -> int:
        """What a shell returns for a program that it cannot find."""
        return 127

    async def stdout(self) -> AsyncIterator[tuple[int, bytes]]:
        """Yield what a shell would say."""
        yield STDERR, f"{self._text}\n".encode("utf-8", "replace")

    async def write(self, data: bytes) -> None:
        """Drop the input: nobody reads it."""

    async def close_stdin(self) -> None:
        """Do nothing: there is no input."""

    async def wait(self) -> int:
        """Return at once."""
        return self.returncode

    async def signal(self, number: int) -> None:
        """Do nothing: there is no process."""

    async def resize(self, rows: int, cols: int) -> None:
        """Do nothing: there is no terminal."""

    def terminal_size(self) -> None:
        """Return nothing: there is no terminal."""


class Executor:
    """Starts commands in sprites."""

    def __init__(self, engine: Engine, sprites: SpriteManager, sessions: SessionRegistry) -> None:
        self._engine = engine
        self._sprites = sprites
        self._sessions = sessions

    async def start(self, name: str, request: ExecRequest) -> Session:
        """Wake the sprite and start the command; `SessionRegistry.add` lets its output flow.

        A program that cannot be started becomes a session that ends at once, as in a shell.
        """
        note = SessionNote(
            argv=request.argv,
            cwd=request.cwd,
            tty=request.tty is not None,
            stdin=request.stdin,
            linger=request.linger,
            size=request.tty or (0, 0),
            created=time.time(),
        )
        command = Command(
            argv=request.argv,
            env=request.env,
            cwd=request.cwd,
            tty=request.tty,
            note=notes.write(note),
            stdin=request.stdin or request.tty is not None,
        )
        async with self._sprites.awake(name) as sprite:
            if len(self._sessions.listing(sprite.id)) >= SESSION_LIMIT:
                raise TextError(503, f"there are {SESSION_LIMIT} commands running already")
            process = await self._spawn(sprite.id, command)
        if not request.stdin:
            await process.close_stdin()
        return Session(
            sprite_id=sprite.id,
            argv=request.argv,
            cwd=request.cwd,
            tty=note.tty,
            process=process,
            linger=request.linger,
            size=note.size,
            created=note.created,
            use=self._sprites.use(sprite.id),
        )

    @asynccontextmanager
    async def in_use(self, name: str) -> AsyncIterator[None]:
        """Hold a sprite for something that is not a command; a warm one runs on."""
        sprite = await self._sprites.get(name)
        with self._sprites.life.held(sprite.id):
            await self._sprites.rouse(sprite)
            yield

    async def _spawn(self, sprite_id: str, command: Command) -> Process:
        try:
            return await self._engine.spawn(sprite_id, command)
        except CommandNotFoundError as error:
            return NotStarted(str(error))

    async def find(self, name: str, session_id: str) -> Session:
        """Find a session that runs, for a client who wants to attach.

        Raises:
            TextError: If there is none.
        """
        sprite = await self._sprites.get(name)
        await self._sprites.rouse(sprite)
        session = self._sessions.find(sprite.id, session_id)
        if session is None:
            raise TextError(404, f"session not found: {session_id[:40]}")
        return session
