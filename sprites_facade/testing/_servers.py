"""Local servers as context managers, for ordinary and for asynchronous code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, TypedDict, Unpack

from sprites_facade._core.errors import ConfigurationError
from sprites_facade.testing._faults import AsyncFaults, Faults
from sprites_facade.testing._process import Options, RunningServer, new_token, start

if TYPE_CHECKING:
    import ssl

    import httpx

    from sprites_facade import AsyncSpritesClient, SpritesClient

Engine = Literal["auto", "full", "rootless", "portable"]
ProcessState = Literal["auto", "on", "off"]
Network = Literal["public", "off"]


class _AnyClientOptions(TypedDict, total=False):
    timeout: float | None
    max_retries: int
    tls: ssl.SSLContext | None
    proxy: str | None


class _ClientOptions(_AnyClientOptions, total=False):
    http_client: httpx.Client | None


class _AsyncClientOptions(_AnyClientOptions, total=False):
    http_client: httpx.AsyncClient | None


class _Server:
    """What both have in common: the options, and the process while it runs."""

    def __init__(
        self,
        *,
        data_dir: str | Path | None = None,
        engine: Engine = "auto",
        process_state: ProcessState = "auto",
        token: str | None = None,
        startup_timeout: float = 60.0,
        faults: bool = False,
        idle_timeout: float | None = None,
        cold_after: float | None = None,
        network: Network = "public",
        allow_networks: Iterable[str] = (),
        default_domains: Iterable[str] = (),
    ) -> None:
        if data_dir == "":
            raise ConfigurationError("data_dir is empty; leave it out for one that is thrown away")
        if token == "":
            raise ConfigurationError("token is empty; leave it out for a random one")
        _check_list("allow_networks", allow_networks)
        _check_list("default_domains", default_domains)
        self._options = Options(
            data_dir=None if data_dir is None else Path(data_dir).absolute(),
            engine=engine,
            process_state=process_state,
            token=new_token() if token is None else token,
            startup_timeout=startup_timeout,
            faults=faults,
            idle_timeout=idle_timeout,
            cold_after=cold_after,
            network=network,
            allow_networks=tuple(allow_networks),
            default_domains=tuple(default_domains),
        )
        self._running: RunningServer | None = None

    def __repr__(self) -> str:
        state = "not running" if self._running is None else f"at {self._running.url}"
        return f"<{type(self).__name__} {state}>"

    @property
    def url(self) -> str:
        """The base URL, while the server runs."""
        if self._running is None:
            raise ConfigurationError("the local server is not running")
        return self._running.url

    @property
    def tier(self) -> str:
        """The tier that runs the sprites: `full`, `rootless` or `portable`."""
        if self._running is None:
            raise ConfigurationError("the local server is not running")
        return self._running.tier

    @property
    def token(self) -> str:
        """The bearer token."""
        return self._options.token

    def _fault_address(self) -> tuple[str, str]:
        if not self._options.faults:
            raise ConfigurationError("the local server was started without faults=True")
        return self.url, self.token

    def _start(self) -> None:
        if self._running is not None:
            raise ConfigurationError("the local server is running already")
        self._running = start(self._options)

    def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.stop()


def _check_list(name: str, value: object) -> None:
    if isinstance(value, str):  # whose letters would be taken one by one
        raise ConfigurationError(f"{name} is a list, not a text")


class LocalServer(_Server):
    """A server in a process of its own, on a loopback port that the system chose.

    Without `data_dir` everything is gone at the end.

    Args:
        data_dir: Where to keep everything; sprites there are found again.
        engine: The tier, `auto` for the best that works here.
        process_state: Whether checkpoints hold processes: `auto` where this machine can, `off`
            as the hosted platform, `on` to fail where it cannot.
        token: The bearer token, a random one unless given.
        startup_timeout: How many seconds to wait until it answers.
        faults: Whether it can be made to fail, by `server.faults`.
        idle_timeout: After how many seconds a sprite that nobody uses is paused (`warm`), where
            the tier can, or stopped (`cold`); never, unless given.
        cold_after: After how many seconds a paused sprite is stopped; 600, unless given.
        network: What sprites with a network of their own may reach: the `public` one, or nothing.
        allow_networks: Addresses and networks that they may reach besides, such as `10.1.0.0/16`.
        default_domains: What `include: defaults` of network policies allows besides the server's
            own list, such as package registries: hosts, or `*.` and a domain.

    Example:
        with LocalServer() as server, server.client() as client:
            client.create_sprite("my-sprite")
    """

    def start(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            LocalServerError: If it cannot start; the text says what it said.
        """
        self._start()
        return self

    def stop(self) -> None:
        """End the server; harmless when repeated."""
        self._stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def faults(self) -> Faults:
        """The faults of this server, which was started with `faults=True`."""
        return Faults(*self._fault_address())

    def client(self, **options: Unpack[_ClientOptions]) -> SpritesClient:
        """Return a client of this server; the options are those of `SpritesClient`."""
        from sprites_facade import SpritesClient  # noqa: PLC0415 - which imports the whole facade

        return SpritesClient(self.token, base_url=self.url, **options)


class AsyncLocalServer(_Server):
    """The same as `LocalServer`, for `async with`; starting and stopping do not block the loop."""

    async def start(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            LocalServerError: If it cannot start; the text says what it said.
        """
        starting = asyncio.ensure_future(asyncio.to_thread(self._start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # The thread goes on, and the process that it starts must not be left behind.
            await asyncio.gather(starting, return_exceptions=True)
            await self.stop()
            raise
        return self

    async def stop(self) -> None:
        """End the server; harmless when repeated."""
        await asyncio.shield(asyncio.to_thread(self._stop))

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def faults(self) -> AsyncFaults:
        """The faults of this server, which was started with `faults=True`."""
        return AsyncFaults(*self._fault_address())

    def client(self, **options: Unpack[_AsyncClientOptions]) -> AsyncSpritesClient:
        """Return a client of this server; the options are those of `AsyncSpritesClient`."""
        from sprites_facade import AsyncSpritesClient  # noqa: PLC0415 - as above

        return AsyncSpritesClient(self.token, base_url=self.url, **options)
