# Written by scripts/unasync.py from sprites_facade/_async/proxy.py. Do not edit.
"""A port of a sprite on this machine."""

from __future__ import annotations

import logging
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sprites_facade._concurrency import Handler, handle
from sprites_facade._core import operations
from sprites_facade._core.calls import Call
from sprites_facade._core.commands import seconds
from sprites_facade._core.errors import APIConnectionError, SpritesError
from sprites_facade._core.ports import host_name, tunnel_fault, tunnel_request
from sprites_facade._core.services import port_number
from sprites_facade._duplex import ExpiredError
from sprites_facade._listening import HOST, Listener, LocalConnection, Workers
from sprites_facade._sync.base import SpriteBase
from sprites_facade._sync.tunnel import Tunnel

if TYPE_CHECKING:
    from sprites_facade._sync.sockets import Socket
    from sprites_facade._sync.transport import Transport

logger = logging.getLogger("sprites")

DEFAULT_LINGER = 60.0
_KEPT_ERRORS = 100
_MAX_FRAME = 16 * 1024 * 1024
# How long the server may take to connect to the port inside.
_INTRODUCTION = 60.0
# Nothing that is closed takes longer than that, but a handshake that is not answered may.
_PATIENCE = 5.0
_HANDSHAKE_PATIENCE = 0.1


class Proxy:
    """Forwards connections to a local port into a sprite; use it as a context manager.

    It listens on 127.0.0.1 only; whoever can use this machine can use it. Each connection is one
    WebSocket. A failure of a connection is logged, kept in `errors`, and ends that one only.
    """

    def __init__(
        self,
        transport: Transport,
        call: Call[Any],
        target: tuple[str, int],
        *,
        linger: float | None,
        on_error: Handler[SpritesError] | None,
    ) -> None:
        self._transport = transport
        self._call = call
        self._target = target
        self._linger = linger
        self._on_error = on_error
        self._errors: deque[SpritesError] = deque(maxlen=_KEPT_ERRORS)
        self._tunnels: set[Tunnel] = set()
        self._workers = Workers()
        self._listener: Listener | None = None
        self._port = 0
        self._closed = False

    def __repr__(self) -> str:
        host, port = self._target
        state = "closed" if self._closed else "open"
        return f"<{type(self).__name__} from {HOST}:{self._port} to {host}:{port}, {state}>"

    @property
    def host(self) -> str:
        """The address to connect to."""
        return HOST

    @property
    def port(self) -> int:
        """The local port to connect to."""
        return self._port

    @property
    def errors(self) -> tuple[SpritesError, ...]:
        """Why connections failed; the last hundred times."""
        return tuple(self._errors)

    def __enter__(self) -> Self:
        """Return the proxy itself."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _listen(self, port: int) -> None:
        """Begin to listen."""
        self._transport.check_open()
        self._listener = Listener.open(port, self._accept)
        self._port = self._listener.port
        self._transport.sockets.add(self)

    def close(self) -> None:
        """Listen no more, and break off the connections that are open."""
        if self._closed:
            return
        self._closed = True
        self._transport.sockets.discard(self)
        if self._listener is not None:
            self._listener.close()
        tunnels = tuple(self._tunnels)
        connecting = all(tunnel.connecting for tunnel in tunnels)
        for tunnel in tunnels:
            tunnel.close()
        self._workers.close(_HANDSHAKE_PATIENCE if connecting else _PATIENCE)

    def _accept(self, local: LocalConnection) -> None:
        tunnel = Tunnel(local, self._workers, self._linger)
        self._tunnels.add(tunnel)
        self._workers.start(self._serve, tunnel)

    def _serve(self, tunnel: Tunnel) -> None:
        try:
            if self._closed:
                tunnel.close()
            tunnel.run(self._connect, self._report)
        finally:
            self._tunnels.discard(tunnel)

    def _connect(self) -> Socket:
        from sprites_facade._sync.sockets import (  # noqa: PLC0415 - it loads a library that many programs do without
            open_socket,
        )

        socket = open_socket(self._transport, self._call, max_frame=_MAX_FRAME)
        try:
            fault = self._introduce(socket)
        except BaseException:
            socket.close()
            raise
        if fault is None:
            return socket
        socket.close()
        host, port = self._target
        raise APIConnectionError(
            f"GET {socket.path}: no connection to {host}:{port} inside: {fault}",
            method="GET",
            path=socket.path,
        )

    def _introduce(self, socket: Socket) -> str | None:
        """Say where to go, and return what is wrong with the answer, if anything is."""
        try:
            socket.send(tunnel_request(*self._target))
            message = socket.receive(_INTRODUCTION)
        except ExpiredError:
            return f"no answer after {_INTRODUCTION:g} s"
        except APIConnectionError:
            return socket.ending
        return socket.ending if message is None else tunnel_fault(message)

    def _report(self, error: SpritesError) -> None:
        if self._closed:
            return
        self._errors.append(error)
        logger.warning("proxy: %s", error)
        if self._on_error is None:
            return
        try:
            handle(self._on_error, error)
        except Exception:
            # It is the user's function, and nobody waits here whom it could reach.
            logger.exception("proxy: the function that errors are reported to failed")


class SpriteProxy(SpriteBase):
    """Reach ports."""

    def proxy(
        self,
        remote_port: int,
        *,
        local_port: int = 0,
        remote_host: str = "localhost",
        linger: float | None = DEFAULT_LINGER,
        on_error: Handler[SpritesError] | None = None,
    ) -> Proxy:
        """Forward a port of this machine to a port inside the sprite, for any connections.

        Nothing is asked of the server before the first connection. `port` of what is returned
        tells where to connect to.

        Args:
            remote_port: The port inside.
            local_port: The port on this machine; any that is free if left out.
            remote_host: The host to connect to, as seen from inside.
            linger: The wire cannot tell the inside that a program has sent all. For how many
                seconds such a connection is kept when nothing comes back; None keeps it until the
                other side ends it.
            on_error: Called with each failure of a connection, beside `errors` and the log.

        Raises:
            ConfigurationError: If an argument cannot be right.
            OSError: If the local port is not free.
        """
        target = (host_name(remote_host), port_number(remote_port, "remote_port"))
        local = port_number(local_port, "local_port", least=0)
        proxy = Proxy(
            self._transport,
            operations.open_proxy(self._name).about(self._self),
            target,
            linger=seconds(linger, "linger"),
            on_error=on_error,
        )
        return _listening(proxy, local)


def _listening(proxy: Proxy, port: int) -> Proxy:
    proxy._listen(port)
    return proxy
