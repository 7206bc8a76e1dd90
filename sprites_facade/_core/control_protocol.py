"""What travels over a control socket, without the socket: one command after another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sprites_facade._core.errors import CommandError
from sprites_facade._core.exec_protocol import ExecProtocol, is_whole
from sprites_facade._core.text import clip, redact

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX: Final = "control:"
# What does not fit is left to the request of its own, where servers state their bounds.
_LONGEST: Final = 64 * 1024


class ControlProtocol(ExecProtocol):
    """Reads the messages about one command on a socket that carries others before and after.

    The exit frame is the exit status. Only without one counts what a text says, and only when
    the server has stated that the operation is complete: some send an exit of 127 before they
    tell that the command was never started.

    Args:
        number: Which operation on this socket it is.
    """

    def __init__(self, number: int) -> None:
        super().__init__(tty=False)
        self.number = number
        self.over = False
        """Whether the server said that nothing more comes of this command."""
        self._told: int | None = None

    def start(self, arguments: str) -> str:
        """Return the message that starts a command; see `encode_arguments`."""
        about = f'"type": "op.start", "id": "{self.number}", "op": "exec"'
        return f'{_PREFIX}{{{about}, "args": {arguments}}}'

    def settle(self, message: str | bytes) -> None:
        """Take a message that came after the exit status.

        Raises:
            CommandError: If it says that something went wrong.
        """
        if isinstance(message, str):
            self._control(message)

    def _control(self, text: str) -> None:
        if not text.startswith(_PREFIX):
            super()._control(text)
            return
        fields = _object(text.removeprefix(_PREFIX))
        if str(fields.get("id", self.number)) != str(self.number):
            raise CommandError("the server spoke of another command than the one that runs")
        args = fields.get("args")
        known: dict[str, Any] = args if isinstance(args, dict) else {}
        if fields.get("type") == "op.complete":
            self._complete(known.get("exitCode"))
        elif fields.get("type") == "op.error":
            said = str(known.get("error") or self._complaint or "it did not say why")
            raise CommandError(
                f"the server could not carry the command through: {clip(redact(said[:2000]), 500)}"
            )

    def _exits(self, code: int) -> None:
        self._told = code

    def _complete(self, code: object) -> None:
        self.over = True
        if self.returncode is None:
            stated = self._told if self._told is not None else code
            if not is_whole(stated):
                raise CommandError(
                    "the server said that the command is complete, but not its exit status"
                )
            self.returncode = int(str(stated))


def encode_arguments(params: Mapping[str, Any]) -> str | None:
    """Return the JSON of a command, or None if it cannot be put into a message.

    Args:
        params: As in the query of a connection for this command alone.
    """
    spelled = {name: _spelled(value) for name, value in params.items()}
    text = json.dumps(spelled, ensure_ascii=False)
    try:
        return text if len(text.encode()) <= _LONGEST else None
    except UnicodeEncodeError:  # bytes that are no text, which JSON does not carry
        return None


def _spelled(value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return str(value).lower()
    return [str(one) for one in value] if isinstance(value, list) else str(value)


def _object(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
