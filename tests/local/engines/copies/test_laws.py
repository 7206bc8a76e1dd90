"""Whatever a tree looks like, a restore brings back just what the checkpoint saw."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sprites_local.engines.copies import CopyTree
from tests.local.engines.copies.mutations import mutate
from tests.local.engines.copies.picture import picture


@settings(
    max_examples=6,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), remember=st.booleans(), atomic=st.booleans())
def test_restores_equal_their_checkpoints(
    tmp_path: Path, seed: int, remember: bool, atomic: bool
) -> None:
    """For any tree and any changes, in any order, each restore equals its checkpoint."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(dir=tmp_path) as directory:
        tree = CopyTree(Path(directory) / "tree", remember=remember, atomic=atomic)
        tree.create(lambda live: mutate(rng, live, 40))
        pictures = {}
        for step in range(6):
            checkpoint = f"c{step}"
            assert tree.checkpoint(checkpoint).stable
            pictures[checkpoint] = picture(tree.live)
            mutate(rng, tree.live, rng.randrange(12))
            if rng.random() < 0.6:
                chosen = rng.choice(sorted(pictures))
                tree.restore(chosen)
                assert pictures[chosen] == picture(tree.live)
            if rng.random() < 0.3:
                forgotten = rng.choice(sorted(pictures))
                tree.delete(forgotten)
                del pictures[forgotten]
        for checkpoint, seen in pictures.items():
            tree.restore(checkpoint)
            assert seen == picture(tree.live)


@pytest.mark.parametrize("remember", [True, False])
def test_a_write_within_one_tick_is_caught(tmp_path: Path, remember: bool) -> None:
    """A change that leaves size and times as they were, as a quick one can, is not missed."""
    tree = CopyTree(tmp_path / "tree", remember=remember)
    tree.create(lambda live: None)
    for step in range(15):
        (tree.live / "file").write_bytes(b"%08d" % step)
        tree.checkpoint(f"c{step}")
    for step in range(15):
        tree.restore(f"c{step}")
        assert b"%08d" % step == (tree.live / "file").read_bytes()
