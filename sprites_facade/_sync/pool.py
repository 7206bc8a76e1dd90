# Written by scripts/unasync.py from sprites_facade/_async/pool.py. Do not edit.
"""The connections of a client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn, Protocol

import attrs
import httpx

from sprites_facade._concurrency import place
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._routes import Route, client_options, find_route, unusable
from sprites_facade._sync.lanes import Lanes
from sprites_facade._sync.plain import PlainClient

if TYPE_CHECKING:
    import ssl

# Streams hold their connections, so a bound on them would let streams starve the rest.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)


class Closable(Protocol):
    """A connection of another kind."""

    def close(self) -> None:
        """Close it."""


@attrs.define(eq=False)
class Connections:
    """Those of one process."""

    http: httpx.Client
    sockets: set[Closable] = attrs.field(factory=set)
    """Open connections that are not of the HTTP client, to be closed with it."""
    lanes: Lanes = attrs.field(factory=Lanes)
    """Those of them that wait for another command."""
    place: object = None
    """The event loop that they belong to, once they were used."""


class Pool:
    """The connections of a client and of its views; of this process, whichever that is.

    Two processes that used one connection would read each other's answers. So what a fork has
    brought along is neither used nor closed: it is kept, and belongs to the other one.
    """

    def __init__(
        self,
        http_client: httpx.Client | None,
        *,
        tls: ssl.SSLContext | None,
        proxy: str | None,
        secure: bool,
        direct: bool = False,
    ) -> None:
        other: object = http_client  # that of the other world is an easy mistake
        if other is not None and not isinstance(other, httpx.Client):
            raise ConfigurationError(
                f"http_client must be an httpx.Client, not a {type(other).__name__}"
            )
        self._given = http_client
        self._tls, self._proxy, self._secure, self._direct = tls, proxy, secure, direct
        self._closed = False
        self._of_process = {os.getpid(): Connections(self._http())}

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a client and what it made cannot be pickled or deeply copied, for the token would go"
            " along: make a client in each process, and pass names"
        )

    @property
    def mine(self) -> Connections:
        """The connections of this process."""
        process = os.getpid()
        if process not in self._of_process:
            # One of two threads that come here together is first, and both take what it made.
            self._of_process.setdefault(process, Connections(self._http()))
        return self._of_process[process]

    def opened(self) -> Connections:
        """Return the connections of this process; raise if nothing can be sent from here."""
        mine = self.mine
        if self._closed or mine.http.is_closed:
            raise ConfigurationError("the client is closed")
        if self._given is None:
            here = place()
            mine.place = mine.place or here
            if mine.place is not here:
                raise ConfigurationError(
                    "the client belongs to another event loop: make one in each, and close it there"
                )
        return mine

    def route(self, base_url: str) -> Route:
        """Return how to open a WebSocket to the server."""
        return find_route(self.mine.http, base_url, tls=self._tls, proxy=self._proxy)

    def close(self) -> None:
        """Close everything, but for a client that was given."""
        self._closed = self._given is None
        mine = self.mine
        mine.lanes.close()
        for socket in tuple(mine.sockets):
            socket.close()
        if self._given is None:
            mine.http.close()

    def _http(self) -> httpx.Client:
        options = client_options(self._tls, self._proxy, secure=self._secure, direct=self._direct)
        try:
            return self._given or PlainClient(limits=_LIMITS, **options)
        except (ImportError, ValueError, httpx.InvalidURL) as exc:
            raise unusable(exc) from None
