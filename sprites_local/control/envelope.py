"""The messages that begin and end operations, in the three spellings that clients use.

    control:{"type":"op.start","op":"exec","args":{"cmd":["ls"]}}
    {"type":"op.start","op":"fs.list","args":"path=%2Ftmp"}
    {"type":"start","operation":"proxy","params":{"port":80}}

Whoever asks in one spelling is answered in it.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from attrs import frozen

from sprites_local.http import BadBodyError, encode_json, parse_object

PREFIX: Final = "control:"
LONGEST: Final = 1 << 20
_MOST_ARGUMENTS: Final = 10_000


class BadStartError(Exception):
    """The arguments of an operation cannot be read; the text says why."""


@frozen
class Start:
    """The request to begin an operation."""

    operation: str
    arguments: Any
    id: str | None
    prefixed: bool
    short: bool
    """Whether it came as `start`, with `operation` and `params`."""

    def pairs(self) -> list[tuple[str, str]]:
        """Return the arguments as a query would have them.

        Raises:
            BadStartError: If they are none.
        """
        if isinstance(self.arguments, str):
            try:
                return parse_qsl(
                    self.arguments, keep_blank_values=True, max_num_fields=_MOST_ARGUMENTS
                )
            except ValueError as error:
                raise BadStartError("there are too many arguments") from error
        if self.arguments is None:
            return []
        if not isinstance(self.arguments, dict):
            raise BadStartError("the arguments must be an object, or a text as in a query")
        return [(key, text) for key, value in self.arguments.items() for text in _texts(key, value)]

    def complete(self, **result: Any) -> str:
        """Write the message of success."""
        return self._end("complete", result)

    def error(self, text: str) -> str:
        """Write the message of a failure."""
        return self._end("error", {"error": text})

    def _end(self, kind: str, values: dict[str, Any]) -> str:
        message: dict[str, Any] = {"type": kind if self.short else f"op.{kind}"}
        if self.id is not None:
            message["id"] = self.id
        if self.operation:
            message["operation" if self.short else "op"] = self.operation
        names = "params" if self.short else "args"
        encoded = isinstance(self.arguments, str)
        if values:
            message[names] = urlencode(values) if encoded else values
        return f"{PREFIX if self.prefixed else ''}{encode_json(message).decode()}"


def read(text: str) -> Start | None:
    """Read a text as a request to begin an operation; None if it is something else."""
    prefixed = text.startswith(PREFIX)
    try:
        message = parse_object(text.removeprefix(PREFIX)) if len(text) <= LONGEST else {}
    except BadBodyError:
        return None
    short = message.get("type") == "start"
    if not short and message.get("type") != "op.start":
        return None
    operation = message.get("operation" if short else "op")
    identity = message.get("id")
    return Start(
        operation=operation[:100] if isinstance(operation, str) else "",
        arguments=message.get("params" if short else "args"),
        id=identity[:100] if isinstance(identity, str) else None,
        prefixed=prefixed,
        short=short,
    )


def _texts(key: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [_text(key, one) for one in values if one is not None]


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    raise BadStartError(f"{key[:100]} must be a text or a list of texts")
