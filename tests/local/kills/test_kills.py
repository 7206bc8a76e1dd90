"""A few kills; `python -m bench.kills` does as many as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.local.engines.tiers.helpers import needs_user_namespaces
from tests.local.kills.runner import Kills
from tests.local.needs import needs_full_tier, needs_linux

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize(
    "tier",
    [
        pytest.param("full", marks=needs_full_tier),
        pytest.param("rootless", marks=[needs_linux, needs_user_namespaces]),
        pytest.param("portable", marks=needs_linux),
    ],
)
def test_ten_kills_lose_nothing(tmp_path: Path, tier: str) -> None:
    kills = Kills(tmp_path, seed=7, tier=tier, workers=2, sprites=1, steps=12)
    kills.run(10)
    assert kills.counted["killed at work"] + kills.counted["killed as they started"] == 10
    assert kills.counted["sessions that ran on"] >= (3 if tier == "full" else 1)
    assert kills.counted["checkpoints compared"] >= 2
    # What is read in the very moment of the kill; see docs/adr/0014-adoption.md.
    assert kills.counted["numbers lost by the kill itself"] <= 1
