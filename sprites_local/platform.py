"""The parts of the server, put together over one data directory."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from attrs import evolve, frozen

from sprites_local.adopting import Adopter
from sprites_local.checkpoints.manager import CheckpointManager
from sprites_local.datadir import DataDir, DataDirError
from sprites_local.egress import PUBLIC, Reach
from sprites_local.engines import TIERS, Chosen, ProcessMode, Tier, open_best
from sprites_local.execution import Executor
from sprites_local.files import FileManager
from sprites_local.inside.routes import Parts
from sprites_local.inside.server import ManagementSockets
from sprites_local.life.machine import Limits
from sprites_local.policies import PolicyManager
from sprites_local.recording import Recordings
from sprites_local.services.manager import ServiceManager
from sprites_local.session import SessionRegistry
from sprites_local.sprites import SpriteManager
from sprites_local.state import checkpoints as checkpoint_rows
from sprites_local.state import meta
from sprites_local.state import sprites as sprite_rows
from sprites_local.state.database import Database
from sprites_local.tokens import TokenManager
from sprites_local.work import Work

log = logging.getLogger(__name__)

_PATIENCE = 30.0


@frozen
class Platform:
    """Everything that requests need."""

    chosen: Chosen
    sprites: SpriteManager
    checkpoints: CheckpointManager
    sessions: SessionRegistry
    executor: Executor
    files: FileManager
    services: ServiceManager
    policies: PolicyManager
    tokens: TokenManager
    adopter: Adopter
    work: Work

    async def stop_streams(self) -> None:
        """End what clients follow, so that they are not waited for at the end."""
        await self.sprites.end_rests()
        self.sprites.changes.close()
        self.services.close_streams()
        await self.sessions.stop_all()


@asynccontextmanager
async def open_platform(
    directory: DataDir,
    tier: Tier | None,
    processes: ProcessMode,
    limits: Limits | None = None,
    *,
    port: int = 0,
    reach: Reach = PUBLIC,
    grace: float = 0.0,
) -> AsyncIterator[Platform]:
    """Open a data directory that is held, bring it in order, and close it at the end.

    `port` is that of the server, for sprites that ask what their URL is; `reach` is what they may
    reach; `grace` is how many seconds they outlive this process if it is killed.
    """
    async with AsyncExitStack() as stack:
        directory.require_records()
        database = Database(directory.database)
        stack.push_async_callback(database.close)
        await database.open()
        chosen = await _choose(directory, database, tier, processes, reach=reach, grace=grace)
        stack.push_async_callback(chosen.engine.close)
        recordings = Recordings(directory.sessions)
        platform = _assemble(chosen, database, recordings, limits)
        inside = _open_inside(platform, port)
        stack.push_async_callback(platform.sessions.close)
        stack.push_async_callback(platform.services.close)
        stack.push_async_callback(inside.close)
        # A pause that was under way when rests ended is over when the work is.
        stack.push_async_callback(platform.sprites.end_rests)
        stack.push_async_callback(platform.work.finish, _PATIENCE)
        await platform.tokens.load()
        await _recover(platform, database, recordings)
        yield platform


def _assemble(
    chosen: Chosen, database: Database, recordings: Recordings, limits: Limits | None
) -> Platform:
    work = Work()
    sessions = SessionRegistry(recordings.begin)
    sprites = SpriteManager(database, chosen.engine, sessions, work, limits)
    checkpoints = CheckpointManager(database, chosen.engine, sprites, sessions, work)
    services = ServiceManager(database, chosen.engine, sprites, work)
    # In this order: a service may want to look at what is shown.
    sprites.residents += [checkpoints.shown, services]
    return Platform(
        chosen=chosen,
        sprites=sprites,
        checkpoints=checkpoints,
        sessions=sessions,
        executor=Executor(chosen.engine, sprites, sessions),
        files=FileManager(chosen.engine, sprites),
        services=services,
        policies=PolicyManager(database, chosen.engine, sprites),
        tokens=TokenManager(database),
        adopter=Adopter(chosen.engine, sprites, sessions, recordings),
        work=work,
    )


def _open_inside(platform: Platform, port: int) -> ManagementSockets:
    parts = Parts(
        sprites=platform.sprites,
        checkpoints=platform.checkpoints,
        services=platform.services,
        policies=platform.policies,
        work=platform.work,
        port=port,
    )
    inside = ManagementSockets(platform.chosen.engine, parts)
    platform.sprites.residents.append(inside)
    platform.sprites.residents.append(platform.policies.inside)
    return inside


async def _choose(
    directory: DataDir,
    database: Database,
    tier: Tier | None,
    processes: ProcessMode,
    *,
    reach: Reach,
    grace: float,
) -> Chosen:
    """Open the engine that the directory's sprites were made with, or the best for a new one."""
    kept = await database.run(meta.get, "tier")
    if kept is not None and tier is not None and kept != tier:
        raise DataDirError(f"the sprites in {directory.path} were made by the tier {kept!r}")
    wanted = tuple(one for one in TIERS if one == (tier or kept)) or TIERS
    chosen = await open_best(directory.engine, wanted, processes, reach=reach, grace=grace)
    untried = TIERS[: TIERS.index(wanted[0])]
    why = "not tried: " + (
        f"the sprites in {directory.path} were made by the tier {kept}; a new --data-dir may get it"
        if tier is None
        else f"--engine {tier} was asked for"
    )
    chosen = evolve(chosen, passed_over=(*((one, why) for one in untried), *chosen.passed_over))
    able = chosen.engine.capabilities()
    if processes == "on" and not able.processes:
        await chosen.engine.close()
        raise DataDirError(" ".join(("processes cannot be kept at checkpoints here.", *able.hints)))
    if not able.isolation:
        log.warning("%s", " ".join(able.hints))
    if kept is None:
        await database.run(meta.put, "tier", chosen.tier)
    return chosen


async def _recover(platform: Platform, database: Database, recordings: Recordings) -> None:
    """Bring records and files in line after whatever ended the last server."""
    pending = await database.run(checkpoint_rows.pending)
    known: dict[str, list[str]] = {}
    for sprite in await database.run(sprite_rows.every):
        if sprite.state == "ready":
            records = await database.run(checkpoint_rows.listing, sprite.id)
            known[sprite.id] = [record.id for record in records if not record.deleted]
    # First: a sprite that still runs must not reach for a moment what it may not.
    await platform.policies.recover_network()
    await platform.chosen.engine.recover(known)
    for sprite in await database.run(sprite_rows.every):
        if sprite.state != "ready":
            await database.run(sprite_rows.remove, sprite.id)
    await platform.policies.recover()
    restored = set()
    for operation in pending:
        log.warning("Recovering from an interrupted %s of %s", operation.kind, operation.sprite)
        if operation.kind == "restore" and operation.checkpoint in known.get(operation.sprite, ()):
            if await platform.checkpoints.finish_restore(operation.sprite, operation.checkpoint):
                restored.add(operation.sprite)
        else:
            await database.run(checkpoint_rows.abandon, operation.sprite)
    everything = await database.run(sprite_rows.every)
    for sprite in everything:
        if sprite.id not in restored:  # completing a restore has taken up what it brought back
            await platform.adopter.adopt(sprite)
    recordings.sweep()
    for sprite in everything:
        await platform.sprites.settle(sprite)
