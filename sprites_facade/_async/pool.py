"""The connections of a client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn, Protocol

import attrs
import httpx

from sprites_facade._async.lanes import AsyncLanes
from sprites_facade._async.plain import AsyncPlainClient
from sprites_facade._concurrency import async_place
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._routes import Route, client_options, find_route, unusable

if TYPE_CHECKING:
    import ssl

# Streams hold their connections, so a bound on them would let streams starve the rest.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


class AsyncClosable(Protocol):
    """A connection of another kind."""

    async def aclose(self) -> None:
        """Close it."""


@attrs.define(eq=False)
class AsyncConnections:
    """Those of one process."""

    http: httpx.AsyncClient
    sockets: set[AsyncClosable] = attrs.field(factory=set)
    """Open connections that are not of the HTTP client, to be closed with it."""
    lanes: AsyncLanes = attrs.field(factory=AsyncLanes)
    """Those of them that wait for another command."""
    place: object = None
    """The event loop that they belong to, once they were used."""


class AsyncPool:
    """The connections of a client and of its views; of this process, whichever that is.

    Two processes that used one connection would read each other's answers. So what a fork has
    brought along is neither used nor closed: it is kept, and belongs to the other one.
    """

    def __init__(
        self,
        http_client: httpx.AsyncClient | None,
        *,
        tls: ssl.SSLContext | None,
        proxy: str | None,
        secure: bool,
        direct: bool = False,
    ) -> None:
        other: object = http_client  # that of the other world is an easy mistake
        if other is not None and not isinstance(other, httpx.AsyncClient):
            raise ConfigurationError(
                f"http_client must be an httpx.AsyncClient, not a {type(other).__name__}"
            )
        self._given = http_client
        self._tls, self._proxy, self._secure, self._direct = tls, proxy, secure, direct
        self._closed = False
        self._of_process = {os.getpid(): AsyncConnections(self._http())}

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a client and what it made cannot be pickled or deeply copied, for the token would go"
            " along: make a client in each process, and pass names"
        )

    @property
    def mine(self) -> AsyncConnections:
        """The connections of this process."""
        process = os.getpid()
        if process not in self._of_process:
            # One of two threads that come here together is first, and both take what it made.
            self._of_process.setdefault(process, AsyncConnections(self._http()))
        return self._of_process[process]

    def opened(self) -> AsyncConnections:
        """Return the connections of this process; raise if nothing can be sent from here."""
        mine = self.mine
        if self._closed or mine.http.is_closed:
            raise ConfigurationError("the client is closed")
        if self._given is None:
            here = async_place()
            mine.place = mine.place or here
            if mine.place is not here:
                raise ConfigurationError(
                    "the client belongs to another event loop: make one in each, and close it there"
                )
        return mine

    def route(self, base_url: str) -> Route:
        """Return how to open a WebSocket to the server."""
        return find_route(self.mine.http, base_url, tls=self._tls, proxy=self._proxy)

    async def aclose(self) -> None:
        """Close everything, but for a client that was given."""
        self._closed = self._given is None
        mine = self.mine
        await mine.lanes.aclose()
        for socket in tuple(mine.sockets):
            await socket.aclose()
        if self._given is None:
            await mine.http.aclose()

    def _http(self) -> httpx.AsyncClient:
        options = client_options(self._tls, self._proxy, secure=self._secure, direct=self._direct)
        try:
            return self._given or AsyncPlainClient(limits=_LIMITS, **options)
        except (ImportError, ValueError, httpx.InvalidURL) as exc:
            raise unusable(exc) from None
