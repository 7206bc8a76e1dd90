"""A request on its way through the layer."""

from __future__ import annotations

from attrs import frozen
from starlette.types import ASGIApp, Receive, Scope, Send


@frozen
class Exchange:
    """The application that should answer, and what it is given."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    async def answer(self, send: Send | None = None) -> None:
        """Let the application answer, to somebody in between if one is given."""
        await self.app(self.scope, self.receive, send or self.send)
