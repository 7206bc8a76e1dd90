"""Faults that begin with a restore and last until they are cleared."""

from __future__ import annotations

from typing import Any

from starlette.types import Message, Scope, Send

from sprites_local.errors import TextError
from sprites_local.faults.exchange import Exchange
from sprites_local.faults.model import Fault
from sprites_local.faults.operations import Request

_INSIDE = {
    "list_sessions",
    "start_session",
    "probe_commands",
    "run_command",
    "attach_session",
    "kill_session",
    "open_control",
    "open_proxy",
    "watch_ports",
}
_LOOKING = {"read_file", "list_files"}
_MOST_REMEMBERED = 256
_LARGEST_REMEMBERED = 1 << 20


def refuse_unready(fault: Fault, request: Request) -> None:
    """Refuse what only the inside of a sprite can answer, after a restore that did not end well.

    Raises:
        TextError: If the sprite is said to be not ready.
    """
    name = request.operation.name
    inside = name in _INSIDE or "service" in name or "file" in name
    if inside and request.sprite in fault.memory.get("restored", ()):
        raise TextError(503, "sprite is not ready")


def begin(fault: Fault, sprite: str) -> None:
    """Note that a sprite was restored under a lasting fault."""
    fault.memory.setdefault("restored", set()).add(sprite)


async def answer_stale(fault: Fault, request: Request, exchange: Exchange) -> bool:
    """Repeat what the file endpoints said before a restore; remember it before one.

    Returns:
        Whether the request was answered.
    """
    if request.operation.name not in _LOOKING:
        if "file" in request.operation.name:
            fault.memory.pop(f"answers of {request.sprite}", None)
        return False
    answers = fault.memory.setdefault(f"answers of {request.sprite}", {})
    key = _key(exchange.scope)
    if request.sprite not in fault.memory.get("restored", ()):
        await exchange.answer(_Recorder(answers, key, exchange.send))
        return True
    for message in answers.get(key, ()):
        await exchange.send({**message})
    return key in answers


def _key(scope: Scope) -> tuple[str, bytes, bytes]:
    part = next((value for name, value in scope["headers"] if name == b"range"), b"")
    return scope["path"], scope["query_string"], part


class _Recorder:
    """Remembers an answer while it is sent, if it is a success and not too large."""

    def __init__(self, answers: dict[Any, list[Message]], key: Any, send: Send) -> None:
        self._answers, self._key, self._send = answers, key, send
        self._messages: list[Message] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        self._messages.append({**message, "headers": list(message.get("headers", ()))})
        self._size += len(message.get("body", b""))
        await self._send(message)
        if self._complete(message):
            self._answers[self._key] = self._messages

    def _complete(self, message: Message) -> bool:
        return (
            message["type"] == "http.response.body"
            and not message.get("more_body", False)
            and self._messages[0]["status"] < 300
            and self._size <= _LARGEST_REMEMBERED
            and len(self._answers) < _MOST_REMEMBERED
        )
