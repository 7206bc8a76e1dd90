"""A few kills; `python -m bench.kills` does as many as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.local.kills.runner import Kills
from tests.local.needs import needs_full_tier

pytestmark = [
    needs_full_tier,
    pytest.mark.timeout(180),
]


def test_ten_kills_lose_nothing(tmp_path: Path) -> None:
    kills = Kills(tmp_path, seed=7, workers=2, sprites=1, steps=12)
    kills.run(10)
    assert kills.counted["killed at work"] + kills.counted["killed as they started"] == 10
    assert kills.counted["sessions that ran on"] >= 3
    assert kills.counted["checkpoints compared"] >= 2
    # What is read in the very moment of the kill; see docs/adr/0014-adoption.md.
    assert kills.counted["numbers lost by the kill itself"] <= 1


def test_kills_without_adoption_lose_no_checkpoint(tmp_path: Path) -> None:
    """And leave no process."""
    kills = Kills(tmp_path, seed=3, tier="rootless", workers=2, sprites=1, steps=8)
    kills.run(3)
