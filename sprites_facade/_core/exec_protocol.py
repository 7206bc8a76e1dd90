"""What travels over the WebSocket of a command, without the socket."""

from __future__ import annotations

import json
from typing import Any, Final

import attrs

from sprites_facade._core.errors import APIConnectionError, StreamFormatError
from sprites_facade._core.text import clip, redact

STDIN, OUT, ERR, EXIT, STDIN_END = range(5)
SIDES: Final = ("stdin", "stdout", "stderr")

STDIN_CHUNK: Final = 32 * 1024
"""How much input to put into one message."""


@attrs.frozen
class SessionInfo:
    """What the server says of the session that a connection is attached to."""

    id: str | None
    tty: bool | None
    command: str | None = attrs.field(default=None, repr=False)


class ExecProtocol:
    """Reads a server's messages and makes the client's.

    The exit status is what the first message says that states one, and nothing else.

    Args:
        tty: Whether there is a terminal; None until the server says so.
    """

    def __init__(self, *, tty: bool | None) -> None:
        self.tty = tty
        """Whether there is a terminal."""
        self.session: SessionInfo | None = None
        """What the server said of the session, once it did."""
        self.returncode: int | None = None
        """The exit status, once it came."""
        self._complaint: str | None = None
        self.heard = 0
        """How many messages came."""

    def receive(self, message: str | bytes) -> tuple[int, bytes] | None:
        """Take a message; if it is output, return the stream and the data.

        Raises:
            StreamFormatError: If it is a frame that the protocol does not know.
        """
        self.heard += 1
        if self.returncode is not None or not message:
            return None
        if isinstance(message, str):
            self._control(message)
            return None
        if self.tty:
            return OUT, message
        stream = message[0]
        if stream in (OUT, ERR):
            return stream, message[1:]
        if stream != EXIT or len(message) != 2:
            raise StreamFormatError(
                "the server sent a frame that is neither output nor an exit status",
                line=self.heard,
                offset=0,
                sample=clip(repr(message[:16]), 80),
            )
        self.returncode = message[1]
        return None

    def stdin(self, data: bytes) -> bytes:
        """Return the message that carries input."""
        return data if self.tty else bytes([STDIN]) + data

    def stdin_end(self) -> bytes:
        """Return the message that ends the input; a terminal takes it as the key for that."""
        return bytes([STDIN_END])

    def resize(self, columns: int, rows: int) -> str:
        """Return the message that changes the size of the terminal."""
        return json.dumps({"type": "resize", "cols": columns, "rows": rows})

    def signal(self, name: str) -> str:
        """Return the message that sends a signal, by its name without SIG."""
        return json.dumps({"type": "signal", "signal": name})

    def broken_off(self, how: str, *, path: str) -> APIConnectionError:
        """Return the error for a connection that ended before the exit status came."""
        said = f"; the server said: {self._complaint}" if self._complaint else ""
        name = self.session.id if self.session is not None else None
        where = "list_sessions tells"
        if name is not None:
            where = f"as session {clip(repr(name), 100)}: attach finds it"
        return APIConnectionError(
            f"GET {path}: the connection ended before the command's exit status came "
            f"({how}{said}); the command may be running still, {where}",
            method="GET",
            path=path,
        )

    def _control(self, text: str) -> None:
        """Take a text message; one that is not understood means nothing."""
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(fields, dict):
            return
        kind = fields.get("type")
        if kind == "session_info":
            self._introduce(fields)
        elif kind == "exit" and is_whole(fields.get("exit_code")):
            self._exits(fields["exit_code"])
        elif kind == "error":
            said = next((fields[key] for key in ("message", "error") if key in fields), "")
            self._complaint = clip(redact(str(said)[:2000]), 500)

    def _exits(self, code: int) -> None:
        """Take the exit status that a text states."""
        self.returncode = code

    def _introduce(self, fields: dict[str, Any]) -> None:
        session_id, tty, command = (fields.get(key) for key in ("session_id", "tty", "command"))
        self.session = SessionInfo(
            id=str(session_id) if is_whole(session_id) or isinstance(session_id, str) else None,
            tty=tty if isinstance(tty, bool) else None,
            command=command if isinstance(command, str) else None,
        )
        # The session's own mode counts, whatever was asked for.
        if self.session.tty is not None:
            self.tty = self.session.tty


def is_whole(value: object) -> bool:
    """Tell whether a value that was read is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)
