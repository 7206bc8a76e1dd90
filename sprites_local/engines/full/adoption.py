"""Taking over what a server that was killed left running.

Nobody else works in the control groups by now: see `sprites_local.init.helper` on the lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from sprites_local.engines.base import EngineError
from sprites_local.engines.full.cgroup import Group
from sprites_local.engines.full.host import Host
from sprites_local.engines.full.processes import find_init
from sprites_local.engines.full.sprite import Running

log = logging.getLogger(__name__)

_DUMP_PATIENCE: Final = 60.0
"""Seconds that CRIU gets to end by itself: who kills it may harm what it is working on."""
_INIT_PATIENCE: Final = 15.0
InThread = Callable[..., Awaitable[Any]]


async def adopt(host: Host, known: Collection[str], in_thread: InThread) -> dict[str, Running]:
    """Return the sprites that run on, by name; end what else runs."""
    found = sorted({*host.groups.sprites(), *host.groups.operated()})
    outcomes = await asyncio.gather(*[_settle(host, name, known, in_thread) for name in found])
    return {name: running for name, running in zip(found, outcomes, strict=True) if running}


async def _settle(
    host: Host, name: str, known: Collection[str], in_thread: InThread
) -> Running | None:
    await in_thread(_let_end, host.groups.operations(name))
    group = host.groups.sprite(name)
    if name in known and group.path.exists() and not host.store.is_restoring(name):
        try:
            pid = await in_thread(_rouse, group)
            async with asyncio.timeout(_INIT_PATIENCE):
                return await Running.adopt(host, name, pid, in_thread)
        except (EngineError, OSError) as error:  # TimeoutError is one
            log.warning("Sprite %s ends, it cannot be adopted: %s", name, error)
    await in_thread(host.groups.remove, name)
    return None


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
