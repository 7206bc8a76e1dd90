"""Every test here runs on each tier that works without root."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sprites_local.engines.common.engine import TreeEngine
from sprites_local.engines.portable import PortableEngine
from sprites_local.engines.rootless import RootlessEngine

TIERS = {"portable": PortableEngine, "rootless": RootlessEngine}


@pytest.fixture(params=sorted(TIERS))
def tier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def engine(tier: str, tmp_path: Path) -> AsyncIterator[TreeEngine]:
    opened = TIERS[tier](tmp_path / "data")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def sprite(engine: TreeEngine) -> str:
    """Name a sprite that was created and booted."""
    await engine.create("s1", hostname="first")
    await engine.start("s1")
    return "s1"
