"""Every test here runs on each tier that works without root."""

import itertools
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sprites_local.engines.common.engine import TreeEngine
from sprites_local.engines.portable import PortableEngine
from sprites_local.engines.rootless import RootlessEngine
from tests.local.engines.tiers.helpers import needs_user_namespaces

TIERS = {"portable": PortableEngine, "rootless": RootlessEngine}
# The tier for ordinary users is tested as one: see test_as_ordinary_user.py.
_ROOTLESS = pytest.param("rootless", marks=needs_user_namespaces)
_TESTED = ["portable"] if os.geteuid() == 0 else ["portable", _ROOTLESS]
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=_TESTED)
def tier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
async def engine(tier: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TreeEngine]:
    """Open an engine that tests leave open."""
    opened = TIERS[tier](tmp_path_factory.mktemp("data"))
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def sprite(engine: TreeEngine) -> AsyncIterator[str]:
    """Name a sprite that was created and booted."""
    name = f"s{next(_NUMBERS)}"
    await engine.create(name, hostname="first")
    await engine.start(name)
    yield name
    await engine.destroy(name)


@pytest.fixture(scope="module")
async def shared(engine: TreeEngine) -> str:
    """Name a booted sprite for tests that neither stop it nor mind what others left in it."""
    await engine.create("shared", hostname="first")
    await engine.start("shared")
    return "shared"


@pytest.fixture
async def own_engine(tier: str, tmp_path: Path) -> AsyncIterator[TreeEngine]:
    """Open an engine for one test, with the booted sprite `s1`."""
    opened = TIERS[tier](tmp_path / "data")
    await opened.open()
    await opened.create("s1")
    await opened.start("s1")
    yield opened
    await opened.close()
