"""Records as the wire shows them: what is written quickly is what would be written slowly."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sprites_local import names, views
from sprites_local.checkpoints.catalog import Listed
from sprites_local.state.records import CheckpointRecord

NUMBERS = st.integers(0, 10**6)
IDS = NUMBERS.map(names.manual_checkpoint_id) | NUMBERS.map(names.automatic_checkpoint_id)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@st.composite
def entries(draw: st.DrawFn) -> Listed:
    record = CheckpointRecord(
        id=draw(IDS),
        create_time="2026-06-02T17:11:14.555839Z",
        comment=draw(st.none() | TEXTS),
        is_auto=draw(st.booleans()),
        source_id=draw(st.none() | IDS),
        processes=draw(st.sampled_from(["saved", "refused", "none"])),
        reason=draw(TEXTS),
    )
    return Listed(record, tuple(draw(st.lists(IDS, max_size=4))))


@given(st.lists(entries(), max_size=4))
def test_a_list_of_checkpoints_is_the_checkpoints(listed: list[Listed]) -> None:
    expected: list[dict[str, Any]] = [views.checkpoint_view(entry) for entry in listed]

    assert json.loads(views.checkpoint_list(listed)) == expected
