"""Records as the wire shows them: what is written quickly is what would be written slowly."""

import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sprites_local import names, views
from sprites_local.checkpoints.catalog import Listed, ancestries
from sprites_local.state.records import CheckpointRecord

NUMBERS = st.integers(0, 9)
IDS = NUMBERS.map(names.manual_checkpoint_id) | NUMBERS.map(names.automatic_checkpoint_id)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@st.composite
def records(draw: st.DrawFn) -> list[CheckpointRecord]:
    """Draw checkpoints as they were created, each of another one, known by then or not, or none."""
    found: list[CheckpointRecord] = []
    for number in draw(st.lists(IDS, max_size=8, unique=True)):
        earlier = st.sampled_from([one.id for one in found]) if found else st.nothing()
        found.append(
            CheckpointRecord(
                id=number,
                create_time="2026-06-02T17:11:14.555839Z",
                comment=draw(st.none() | TEXTS),
                is_auto=draw(st.booleans()),
                source_id=draw(st.none() | IDS | earlier),
                processes=draw(st.sampled_from(["saved", "refused", "none"])),
                reason=draw(TEXTS),
            )
        )
    return found


@given(records(), st.randoms(use_true_random=False))
def test_a_list_of_checkpoints_is_the_checkpoints(
    found: list[CheckpointRecord], random: Random
) -> None:
    """In any order, and if some are left out."""
    history = ancestries(found)
    shown = random.sample(found, random.randint(0, len(found)))
    listed = [Listed(record, history[record.id]) for record in shown]
    expected: list[dict[str, Any]] = [views.checkpoint_view(entry) for entry in listed]

    assert json.loads(views.checkpoint_list(listed)) == expected
