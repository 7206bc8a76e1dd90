"""Running the application: socket, signals, readiness, the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import uvicorn
from attrs import field, frozen

from sprites_local.app import create_app
from sprites_local.auth import is_loopback
from sprites_local.connections import Connection, SocketConnection
from sprites_local.datadir import DataDir
from sprites_local.egress import Reach
from sprites_local.engines import ProcessMode, Tier
from sprites_local.life.machine import Limits
from sprites_local.platform import open_platform

_SHUTDOWN_PATIENCE = 5
_IDLE_CONNECTION = 75
_MESSAGE_LIMIT = 16 << 20
_REQUEST_LINE_LIMIT = 1 << 20
DEFAULT_GRACE = 60.0


class ConfigurationError(Exception):
    """What was asked for cannot be served; the text is for the person who asked."""


@frozen
class Settings:
    """How to serve."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    fd: int | None = None
    """A listening or bound socket that was inherited; host and port are not used then."""
    tier: Tier | None = None
    processes: ProcessMode = "auto"
    token: str | None = field(default=None, repr=False)
    ready_fd: int | None = None
    """Where to write one line of JSON when requests are answered."""
    stop_fd: int | None = None
    """A pipe whose end means that the server is not needed any more."""
    faults: bool = False
    """Whether the token's holder may inject faults."""
    url_wait: float = 10.0
    """How many seconds a request to a sprite's URL waits until something listens there."""
    limits: Limits = field(factory=Limits)
    """When sprites that nobody uses go to rest."""
    reach: Reach = field(factory=Reach)
    """What sprites may reach, as far as their policies let them."""
    grace: float = DEFAULT_GRACE
    """How many seconds sprites outlive a server that is killed, if no other one comes."""


@frozen
class Ready:
    """Where the server answers."""

    url: str
    token: str = field(repr=False)
    tier: str


def open_socket(settings: Settings) -> socket.socket:
    """Bind to loopback, or adopt a socket that is bound to it.

    Raises:
        ConfigurationError: If the address is not loopback, or not free.
    """
    listener = _bind(settings) if settings.fd is None else _adopt(settings.fd)
    # What is accepted inherits it. asyncio would set it too, but only on connections whose protocol
    # is named, and a small frame after another would then wait 40 ms to be sent.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _bind(settings: Settings) -> socket.socket:
    if not is_loopback(settings.host):
        raise ConfigurationError(
            f"{settings.host} is not a loopback address; the server runs commands for whoever"
            " reaches it with the token, and listens on this machine only"
        )
    host = "127.0.0.1" if settings.host.lower() == "localhost" else settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # `create_server` sets SO_REUSEADDR, so that a restart on the same port works at once.
        return socket.create_server((host, settings.port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        raise ConfigurationError(f"cannot listen on {host}:{settings.port}: {error}") from error


def _adopt(descriptor: int) -> socket.socket:
    try:
        listener = socket.socket(fileno=descriptor)
        host = listener.getsockname()[0]
    except (OSError, IndexError) as error:
        raise ConfigurationError(f"descriptor {descriptor} is no bound socket: {error}") from error
    if listener.family not in (socket.AF_INET, socket.AF_INET6) or not is_loopback(host):
        raise ConfigurationError(f"descriptor {descriptor} is not bound to a loopback address")
    listener.listen(128)
    return listener


def url_of(listener: socket.socket) -> str:
    """Write the URL under which a socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(settings: Settings, on_ready: Callable[[Ready], None]) -> None:
    """Serve until a signal, or the end of the stop pipe."""
    directory = DataDir(settings.data_dir)
    with open_socket(settings) as listener, directory.held():
        token = settings.token or directory.token()
        asyncio.run(_serve(settings, directory, listener, token, on_ready))


async def _serve(
    settings: Settings,
    directory: DataDir,
    listener: socket.socket,
    token: str,
    on_ready: Callable[[Ready], None],
) -> None:
    stop = asyncio.Event()
    with _stopping(stop, settings.stop_fd):
        async with open_platform(
            directory,
            settings.tier,
            settings.processes,
            settings.limits,
            port=listener.getsockname()[1],
            reach=settings.reach,
            grace=settings.grace,
        ) as platform:
            ready = Ready(url_of(listener), token, platform.chosen.tier)

            def tell() -> None:
                _write_ready(settings.ready_fd, ready)
                on_ready(ready)

            app = create_app(platform, token, faults=settings.faults, url_wait=settings.url_wait)
            server = _Server(_configuration(app), tell)
            watching = asyncio.ensure_future(server.stop_when(stop, platform.stop_streams))
            try:
                await server.serve(sockets=[listener])
            finally:
                watching.cancel()


def _configuration(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn has its own names for the same shapes
        http=Connection,
        ws=SocketConnection,
        lifespan="off",
        # Queries carry commands and environments, and uvicorn would log them.
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_REQUEST_LINE_LIMIT,
        ws_max_size=_MESSAGE_LIMIT,
        # Input for a command that does not read makes a client wait, and its pongs with it.
        ws_ping_timeout=None,
        ws_per_message_deflate=False,
        # Longer than clients keep idle connections, so that none is closed under a request.
        timeout_keep_alive=_IDLE_CONNECTION,
        timeout_graceful_shutdown=_SHUTDOWN_PATIENCE,
    )


class _Server(uvicorn.Server):
    """Uvicorn with our signals, and a word when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone: the whole server handles them, not the HTTP part of it."""
        yield

    async def stop_when(self, stop: asyncio.Event, prepare: Callable[[], Awaitable[None]]) -> None:
        """End serving at an event."""
        await stop.wait()
        self.should_exit = True
        await prepare()


def ending_signals() -> Iterator[signal.Signals]:
    """Yield what ends a program besides Ctrl-C: SIGTERM, and the end of its terminal.

    Not the latter if whoever started the program wants it to outlive that, as `nohup` does.
    """
    yield signal.SIGTERM
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        yield signal.SIGHUP


@contextlib.contextmanager
def _stopping(stop: asyncio.Event, stop_fd: int | None) -> Iterator[None]:
    """Set an event at a signal that ends programs, or at the end of a pipe."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, *ending_signals()):
        loop.add_signal_handler(number, stop.set)

    def look() -> None:
        if not os.read(stop_fd or 0, 4096):
            loop.remove_reader(stop_fd or 0)
            stop.set()

    if stop_fd is not None:
        loop.add_reader(stop_fd, look)
    try:
        yield
    finally:
        if stop_fd is not None:
            loop.remove_reader(stop_fd)


def _write_ready(descriptor: int | None, ready: Ready) -> None:
    if descriptor is None:
        return
    line = json.dumps({"url": ready.url, "engine": ready.tier}) + "\n"
    # Whoever started the server may be gone; that is for the stop pipe to tell.
    with contextlib.suppress(OSError):
        os.write(descriptor, line.encode())
        os.close(descriptor)
