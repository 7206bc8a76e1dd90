# Written by scripts/unasync.py from sprites_facade/_async/sockets.py. Do not edit.
"""WebSockets: the handshake, and errors that tell the truth without telling the query."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, MutableMapping
from typing import Any

from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidURI,
    ProxyError,
    WebSocketException,
)

from sprites_facade._concurrency import utc_now
from sprites_facade._core.calls import Call
from sprites_facade._core.commands import LONG_QUERY, encode_query
from sprites_facade._core.errors import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    SpritesError,
    error_from_response,
)
from sprites_facade._core.requests import identity
from sprites_facade._core.text import clip, redact
from sprites_facade._core.translation import distrust
from sprites_facade._duplex import Deadline, ExpiredError
from sprites_facade._routes import unusable
from sprites_facade._sync.pool import Closable
from sprites_facade._sync.transport import Transport
from sprites_facade._websockets import (
    Connection,
    RefusedError,
    answers,
    connect,
    hang_up,
    probe,
    receive,
    transmit,
    usable,
)

logger = logging.getLogger("sprites")

PING_INTERVAL = 20.0
# A cold sprite wakes slowly.
_OPEN_TIMEOUT = 60.0
_CLOSE_TIMEOUT = 0.25
_TOO_BIG = 1009


class _Discreet(logging.LoggerAdapter[logging.Logger]):
    """Keeps the WebSocket library from logging what it sends, the query of the URL included."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name is the base's
        return level > logging.DEBUG and super().isEnabledFor(level)

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


class Socket:
    """An open WebSocket."""

    def __init__(
        self,
        connection: Connection,
        path: str,
        siblings: set[Closable],
        *,
        ping_interval: float = PING_INTERVAL,
    ) -> None:
        self._connection = connection
        self._process = os.getpid()
        self._quiet = ping_interval
        self._siblings = siblings
        siblings.add(self)
        self.closed = False
        self.path = path
        self.ending = ""
        """How the connection ended, once it did."""
        self.code: int | None = None
        """The code with which the server closed it, if it did so."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server said it can do on this connection."""
        response = self._connection.response
        said = response.headers.get_all("X-Sprite-Capabilities") if response else []
        words = ",".join(said).split(",")
        return frozenset(word.strip().lower() for word in words)

    def send(self, message: str | bytes, timeout: float | None = None) -> None:
        """Send a message, as soon as the other side takes it.

        Raises:
            ExpiredError: If it does not in time.
            APIConnectionError: If the connection has ended.
        """
        try:
            transmit(self._connection, message, timeout)
        except ConnectionClosed as exc:
            self._note(exc)
            raise APIConnectionError(
                f"GET {self.path}: nothing more can be sent ({self.ending})",
                method="GET",
                path=self.path,
            ) from exc

    def receive(self, timeout: float | None = None) -> str | bytes | None:
        """Return the next message, or None if the connection has ended.

        The library sends pings, and does not miss their answers: messages that a caller does not
        read keep them back, and so does input that the other side does not take. Only who waits
        here in vain, twice for the time between pings, concludes that nobody is there.

        Raises:
            ExpiredError: If there is none in time.
        """
        deadline = Deadline(timeout)
        answered: Callable[[], bool] | None = None
        while True:
            left = deadline.left()
            try:
                bound = self._quiet if left is None else min(left, self._quiet)
                return receive(self._connection, bound)
            except ConnectionClosed as exc:
                self._note(exc)
                return None
            except ExpiredError:
                if left is not None and left < self._quiet:
                    raise
            if answered is not None and not answered():
                self.ending = f"there was no sign of life for {self._quiet:g} s"
                self.close()
                return None
            answered = probe(self._connection, self._quiet)

    @property
    def usable(self) -> bool:
        """Whether it is open, as far as is known, and of this very process and loop."""
        return self._mine and not self.closed and usable(self._connection)

    @property
    def _mine(self) -> bool:
        """Whether it was opened by this process; a fork has those of the one before."""
        return self._process == os.getpid()

    def answers(self, timeout: float) -> bool:
        """Tell whether the other side answers in time."""
        return answers(self._connection, timeout)

    def release(self) -> None:
        """Be done with it: it was opened for one purpose only, so close it."""
        self.close()

    def close(self) -> None:
        """Close the connection; what is still to come is not waited for."""
        if not self.closed:
            self.closed = True
            self.ending = self.ending or "it was closed on this side"
            self._siblings.discard(self)
            if not self._mine:
                return  # to say goodbye would end it for the other process
            hang_up(self._connection, _CLOSE_TIMEOUT)

    def _note(self, exc: ConnectionClosed) -> None:
        self.ending = self.ending or _ending(exc)
        self.code = None if exc.rcvd is None else exc.rcvd.code


def _ending(exc: ConnectionClosed) -> str:
    if exc.sent is not None and exc.sent.code == _TOO_BIG:
        return "the server sent a message that is larger than max_frame"
    if exc.rcvd is None:
        return "it broke" if exc.sent is None else f"it was closed with code {exc.sent.code}"
    reason = f": {clip(redact(exc.rcvd.reason), 200)}" if exc.rcvd.reason else ""
    return f"the server closed it with code {exc.rcvd.code}{reason}"


def open_socket(
    transport: Transport,
    call: Call[Any],
    *,
    timeout: float | None = None,
    max_frame: int | None = None,
    ping_interval: float = PING_INTERVAL,
) -> Socket:
    """Perform the handshake that a call describes.

    Args:
        transport: Whose settings to use.
        call: The path and the query.
        timeout: A shorter time for it than a sprite may need to wake up.
        max_frame: How large a message may be; None is no bound.
        ping_interval: How often to ask whether the other side is there.
    """
    query = encode_query(call.params)
    if len(query) > LONG_QUERY:
        logger.warning(
            "GET %s: the command and its environment make a URL of %d bytes, which servers and"
            " proxies may refuse; pass data as input instead",
            call.path,
            len(query),
        )
    deadline = Deadline(timeout)
    url = f"{transport.config.websocket_url}{call.path}{'?' if query else ''}{query}"
    route = transport.route()
    options = {
        **route.options(secure=transport.config.is_secure),
        "additional_headers": {**route.headers, **identity(transport.config)},
        "max_size": max_frame,
        "ping_interval": ping_interval,
    }

    def attempt() -> Socket:
        transport.check_open()
        bounds = [deadline.left(), _patience(transport.config.timeout)]
        patience = min((bound for bound in bounds if bound is not None), default=None)
        connection = _handshake(url, call, patience, options)
        return Socket(connection, call.path, transport.sockets, ping_interval=ping_interval)

    return transport.repeat(call, attempt)


def _handshake(
    url: str, call: Call[Any], patience: float | None, options: dict[str, Any]
) -> Connection:
    try:
        connection = connect(
            url,
            user_agent_header=None,
            compression=None,
            open_timeout=patience,
            close_timeout=_CLOSE_TIMEOUT,
            ping_timeout=None,
            logger=_Discreet(logger, {}),
            **options,
        )
    except (InvalidURI, InvalidProxy):
        # Their texts hold the URL, so they do not even become the cause.
        text = f"GET {call.path}: the base URL, or the proxy's, does not give a valid URL"
        raise ConfigurationError(text) from None
    except ImportError as exc:
        raise unusable(exc) from None
    except (OSError, WebSocketException) as exc:
        raise _refusal(exc, call, patience) from exc
    logger.debug("GET %s -> 101", call.path)
    return connection


def _patience(timeout: float | None) -> float | None:
    return None if timeout is None else max(timeout, _OPEN_TIMEOUT)


def _refusal(exc: Exception, call: Call[Any], patience: float | None) -> SpritesError:
    """Return our error for a handshake that did not succeed."""
    where = f"GET {call.path}"
    if isinstance(exc, RefusedError):
        answer = exc.response
        return error_from_response(
            answer.status_code,
            dict(answer.headers.raw_items()),
            bytes(answer.body or b""),
            method="GET",
            path=call.path,
            looked_for=call.looked_for,
            now=utc_now(),
        )
    if isinstance(exc, TimeoutError):
        after = "" if patience is None else f" after {patience:g} s"
        text = f"{where}: no answer to the handshake{after}"
        return APITimeoutError(text, method="GET", path=call.path)
    if isinstance(exc, WebSocketException) and not isinstance(exc, ProxyError):
        text = f"{where}: the server broke off or did not answer the handshake of a WebSocket"
        return APIConnectionError(text, method="GET", path=call.path)
    what = distrust(exc) or "could not connect; check the base URL and the network"
    if isinstance(exc, ProxyError):
        what = "the proxy refused the connection"
    return APIConnectionError(f"{where}: {what}", sent=False, method="GET", path=call.path)
