"""Letting others have their turn while somebody sends without end.

What a socket or a pipe has already is had without waiting, and who never waits keeps all others
from theirs. A sprite can send as quickly as this reads.
"""

from __future__ import annotations

import asyncio
from typing import Final

MOST: Final = 16
"""How much is taken in one turn, in pieces of whatever it is."""


class Turns:
    """The turns of one who reads."""

    def __init__(self) -> None:
        self._taken = 0

    async def took(self) -> None:
        """Take note of a piece, and end the turn if these were enough."""
        self._taken += 1
        if self._taken % MOST == 0:
            await asyncio.sleep(0)
