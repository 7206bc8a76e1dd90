"""What the tier full adopts by: its control groups, in which nobody else works by now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from sprites_local.engines.base import EngineError
from sprites_local.engines.common import adoption
from sprites_local.engines.full.cgroup import Group
from sprites_local.engines.full.host import Host
from sprites_local.engines.full.processes import find_init
from sprites_local.engines.full.sprite import Running

log = logging.getLogger(__name__)

_DUMP_PATIENCE: Final = 60.0
"""Seconds that CRIU gets to end by itself: who kills it may harm what it is working on."""
InThread = Callable[..., Awaitable[Any]]


async def adopt(host: Host, known: Collection[str], in_thread: InThread) -> dict[str, Running]:
    """Return the sprites that run on, by name; end what else runs."""
    found = sorted({*host.groups.sprites(), *host.groups.operated()})
    operations = [host.groups.operations(name) for name in found]
    await asyncio.gather(*[in_thread(_let_end, one) for one in operations])

    async def take_over(name: str) -> Running | None:
        group = host.groups.sprite(name)
        if name not in known or not group.path.exists() or host.store.is_restoring(name):
            return None
        pid = await in_thread(_rouse, group)
        return await Running.adopt(host, name, pid, in_thread)

    async def end(name: str) -> None:
        await in_thread(host.groups.remove, name)

    return await adoption.adopt(found, take_over, end)


def _let_end(operations: Group) -> None:
    """Wait for a CRIU that writes a sprite down; what it writes is of no use any more."""
    if not operations.path.exists():
        return
    try:
        operations.wait_empty(_DUMP_PATIENCE)
    except EngineError:
        log.warning("A CRIU that does not end is killed; a process of its sprite may be harmed")
        operations.kill()
    operations.remove()


def _rouse(group: Group) -> int:
    """Let a sprite run on, without the dead server's agents; return the number of its PID 1."""
    main, agents = Group(group.path / "main"), Group(group.path / "agents")
    for part in (group, main):
        part.thaw()
    agents.kill()
    return find_init(main.path)
