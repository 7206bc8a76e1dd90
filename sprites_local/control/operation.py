"""What an operation gets to work with, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from attrs import define, field
from starlette.websockets import WebSocket

from sprites_local.control.envelope import Start

_QUEUE_LENGTH = 4


class OperationError(Exception):
    """An operation failed, and its client was not told yet; the text is for it."""


@define
class Operation:
    """An operation under way; a client's messages go into `inbox`, None when it has left."""

    socket: WebSocket
    sprite: str
    """The sprite's name."""
    sprite_id: str
    start: Start
    inbox: asyncio.Queue[Mapping[str, Any] | None] = field(
        factory=lambda: asyncio.Queue(_QUEUE_LENGTH)
    )
    raw: bool = False
    """Whether the client takes everything for the operation's own bytes."""
    over: bool = False
    """Whether its end was told, so that the next one may begin."""

    async def hand_over(self, message: Mapping[str, Any] | None) -> None:
        """Give it a message of the client's, waiting as long as it has enough of them."""
        if not self.over:
            await self.inbox.put(message)

    def close(self) -> None:
        """Take nothing more, and let go whoever waits to hand something over."""
        self.over = True
        while not self.inbox.empty():
            self.inbox.get_nowait()

    async def complete(self, **result: Any) -> None:
        """Tell success."""
        self.over = True
        await self.socket.send_text(self.start.complete(**result))

    async def fail(self, text: str) -> None:
        """Tell failure."""
        self.over = True
        await self.socket.send_text(self.start.error(text))
