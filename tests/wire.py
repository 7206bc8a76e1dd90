"""A scripted HTTP/1.1 server on a raw loopback socket.

A test gives it a handler per expected request, in order. Handlers run in the server's threads:
they write bytes as they like, wait for events that the test sets, and cut connections. What
the client sent is recorded. A handler that fails fails the test when the server is closed.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from attrs import define, field, frozen

PATIENCE = 10.0
"""Seconds after which any wait of a test has failed."""


@frozen
class Request:
    """What a client sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


class HungUpError(Exception):
    """The client closed the connection while a handler was writing."""


@define
class Exchange:
    """One request and the means to answer it."""

    request: Request
    connection: socket.socket
    reusable: bool = True

    def send(self, data: bytes) -> None:
        try:
            self.connection.sendall(data)
        except OSError as exc:
            raise HungUpError from exc

    def reply(
        self,
        status: int = 200,
        body: Any = b"",
        *,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send a whole answer; what is neither bytes nor text becomes JSON."""
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        length = {} if status == 204 else {"Content-Length": str(len(body))}
        self.head(status, content_type, {**length, **(headers or {})})
        self.send(body)

    def head(self, status: int, content_type: str, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {content_type}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def start(self, status: int = 200, content_type: str = "application/x-ndjson") -> None:
        """Begin a chunked answer."""
        self.head(status, content_type, {"Transfer-Encoding": "chunked"})

    def chunk(self, data: bytes) -> None:
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def line(self, event: Any) -> None:
        """Send a line of NDJSON in a chunk of its own."""
        self.chunk(json.dumps(event).encode() + b"\n")

    def lines(self, *events: Any) -> None:
        for event in events:
            self.line(event)

    def end(self) -> None:
        self.send(b"0\r\n\r\n")

    def cut(self) -> None:
        """Reset the connection, as a crashed server or a proxy does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self.reusable = False
        self.connection.close()

    def hung_up(self) -> bool:
        """Wait until the client closes the connection."""
        self.reusable = False
        self.connection.settimeout(PATIENCE)
        try:
            return self.connection.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True


Handler = Callable[[Exchange], None]


@define
class Wire:
    """The server; use it as a context manager."""

    requests: list[Request] = field(factory=list)
    connections: int = 0
    control: bool = False
    """Whether the script answers requests for control sockets; otherwise the server has none."""
    _handlers: deque[Handler] = field(factory=deque)
    _always: Handler | None = None
    _listener: socket.socket = field(init=False)
    _open: set[socket.socket] = field(factory=set)
    _threads: list[threading.Thread] = field(factory=list)
    _failures: list[BaseException] = field(factory=list)
    _lock: threading.Lock = field(factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def lines(self) -> list[str]:
        """The method and path of each request so far."""
        return [request.line for request in self.requests]

    def then(self, *handlers: Handler) -> None:
        """Answer the next requests with these, one each."""
        self._handlers.extend(handlers)

    def always(self, handler: Handler) -> None:
        """Answer requests beyond the script with this."""
        self._always = handler

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            connections = [self._listener, *self._open]
        for connection in connections:
            with suppress(OSError):  # gone already
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a handler of the scripted server hangs"
        if self._failures:
            raise self._failures[0]

    def _spawn(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        try:
            while (request := _read_request(reader)) is not None:
                exchange = Exchange(request, connection)
                if request.path.endswith("/control") and not self.control:
                    exchange.reply(404, {"error": "not found"})
                    continue
                with self._lock:
                    self.requests.append(request)
                    handler = self._handlers.popleft() if self._handlers else self._always
                if handler is None:
                    raise AssertionError(f"no handler for {request.line}")
                handler(exchange)
                if not exchange.reusable:
                    return
        except (HungUpError, ConnectionError):
            pass  # the client's right
        except BaseException as exc:  # noqa: BLE001 - raised in the test's thread
            self._failures.append(exc)
        finally:
            reader.close()
            connection.close()
            with self._lock:
                self._open.discard(connection)


def _read_request(reader: Any) -> Request | None:
    first = reader.readline()
    if not first.strip():
        return None
    method, target, _ = first.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while line := reader.readline().decode().strip():
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip()
        # One that is sent twice reads as a list.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(method, target, headers, _read_body(reader, headers))


def _read_body(reader: Any, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        body: bytes = reader.read(int(headers.get("content-length", 0)))
        return body
    pieces = []
    while size := int(reader.readline(), 16):
        pieces.append(reader.read(size))
        reader.readline()
    reader.readline()
    return b"".join(pieces)


def replies(status: int = 200, body: Any = b"", **kwargs: Any) -> Handler:
    """Return a handler that sends one whole answer."""
    return lambda exchange: exchange.reply(status, body, **kwargs)


def streams(*events: Any, status: int = 200, finish: str = "end") -> Handler:
    """Return a handler that streams events and then does `end`, `cut` or `close`."""

    def handler(exchange: Exchange) -> None:
        exchange.start(status)
        exchange.lines(*events)
        getattr(exchange, finish)()

    return handler


def silence(exchange: Exchange) -> None:
    """Answer nothing until the client gives up."""
    assert exchange.hung_up()


def wait_for(event: threading.Event) -> None:
    """Wait in a handler for what the test does."""
    assert event.wait(PATIENCE), "the test did not come that far"
