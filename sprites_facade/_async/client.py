"""The client: where a program begins."""

from __future__ import annotations

import os
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sprites_facade._async.by_name import AsyncByName
from sprites_facade._async.execution_by_name import AsyncExecutionByName
from sprites_facade._async.network import AsyncNetworkByName
from sprites_facade._async.organization import AsyncOrganizations
from sprites_facade._async.paging import AsyncSpriteList
from sprites_facade._async.services_by_name import AsyncServicesByName
from sprites_facade._async.sprite import AsyncSprite
from sprites_facade._async.streams import AsyncSpriteWatch
from sprites_facade._concurrency import AsyncOpening
from sprites_facade._core import bodies, operations
from sprites_facade._core.calls import given
from sprites_facade._core.config import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_TIMEOUT,
    ClientConfig,
    check_proxy,
    validate_sprite_name,
    whole_number,
)
from sprites_facade._core.errors import APIResponseError
from sprites_facade._core.models import UrlSettings
from sprites_facade._core.readers import sprite_event
from sprites_facade._core.stream import MessageStream

if TYPE_CHECKING:
    import ssl

    import httpx


class AsyncSpritesClient(
    AsyncByName, AsyncExecutionByName, AsyncServicesByName, AsyncNetworkByName, AsyncOrganizations
):
    """The way to all sprites of an organization; use it as a context manager.

    One pool of connections serves everything, streams included.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | None = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_MAX_RETRIES,
        http_client: httpx.AsyncClient | None = None,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
    ) -> None:
        """Check the settings; no request is made.

        Args:
            token: The token; otherwise the environment variable SPRITE_TOKEN, else SPRITES_TOKEN.
            base_url: The server; otherwise SPRITES_API_URL, else the hosted platform.
            timeout: Seconds for a request with one answer; None is no bound. Streams have no
                total bound; they end after 300 s without a byte.
            max_retries: How often a request is tried again that is safe to repeat, or that
                provably never left.
            http_client: A client of your own, for hooks, limits or a transport. It sees every HTTP
                request, and is not closed by this one. WebSockets go the way of its transport, and
                take its headers; those that cannot go that way are a `ConfigurationError`.
            tls: What to verify servers by, and certificates to show them; otherwise the usual
                authorities, or those that SSL_CERT_FILE names.
            proxy: The URL of a proxy, `http://user:password@host:port`; otherwise HTTPS_PROXY or
                HTTP_PROXY, unless NO_PROXY names the server, or it is one of this machine without
                TLS. With an `http_client`, this and `tls` are for the WebSockets only.

        Raises:
            ConfigurationError: If there is no token, or a setting that cannot be right.
        """
        from sprites_facade._async.transport import (  # noqa: PLC0415 - it loads the HTTP library
            AsyncTransport,
        )

        config = ClientConfig.resolve(
            token,
            environ=os.environ,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
        )
        transport = AsyncTransport.create(config, http_client, tls=tls, proxy=check_proxy(proxy))
        super().__init__(transport)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.base_url!r})"

    @property
    def base_url(self) -> str:
        """The server this client talks to."""
        return self._transport.config.base_url

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; an `http_client` that was passed in stays open."""
        await self._transport.aclose()

    async def create_sprite(
        self,
        name: str,
        *,
        labels: Sequence[str] | None = None,
        url_settings: UrlSettings | None = None,
        wait_for_capacity: bool | None = None,
        runtime: bodies.Runtime | None = None,
    ) -> AsyncSprite:
        """Create a sprite and return its handle, with `info` filled.

        Args:
            name: A name that is free in the organization.
            labels: Labels to give it.
            url_settings: Who may reach its URL.
            wait_for_capacity: Wait for a free place instead of failing, for up to 300 s.
            runtime: Which environment to run.

        Raises:
            ConflictError: If the name is taken.
            RateLimitError: If there are too many sprites, or were too many creations.
        """
        body = bodies.sprite_create(
            validate_sprite_name(name),
            labels=labels,
            url_settings=url_settings,
            wait_for_capacity=wait_for_capacity,
            runtime=runtime,
        )
        transport = self._transport
        if wait_for_capacity:  # which is no matter of seconds
            transport = transport.view(timeout=transport.config.stream_timeout)
        info = await transport.send(operations.create_sprite(body=body).about(f"sprite {name!r}"))
        return AsyncSprite(self._transport, name, info)

    async def get_sprite(self, name: str) -> AsyncSprite:
        """Return the handle of a sprite that exists, with `info` filled.

        Raises:
            NotFoundError: If there is no such sprite.
        """
        sprite = self.sprite(name)
        await sprite.refresh()
        return sprite

    def list_sprites(
        self,
        prefix: str | None = None,
        *,
        page_size: int | None = None,
        continuation_token: str | None = None,
    ) -> AsyncSpriteList:
        """Return all sprites as a lazy list, which is fetched page by page while iterating.

        Args:
            prefix: Only sprites whose name starts with this.
            page_size: How many to ask for at once; the server's choice if left out.
            continuation_token: Where to start, from `next_token` of a page.
        """
        size = None if page_size is None else whole_number(page_size, "page_size", least=1)
        return AsyncSpriteList(
            self._transport, prefix=prefix, page_size=size, start=continuation_token
        )

    def watch_sprites(self, prefix: str | None = None) -> AsyncOpening[AsyncSpriteWatch]:
        """Follow the changes of all sprites as they happen, until you close the stream.

        Events of the type `heartbeat` hold counters only. If the server ends the stream, the
        iteration ends; if the connection breaks, it raises `StreamTruncatedError`.

        Args:
            prefix: Only sprites whose name starts with this.

        Raises:
            APIResponseError: If the server cannot do that.
        """
        return AsyncOpening(self._watch_sprites(prefix))

    async def _watch_sprites(self, prefix: str | None) -> AsyncSpriteWatch:
        what = "the watch of sprites"
        call = operations.watch_sprites(prefix=given(prefix))
        body = await self._transport.open(call)
        if body.headers.get("content-type", "").startswith("application/json"):
            # One page of the list, which could be taken for an event.
            await body.aclose()
            raise APIResponseError(
                f"{call.method} {call.path}: this server does not report changes of sprites",
                status=body.status,
                method=call.method,
                path=call.path,
            )
        machine = MessageStream(sprite_event, what=what, success=frozenset(), end_is_success=True)
        return AsyncSpriteWatch(body, machine, what)
