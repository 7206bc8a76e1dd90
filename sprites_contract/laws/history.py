"""The laws of lists of checkpoints: ids, order, ancestors, comments, times."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from sprites_contract.laws.tree import Observed, Tree

LIVE = "Current"
_MANUAL = re.compile(r"v([0-9]+)")


@frozen
class Saved:
    """A checkpoint, as the model knows it."""

    id: str
    ancestors: tuple[str, ...]
    comment: str | None
    before: datetime
    after: datetime
    tree: Tree
    observed: Observed
    running: frozenset[str]
    """Commands that ran when it was taken."""
    services: dict[str, bool]
    """Services that there were, and whether they had to run."""
    is_auto: bool = False


@define
class History:
    """All checkpoints of a sprite, in the order in which they were taken."""

    saved: dict[str, Saved] = field(factory=dict)
    numbers: list[int] = field(factory=list)
    base: tuple[str, ...] = ()
    """What the live state descends from, oldest first."""

    def manual(self) -> list[Saved]:
        """Return what is listed by default, newest first."""
        return [entry for entry in reversed(self.saved.values()) if not entry.is_auto]


def number(checkpoint: str) -> int | None:
    """Return the number of a checkpoint that was not made by the platform."""
    found = _MANUAL.fullmatch(checkpoint)
    return int(found[1]) if found else None


def new_entries(
    listed: list[dict[str, Any]], history: History, origin: set[str]
) -> list[dict[str, Any]]:
    """Return what is listed and not yet known."""
    known = {LIVE, *history.saved, *origin}
    return [entry for entry in listed if entry["id"] not in known]


def number_fault(checkpoint: str, history: History) -> str:
    """Say why an id cannot follow those before it; an empty text when it can."""
    found = number(checkpoint)
    if found is None:
        return f"the id {checkpoint} is not like v3"
    if history.numbers and found <= max(history.numbers):
        return f"{checkpoint} came after v{max(history.numbers)}"
    return ""


def time_fault(text: str, before: datetime, after: datetime, slack: float) -> str:
    """Say why a time is not that of a checkpoint taken between two others."""
    try:
        told = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return f"{text!r} is no time"
    if told.tzinfo is None:
        return f"{text} has no zone"
    allowance = timedelta(seconds=slack)
    if not before - allowance <= told <= after + allowance:
        return f"{text} is not between {before.isoformat()} and {after.isoformat()}"
    return ""


def order_fault(listed: list[dict[str, Any]], history: History, origin: set[str]) -> str:
    """Say what is wrong with the order or the contents of a default list."""
    ids = [entry["id"] for entry in listed]
    if ids[:1] != [LIVE]:
        return f"the first entry is not {LIVE}: {ids}"
    wanted = [entry.id for entry in history.manual()]
    found = [checkpoint for checkpoint in ids[1:] if checkpoint not in origin]
    if found != wanted:
        return f"{found} are listed, not {wanted}"
    if automatic := [entry["id"] for entry in listed if entry.get("is_auto")]:
        return f"automatic ones are listed unasked: {automatic}"
    return ""
