"""One WebSocket, everything on which is held against the document."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from sprites_contract.document import Operation, complaint, document, resolve, schema_name
from sprites_contract.drift import Drift
from sprites_contract.promises import BrokenPromiseError
from sprites_contract.sockets.inputs import Frame

PATIENCE, LOCAL_PATIENCE = 30.0, 10.0
INPUT = bytes(range(256)) + b"what was said\n"
"""What programs that say what they hear are told."""
_KNOWN = re.compile(r"`([^`]*)`")


class Conversation:
    """What is said on one socket."""

    def __init__(
        self,
        operation: Operation,
        socket: ClientConnection,
        drift: Drift,
        *,
        raw: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self._patience = patience
        self.operation = operation
        self.websocket: dict[str, Any] = operation.websocket or {}
        self.frames: list[Frame] = []
        self.messages: list[dict[str, Any]] = []
        self.output = b""
        self._said: list[Frame] = []
        self._socket = socket
        self._drift = drift
        self._raw = raw or "frames" not in self.websocket
        self._first_bytes = {
            int(frame["first_byte"], 16): frame["name"]
            for frame in self.websocket.get("frames", ())
            if frame["from"] == "server"
        }

    def say(self, *frames: Frame) -> None:
        """Send; a socket that the server has closed is no fault here."""
        self._said += frames
        with contextlib.suppress(ConnectionClosed):
            for frame in frames:
                self._socket.send(frame)

    def listen(self) -> Iterator[Frame]:
        """Yield what the server says, each checked, until it closes.

        Raises:
            BrokenPromiseError: If something is not as documented, or it neither speaks nor closes.
        """
        deadline = time.monotonic() + self._patience
        while True:
            try:
                frame = self._socket.recv(timeout=max(0.0, deadline - time.monotonic()))
            except ConnectionClosed:
                return self._check_close()
            except TimeoutError:
                told = f"nothing for {self._patience:.0f} s after {self.frames[-3:]}"
                raise BrokenPromiseError("socket_ends", told) from None
            self.frames.append(frame)
            self._check(frame)
            yield frame

    def listen_for(self, *kinds: str) -> dict[str, Any]:
        """Listen until a message of one of these types comes, and return it.

        Raises:
            BrokenPromiseError: If the server closes without it.
        """
        for frame in self.listen():
            if isinstance(frame, str) and self.messages[-1].get("type") in kinds:
                return self.messages[-1]
        raise BrokenPromiseError(
            "socket_messages", f"it closed without {kinds}: {self.frames[-3:]}"
        )

    def _check(self, frame: Frame) -> None:
        if isinstance(frame, str):
            self._check_message(frame)
        elif self._raw:
            self.output += frame
        elif frame[:1] and frame[0] in self._first_bytes:
            self._check_frame(self._first_bytes[frame[0]], frame)
        else:
            raise BrokenPromiseError("socket_frames", f"no such frame: {frame[:40]!r}")

    def _check_frame(self, name: str, frame: bytes) -> None:
        if name == "exit" and len(frame) != 2:
            raise BrokenPromiseError("socket_frames", f"an exit frame of {len(frame)} bytes")
        if name == "stdout":
            self.output += frame[1:]

    def _check_message(self, text: str) -> None:
        prefix = self.websocket.get("text_prefix", "")
        try:
            message = json.loads(text.removeprefix(prefix))
        except ValueError:
            raise BrokenPromiseError("socket_messages", f"no JSON: {text[:80]!r}") from None
        if not isinstance(message, dict):
            raise BrokenPromiseError("socket_messages", f"no object: {text[:80]!r}")
        self.messages.append(message)
        components = self.websocket.get("server_messages", [])
        known = sorted(
            (each for each in components if _speaks_of(each, message)),
            key=lambda each: len(message.keys() - resolve(each)["properties"]),
        )
        if not known:
            raise BrokenPromiseError("socket_messages", f"no message of the document: {text[:200]}")
        faults = [complaint(schema_name(each), message) for each in known]
        if all(faults):
            raise BrokenPromiseError("socket_messages", f"{text[:200]}: {'; '.join(faults)}")
        self._drift.see_message(schema_name(known[faults.index("")]), self._without_echo(message))

    def _without_echo(self, message: dict[str, Any]) -> dict[str, Any]:
        """Leave out what a server only repeats: nonsense that it was told is no drift."""
        echo = message.get("op")
        said = any(isinstance(text, str) and json.dumps(echo) in text for text in self._said)
        repeated = said and echo not in _operations_known()
        return {key: value for key, value in message.items() if key != "op" or not repeated}

    def _check_close(self) -> None:
        code = self._socket.close_code
        documented = [str(each).replace("X", "[0-9]") for each in self.websocket["close_codes"]]
        if not any(re.fullmatch(each, str(code)) for each in documented):
            reason = self._socket.close_reason
            raise BrokenPromiseError("socket_close", f"undocumented code {code} {reason!r}")


def _operations_known() -> list[str]:
    """Return the operations of the control socket."""
    envelope = document()["components"]["schemas"]["ControlMessage"]
    return _KNOWN.findall(envelope["properties"]["op"]["description"])


def _speaks_of(component: dict[str, Any], message: dict[str, Any]) -> bool:
    """Tell whether a message can be meant to be of a component: types are told by known values."""
    properties = resolve(component)["properties"]
    kind = properties.get("type")
    if kind is None:
        return "type" not in message and not message.keys().isdisjoint(properties)
    if "const" in kind:
        return bool(kind["const"] == message.get("type"))
    return message.get("type") in _KNOWN.findall(kind.get("description", ""))
