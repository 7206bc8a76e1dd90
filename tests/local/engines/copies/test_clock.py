"""The clock may be put back at any moment."""

from __future__ import annotations

import time

import pytest

from sprites_local.engines.copies import CopyTree


def test_a_clock_that_is_put_back_holds_up_no_restore(
    tree: CopyTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.live / "file").write_text("kept")
    tree.checkpoint("v1")
    (tree.live / "file").write_text("changed")
    slept = noted(monkeypatch, back=3600 * 10**9)
    tree.restore("v1")
    assert (tree.live / "file").read_text() == "kept"
    assert sum(slept) < 1


def noted(monkeypatch: pytest.MonkeyPatch, *, back: int) -> list[float]:
    """Put the clock back each time that somebody looks at it; return how long is slept."""
    slept: list[float] = []
    real, looks = time.time_ns, 0

    def earlier() -> int:
        nonlocal looks
        looks += 1
        return real() - looks * back

    monkeypatch.setattr(time, "time_ns", earlier)
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept
