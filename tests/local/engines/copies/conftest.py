"""A tree with its checkpoints, of the test's own."""

from pathlib import Path

import pytest

from sprites_local.engines.copies import CopyTree


@pytest.fixture
def tree(tmp_path: Path) -> CopyTree:
    made = CopyTree(tmp_path / "tree")
    made.create(lambda live: None)
    return made
