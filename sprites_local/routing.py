"""One resource per path: methods by name, everything else refused in the API's own form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sprites_local.errors import ApiError

Handler = Callable[[Request], Awaitable[Response]]


class Resource:
    """An ASGI application that picks a handler by the method."""

    def __init__(self, handlers: dict[str, Handler]) -> None:
        self._handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        handler = self._handlers.get(method)
        if handler is None:
            allowed = sorted({*self._handlers, *({"HEAD"} if "GET" in self._handlers else ())})
            raise ApiError(405, "method not allowed", headers={"Allow": ", ".join(allowed)})
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)


def resource(path: str, **handlers: Handler) -> Route:
    """Route a path to handlers, given by method in lower case."""
    return Route(path, Resource({method.upper(): do for method, do in handlers.items()}))


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a path that leads nowhere."""
    raise ApiError(404, "not found")


def has_hidden_separator(raw_path: bytes) -> bool:
    """Tell whether a path hides a slash, a NUL or a line break in an escape.

    Routes match the decoded path, so a name with an escaped slash would reach another resource
    than the one it names, and they overlook a line break at the end.
    """
    lowered = raw_path.lower()
    return any(escape in lowered for escape in (b"%2f", b"%5c", b"%00", b"%0a"))
