"""What begins while the server ends: it does not hold up the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.datastructures import QueryParams

from sprites_local.datadir import DataDir
from sprites_local.execution import parse_exec
from sprites_local.outputs import Exit
from sprites_local.platform import Platform, open_platform
from sprites_local.services.definitions import Definition
from sprites_local.state.sprites import NewSprite

pytestmark = pytest.mark.anyio

FOR_EVER = ("sh", "-c", "while :; do echo x; sleep 0.05; done")


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    with DataDir(tmp_path).held():
        async with open_platform(DataDir(tmp_path), "portable", "off") as opened:
            await opened.sprites.create(NewSprite("sprite-1", "one", "sprite", None, ()))
            yield opened


@pytest.mark.parametrize("awake", [False, True])
async def test_a_service_that_starts_late_is_not_followed(
    platform: Platform, *, awake: bool
) -> None:
    if awake:
        async with platform.sprites.awake("one"):
            pass
    definition = Definition("late", FOR_EVER[0], FOR_EVER[1:])
    async with platform.sprites.locked("one"):
        putting = asyncio.ensure_future(platform.services.put("one", definition, 60))
        await platform.stop_streams()
    async with asyncio.timeout(20):
        lines = [line async for line in await putting]
    assert b'"complete"' in lines[-1]


async def test_a_command_that_starts_late_is_ended(platform: Platform) -> None:
    request = parse_exec(QueryParams([("cmd", word) for word in FOR_EVER]))
    async with platform.sprites.locked("one"):
        starting = asyncio.ensure_future(platform.executor.start("one", request))
        await platform.stop_streams()
    async with asyncio.timeout(20):
        session = await starting
        client = session.attach()
        platform.sessions.add(session)
        events = [event async for event in client.events()]
    assert events[-1] == Exit(137)
