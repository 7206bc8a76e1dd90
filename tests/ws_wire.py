"""A scripted WebSocket server for commands: an upgrade of the scripted HTTP server.

A handler made by `websocket(script)` answers the handshake and hands a `Peer` to the script, which
sends frames as it likes, waits for those of the client, and ends the connection in its own way.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from attrs import define, field
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from tests.wire import PATIENCE, Exchange, Handler, HungUpError

STDIN, OUT, ERR, EXIT, EOF = (bytes([number]) for number in range(5))
NO_SIGNAL = ""
KILLED = '{"type": "signal", "signal": "KILL"}'
# Tests look for secrets in what the client logs, and the server would log what it got.
_MUTE = logging.Logger("scripted", logging.CRITICAL)


@define
class Peer:
    """The server's end of one WebSocket."""

    exchange: Exchange
    capabilities: str = "signal"
    messages: list[str | bytes] = field(factory=list)
    """What the client sent and the script took."""
    _protocol: ServerProtocol = field(factory=lambda: ServerProtocol(max_size=None, logger=_MUTE))
    _lock: threading.Lock = field(factory=threading.Lock)
    _parts: list[Frame] = field(factory=list)
    _ready: list[str | bytes | None] = field(factory=list)
    pings: int = 0

    def accept(self) -> None:
        request = self.exchange.request
        lines = [f"GET {request.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        self._protocol.receive_data(("\r\n".join(lines) + "\r\n\r\n").encode())
        (parsed,) = self._protocol.events_received()
        assert isinstance(parsed, Request)
        response = self._protocol.accept(parsed)
        response.headers["X-Sprite-Capabilities"] = self.capabilities
        self._protocol.send_response(response)
        self._flush()

    def send(self, message: str | bytes) -> None:
        with self._lock:
            if isinstance(message, str):
                self._protocol.send_text(message.encode())
            else:
                self._protocol.send_binary(message)
            data = b"".join(self._protocol.data_to_send())
        self.exchange.send(data)

    def text(self, **fields: Any) -> None:
        self.send(json.dumps(fields))

    def introduce(self, session_id: str = "1847", *, tty: bool = False) -> None:
        self.text(type="session_info", session_id=session_id, command="x", created=0, tty=tty)

    def start(self) -> dict[str, Any]:
        """Return the client's request to start a command on a control socket."""
        message = self.receive()
        assert isinstance(message, str), f"no start: {message!r}"
        prefix, _, text = message.partition(":")
        assert prefix == "control"
        return dict(json.loads(text))

    def tell(self, start: dict[str, Any], kind: str, **args: Any) -> None:
        """Say on a control socket what became of a command."""
        told = {"type": kind, "id": start["id"], "op": start["op"], "args": args}
        self.send(f"control:{json.dumps(told)}")

    def exit(self, code: int) -> None:
        self.send(EXIT + bytes([code]))

    def receive(self, timeout: float = PATIENCE) -> str | bytes | None:
        """Return the client's next message; None once it closed the connection."""
        self.exchange.connection.settimeout(timeout)
        while not self._ready:
            self._read()
        message = self._ready.pop(0)
        if message is not None:
            self.messages.append(message)
        return message

    def wait_for_ping(self) -> None:
        """Answer the client until it has sent another ping."""
        self.exchange.connection.settimeout(PATIENCE)
        before = self.pings
        while self.pings == before:
            self._read()

    def receive_all(self) -> list[str | bytes]:
        """Return everything that the client sends until it closes."""
        found = []
        while (message := self.receive()) is not None:
            found.append(message)
        return found

    def input(self) -> bytes:
        """Return the input up to its end."""
        pieces = []
        while (message := self.receive()) != EOF:
            assert isinstance(message, bytes), f"unexpected message: {message!r}"
            assert message[:1] == STDIN
            pieces.append(message[1:])
        return b"".join(pieces)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close as the protocol wants it, and wait for the client's answer."""
        with self._lock:
            self._protocol.send_close(code, reason)
        self._flush()
        while self.receive() is not None:
            pass

    def cut(self) -> None:
        """Reset the connection."""
        self.exchange.cut()

    def drop(self) -> None:
        """End the TCP connection without a close frame."""
        self.exchange.connection.shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        try:
            data = self.exchange.connection.recv(65536)
        except TimeoutError:
            raise AssertionError("the client sent nothing") from None
        except OSError:
            data = b""
        self._take(data)

    def _take(self, data: bytes) -> None:
        with self._lock:
            if data:
                self._protocol.receive_data(data)
            else:
                self._protocol.receive_eof()
            events = self._protocol.events_received()
        try:
            self._flush()
        except HungUpError:
            data = b""
        for event in events:
            assert isinstance(event, Frame)
            self._sort(event)
        if not data:
            self._ready.append(None)

    def _sort(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(frame)
            if frame.fin:
                joined = b"".join(part.data for part in self._parts)
                kind = self._parts[0].opcode
                self._ready.append(joined.decode() if kind == Opcode.TEXT else joined)
                self._parts.clear()
        elif frame.opcode == Opcode.CLOSE:
            self._ready.append(None)
        else:
            self.pings += 1

    def _flush(self) -> None:
        with self._lock:
            data = b"".join(self._protocol.data_to_send())
        if data:
            self.exchange.send(data)


Script = Callable[[Peer], None]


def websocket(script: Script, *, capabilities: str = "signal") -> Handler:
    """Return a handler that accepts a handshake and runs a script."""

    def handler(exchange: Exchange) -> None:
        exchange.reusable = False
        peer = Peer(exchange, capabilities)
        peer.accept()
        script(peer)

    return handler


def be_killed(peer: Peer, taken: list[Any], *, tty: bool) -> None:
    """Play a command that ends when it is killed, and note what it took until then."""
    peer.introduce(tty=tty)
    while KILLED not in taken:
        taken.append(peer.receive())
    if tty:
        peer.text(type="exit", exit_code=137)
    else:
        peer.exit(137)
    peer.receive_all()


def command(*output: bytes, code: int = 0, tty: bool = False) -> Handler:
    """Return a handler that plays a command which reads all input, writes and exits."""

    def script(peer: Peer) -> None:
        peer.introduce(tty=tty)
        for frame in output:
            peer.send(frame)
        if tty:
            peer.text(type="exit", exit_code=code)
        else:
            peer.exit(code)
        peer.receive_all()

    return websocket(script)
