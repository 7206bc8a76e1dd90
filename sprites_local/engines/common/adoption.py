"""Taking over what a server that was killed left running.

The lock of the data directory is ours by now, so nobody else ends sprites, and none is on its way:
see docs/adr/0014-adoption.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeVar

from sprites_local.engines.base import EngineError

log = logging.getLogger(__name__)

_PATIENCE: Final = 15.0

R = TypeVar("R")


async def adopt(
    found: Collection[str],
    take_over: Callable[[str], Awaitable[R | None]],
    end: Callable[[str], Awaitable[None]],
) -> dict[str, R]:
    """Return what runs on, by name; end everything else that was found.

    Args:
        found: What may run.
        take_over: Takes something over; None where that is not wanted, an EngineError or OSError
            where it cannot be. What it has touched can still be ended then.
        end: Ends something completely, if it runs at all.
    """

    async def settle(name: str) -> R | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                taken = await take_over(name)
        except (EngineError, OSError) as error:  # TimeoutError is one
            log.warning("Sprite %s ends, it cannot be adopted: %s", name, error)
            taken = None
        if taken is None:
            await end(name)
        return taken

    outcomes = await asyncio.gather(*map(settle, found))
    return {name: one for name, one in zip(found, outcomes, strict=True) if one is not None}
