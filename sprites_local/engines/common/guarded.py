"""Adopting sprites that have guardians, and clearing away those that have lost theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from socket import socket
from typing import Any

from sprites_local.engines.common import adoption
from sprites_local.engines.common.guardians import key
from sprites_local.engines.common.running import Running
from sprites_local.engines.common.trees import Trees

InThread = Callable[..., Awaitable[Any]]


async def adopt(
    trees: Trees,
    known: Collection[str],
    take_over: Callable[[str, socket], Awaitable[Running]],
    in_thread: InThread,
) -> dict[str, Running]:
    """Return the sprites that run on, by name; end what else a guardian has."""
    guardians, names = trees.guardians, {key(sprite): sprite for sprite in known}

    async def take(found: str) -> Running | None:
        sprite = names.get(found)
        if sprite is None or trees.tree(sprite).is_restoring():
            return None
        guardian = await in_thread(guardians.connect, found)
        if guardian is None:
            return None
        try:
            return await take_over(sprite, guardian)
        except BaseException:
            guardian.close()
            raise

    async def end(found: str) -> None:
        await in_thread(guardians.end, found)

    adopted = await adoption.adopt(guardians.keys(), take, end)
    return {names[found]: running for found, running in adopted.items()}


def clear(trees: Trees, guarded: Collection[str], end: Callable[[str], None]) -> None:
    """Clear away what was booted and has no guardian any more; `end` ends what is left of one."""
    lost = {*trees.guardians.keys()} - {key(sprite) for sprite in guarded}
    for sprite in trees.sprites():
        if key(sprite) in lost:
            end(sprite)
    for found in lost:
        trees.guardians.remove(found)
