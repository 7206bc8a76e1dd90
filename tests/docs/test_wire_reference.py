"""The reference of the wire names tests; each of them is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(\w+\.py)::(\w+)`")


def test_each_named_test_exists() -> None:
    named = NAMED.findall((ROOT / "docs/reference/wire.md").read_text())
    assert len(named) > 100
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not re.search(
            rf"^(?:async )?def test_{name}\(",
            (ROOT / f"tests/local/test_{file}").read_text(),
            re.MULTILINE,
        )
    ]
    assert missing == []


def test_each_row_names_a_test() -> None:
    rows = [
        line
        for line in (ROOT / "docs/reference/wire.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith("| fact")
    ]
    assert [row for row in rows if not NAMED.search(row)] == []
