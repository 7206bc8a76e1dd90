"""A short look at each tier; `python -m bench.soak` goes on for as long as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.local.engines.tiers.helpers import needs_user_namespaces
from tests.local.needs import needs_full_tier
from tests.local.soak.runner import Soak


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "tier",
    [
        pytest.param("full", marks=needs_full_tier),
        pytest.param("rootless", marks=needs_user_namespaces),
        "portable",
    ],
)
def test_a_server_is_as_before_when_all_is_deleted(tmp_path: Path, tier: str) -> None:
    soak = Soak(tmp_path, seed=7, tier=tier, workers=3, sprites=1)
    soak.run(rounds=1, seconds=6)
    assert soak.faults == []
    assert soak.counted["vanish"] >= 1
    assert soak.counted.total() >= 20
