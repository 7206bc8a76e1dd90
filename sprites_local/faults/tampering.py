"""Answers that go wrong on their way to the client."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import Message, Send

from sprites_local import times
from sprites_local.faults.model import Fault
from sprites_local.http import encode_json

_CONTROL = "control:"
_EXIT = 3


class GoneError(ConnectionResetError):
    """To the application, the client of a cut answer is gone."""


class Tampering:
    """Sends an answer as a fault wants it; an answer that refuses the request is left alone."""

    def __init__(self, fault: Fault, operation: str, send: Send) -> None:
        self._fault = fault
        self._operation = operation
        self._order = fault.order
        self._send = send
        self._acts = False
        self._dripping = False
        self._events = False
        self._whole_length = False
        self._tty = False
        self._count = 0
        self._rest = b""
        self.over = False
        """Whether the client has got all that it will get."""

    async def __call__(self, message: Message) -> None:
        """Send a message of the application, or something else."""
        if self.over:
            raise GoneError
        kind = message["type"]
        if kind == "http.response.start":
            self._begin(message)
        elif kind == "websocket.accept":
            self._acts = self._order.kind == "no_exit_code" or self._fault.take()
        elif self._acts and kind == "http.response.body":
            await self._body(message.get("body", b""), more=message.get("more_body", False))
            return
        elif self._acts and kind == "websocket.send":
            message = await self._message(message)
        await self._send(message)

    def _begin(self, message: Message) -> None:
        headers = Headers(raw=message.get("headers", []))
        self._events = headers.get("content-type", "").startswith("application/x-ndjson")
        self._whole_length = "content-length" in headers
        wants_events = self._order.kind in ("error_event", "garbage")
        suitable = message["status"] < 400 and (self._events or not wants_events)
        self._acts = suitable and self._fault.take()

    async def _body(self, body: bytes, *, more: bool) -> None:
        for unit in self._units(body, more=more):
            await self._unit(unit)
        if not more:
            await self._end()

    def _units(self, body: bytes, *, more: bool) -> list[bytes]:
        """Cut a body into events, or leave it as it is."""
        if not self._events:
            return [body] if body else []
        *lines, self._rest = (self._rest + body).split(b"\n")
        if not more and self._rest:
            lines.append(self._rest)
        return [line + b"\n" for line in lines]

    async def _unit(self, unit: bytes) -> None:
        kind = self._order.kind
        if self._count == self._order.after:
            if kind == "cut":
                await self._cut(unit)
            if kind == "error_event":
                await self._piece(_error_event(self._operation, self._order.text))
                await self._end()
                raise GoneError
            if kind == "garbage":
                await self._piece(self._order.text.encode() + b"\n")
        self._count += 1
        if kind == "no_exit" and unit[0] == _EXIT:
            await self._end()
            raise GoneError
        await self._piece(unit)

    async def _piece(self, data: bytes) -> None:
        """Send bytes, at once or drop by drop."""
        size = self._order.size if self._order.kind == "drip" else max(1, len(data))
        for start in range(0, len(data), size):
            if self._dripping:
                await asyncio.sleep(self._order.seconds)
            self._dripping = self._order.kind == "drip"
            piece = data[start : start + size]
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _cut(self, unit: bytes) -> NoReturn:
        if self._order.inside:
            await self._piece(unit[: len(unit) // 2])
        if self._order.abrupt or self._whole_length:
            self.over = True
            raise GoneError
        await self._end()
        raise GoneError

    async def _end(self) -> None:
        """End the answer as if it were whole."""
        if not self.over:
            self.over = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _message(self, message: Message) -> Message:
        kind = self._order.kind
        if kind == "cut" and self._count == self._order.after:
            await self._hang_up()
        if kind == "no_exit" and self._is_exit(message):
            await self._hang_up()
        if kind == "drip":
            await asyncio.sleep(self._order.seconds)
        self._count += 1
        return self._without_code(message) if kind == "no_exit_code" else message

    async def _hang_up(self) -> NoReturn:
        self.over = True
        if not self._order.abrupt:
            await self._send({"type": "websocket.close", "code": self._order.code})
        raise GoneError

    def _is_exit(self, message: Message) -> bool:
        data = message.get("bytes")
        if data is not None:
            return not self._tty and data[:1] == bytes([_EXIT])
        said = _decoded(message["text"])
        if said.get("type") == "session_info":
            self._tty = said.get("tty") is True
        return said.get("type") == "exit"

    def _without_code(self, message: Message) -> Message:
        text = message.get("text") or ""
        prefix = _CONTROL if text.startswith(_CONTROL) else ""
        said = _decoded(text.removeprefix(_CONTROL))
        if not _forget_code(said) or not self._fault.take():
            return message
        return {"type": "websocket.send", "text": prefix + encode_json(said).decode()}


def _forget_code(said: dict[str, Any]) -> bool:
    """Take the exit code out of the end of an operation, in any spelling, if there is one."""
    names = {"op.complete": "args", "complete": "params"}
    name = names.get(str(said.get("type")), "")
    values = said.get(name)
    fields = dict(parse_qsl(values)) if isinstance(values, str) else values
    if not isinstance(fields, dict) or fields.pop("exitCode", None) is None:
        return False
    said[name] = urlencode(fields) if isinstance(values, str) else fields
    return True


def _error_event(operation: str, text: str) -> bytes:
    """Make an error event as the operation's own stream would have it."""
    event: dict[str, Any] = {"type": "error"}
    if operation == "kill_session":
        event["message"] = text
    elif "service" in operation:
        event.update(data=text, timestamp=int(time.time() * 1000))
    else:
        event.update(error=text, time=times.nanoseconds())
    return encode_json(event) + b"\n"


def _decoded(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
