"""The connection to a sprite's PID 1."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import socket
import struct
from pathlib import Path
from typing import Any, Final

from sprites_local import linux
from sprites_local.engines import base
from sprites_local.engines.common.channel import Caller
from sprites_local.engines.common.process import Command
from sprites_local.init import frames

SPRITE_USER: Final = 1000
_SPAWN_TIMEOUT: Final = 30.0
_PAUSE_TIMEOUT: Final = 3.0
_MAX_ANSWER: Final = 1 << 20
_PIPES: Final = ("stdin", "stdout", "stderr")
_TERMINAL: Final = ("terminal",)
_KEY: Final = re.compile(r"c\d{1,15}")
_MAX_SESSIONS: Final = 10_000


class Control:
    """Starts commands and hands exits to them."""

    def __init__(self, sock: socket.socket, *, root: int = 0, user: int = SPRITE_USER) -> None:
        """Take a connected socket.

        Args:
            sock: The connection.
            root: Id of the user that commands of `root` run as.
            user: Id of the user that commands of `sprite` run as.
        """
        self._users = {"root": root, "sprite": user}
        self._commands: dict[str, Command] = {}
        self._number = 0
        self._starting: set[str] = set()
        self._early: dict[str, int] = {}
        self._reading = asyncio.Event()
        self._reading.set()
        self.ended = asyncio.Event()
        """Set when the sprite is gone."""
        self._caller = Caller(
            sock, on_event=self._event, on_close=self._closed, max_size=_MAX_ANSWER
        )

    @property
    def closed(self) -> bool:
        """Whether the sprite is gone."""
        return self._caller.closed

    async def spawn(self, command: base.Command) -> Command:
        """Start a command."""
        self._number += 1
        key = f"c{self._number}"
        user = self._users[command.user]
        request = {
            "op": "spawn",
            "id": key,
            "argv": list(command.argv),
            "env": dict(command.env),
            "cwd": command.cwd,
            "uid": user,
            "gid": user,
            "tty": list(command.tty) if command.tty else None,
            "withdraw": list(command.withdrawn),
            "note": command.note,
            "stdin": command.stdin,
        }
        _validate(command)
        self._starting.add(key)
        try:
            answer, descriptors = await self._caller.call(request, _SPAWN_TIMEOUT)
            process = self._started(key, command, answer, descriptors)
        except (asyncio.CancelledError, base.EngineError):
            self._abandon(key)
            raise
        finally:
            self._starting.discard(key)
        self._commands[key] = process
        if key in self._early:
            self._commands.pop(key).ended(self._early.pop(key))
        return process

    async def pause(self) -> None:
        """Close the connection and read nothing from commands; both go on with `resume`.

        Raises:
            EngineError: If the sprite's init is too busy; nothing was changed then.
        """
        self._reading.clear()
        try:
            await self._caller.pause(_PAUSE_TIMEOUT)
        except BaseException:
            self._reading.set()
            raise

    async def resume(self, sock: socket.socket | None) -> None:
        """Go on over a new connection; what ended meanwhile is learned from the list."""
        try:
            answer, descriptors = await self._caller.resume(sock, {"op": "list"}, _SPAWN_TIMEOUT)
        finally:
            self._reading.set()
        frames.close_all(descriptors)
        for found in _sessions(answer):
            self._event(found)

    async def adopt(self) -> list[Command]:
        """Return the commands that the sprite's init has from an earlier life."""
        answer, descriptors = await self._caller.call({"op": "list"}, _SPAWN_TIMEOUT)
        frames.close_all(descriptors)
        adopted = []
        for found in _sessions(answer):
            key = found["id"]
            self._number = max(self._number, int(key[1:]))
            self._starting.add(key)  # its end may be told before the answer is taken up here
            answer, descriptors = await self._caller.call(
                {"op": "attach", "id": key}, _SPAWN_TIMEOUT
            )
            command = self._attached(key, answer, descriptors)
            self._starting.discard(key)
            if isinstance(answer.get("code"), int):
                self._event(answer)
            elif key in self._early:
                self._event({"id": key, "code": self._early.pop(key)})
            adopted.append(command)
        return adopted

    async def ask(
        self, request: dict[str, Any], seconds: float, *descriptors: int
    ) -> dict[str, Any]:
        """Ask an init that is also the sprite's guardian for what a guardian does."""
        answer, received = await self._caller.call(request, seconds, *descriptors)
        frames.close_all(received)
        if "errno" in answer:
            raise base.EngineError("the sprite's guardian did not do what it was asked for")
        return answer

    def tell(self, request: dict[str, Any]) -> None:
        """Tell such an init something, if it is still there."""
        self._caller.tell(request)

    def close(self) -> None:
        """Say good-bye; the sprite's commands run on."""
        self._caller.tell({"op": "bye"})
        self._caller.close()

    def _started(
        self, key: str, command: base.Command, answer: dict[str, Any], descriptors: list[int]
    ) -> Command:
        names = _ends(command, len(descriptors))
        if "errno" in answer:
            frames.close_all(descriptors)
            raise _spawn_error(command, answer)
        return self._command(key, answer.get("pid"), names, descriptors)

    def _attached(self, key: str, answer: dict[str, Any], descriptors: list[int]) -> Command:
        names = answer.get("ends")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            names = [""]
        if not {*names} <= {*_PIPES, *_TERMINAL} or len({*names}) < len(names):
            frames.close_all(descriptors)
            raise base.EngineError("the sprite's init answered nonsense")
        command = self._command(key, answer.get("pid"), tuple(names), descriptors)
        command.note = str(answer.get("note", ""))
        self._commands[key] = command
        return command

    def _command(
        self, key: str, pid: object, names: tuple[str, ...], descriptors: list[int]
    ) -> Command:
        if len(descriptors) != len(names) or not isinstance(pid, int):
            frames.close_all(descriptors)
            raise base.EngineError("the sprite's init answered nonsense")
        ends = dict(zip(names, descriptors, strict=True))
        try:
            return Command(key, pid, ends, self._caller, reading=self._reading)
        except base.EngineError:
            frames.close_all(descriptors)
            raise

    def _abandon(self, key: str) -> None:
        """Get rid of a command that nobody will hold."""
        self._early.pop(key, None)
        if not self._caller.closed:
            self._caller.tell({"op": "kill", "id": key, "signal": signal.SIGKILL})
            self._caller.tell({"op": "forget", "id": key})

    def _event(self, message: dict[str, Any]) -> None:
        key, code = message.get("id"), message.get("code")
        if isinstance(key, str) and isinstance(code, int) and 0 <= code <= 255:
            process = self._commands.pop(key, None)
            if process is not None:
                process.ended(code)
            elif key in self._starting:  # it was quicker than the task that waits for its start
                self._early[key] = code

    def _closed(self) -> None:
        self.ended.set()
        for process in self._commands.values():
            process.ended()
        self._commands.clear()


def _sessions(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Read the answer to `list`, which the sprite may have made up."""
    listed = answer.get("sessions")
    if not isinstance(listed, list) or len(listed) > _MAX_SESSIONS:
        raise base.EngineError("the sprite's init answered nonsense")
    found = [item for item in listed if isinstance(item, dict)]
    return [item for item in found if _KEY.fullmatch(str(item.get("id")))]


def connect(root: int, pid: int) -> socket.socket:
    """Connect to the init of the sprite whose root is `root`, and make sure that it is the init."""
    target = linux.openat2(
        root,
        "/.sprite/control",
        os.O_PATH | os.O_NOFOLLOW,
        resolve=linux.RESOLVE_IN_ROOT | linux.RESOLVE_NO_SYMLINKS,
    )
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(_SPAWN_TIMEOUT)
        # Through the descriptor, so that nothing the sprite put there leads elsewhere.
        sock.connect(f"/proc/self/fd/{target}")
        _check_peer(sock, pid)
    except BaseException:
        sock.close()
        raise
    finally:
        os.close(target)
    return sock


def _check_peer(sock: socket.socket, pid: int) -> None:
    size = struct.calcsize("iII")
    peer, _, _ = struct.unpack("iII", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    if peer != pid:
        raise base.EngineError("another process answers in place of the sprite's init")


def open_root(pid: int) -> int:
    """Open the root directory of a sprite by the number of its PID 1."""
    return os.open(Path(f"/proc/{pid}/root"), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _ends(command: base.Command, count: int) -> tuple[str, ...]:
    """Name what a started command's descriptors are; an older init makes an input in any case."""
    if command.tty:
        return _TERMINAL
    return _PIPES if command.stdin or count == len(_PIPES) else _PIPES[1:]


def _validate(command: base.Command) -> None:
    texts = [*command.argv, command.cwd, *command.env.keys(), *command.env.values()]
    if not command.argv or not command.argv[0]:
        raise base.CommandNotFoundError("the command is empty")
    if any("\0" in text for text in texts) or any("=" in key for key in command.env):
        raise base.CommandNotFoundError("the command contains characters that cannot be passed on")


def _spawn_error(command: base.Command, answer: dict[str, Any]) -> base.EngineError:
    number = answer["errno"]
    if not isinstance(number, int) or number not in errno.errorcode:
        number = errno.EIO
    reason = os.strerror(number)
    match answer.get("stage"):
        case "cwd":
            return base.CommandNotFoundError(f"cannot enter {command.cwd}: {reason}")
        case "program":
            return base.CommandNotFoundError(f"cannot run {command.argv[0]}: {reason}")
        case _:
            return base.EngineError(f"the sprite could not start {command.argv[0]}: {reason}")
