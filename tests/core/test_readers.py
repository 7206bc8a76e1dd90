"""The readers of answers: any JSON gives a value or a typed error."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade._core import readers
from sprites_facade._core.models import Checkpoint, FileEntry, SpriteInfo, SpritePage
from sprites_facade._core.reading import UnexpectedShapeError

READERS: list[Callable[[Any], Any]] = [
    readers.sprite_info,
    readers.sprite_page,
    readers.sprite_event,
    readers.sprite_health,
    readers.upgrade_result,
    readers.restart_result,
    readers.checkpoint,
    readers.checkpoints,
    readers.file_entries,
    readers.url_settings,
    readers.organization,
]
FIELDS = sorted(
    {
        field.name
        for cls in (SpriteInfo, Checkpoint, SpritePage, FileEntry)
        for field in attrs.fields(cls)
    }
    | {"entries", "isDir", "modTime", "next_continuation_token", "elapsed", "auth"}
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner, max_size=8)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(data=JSON)
def test_any_json_gives_a_value_or_a_typed_error(read: Callable[[Any], Any], data: Any) -> None:
    """Never an AttributeError, a KeyError or a TypeError."""
    try:
        value = read(data)
    except UnexpectedShapeError:
        return
    assert isinstance(value, list) or attrs.has(type(value))


@given(data=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), JSON))
def test_nothing_that_was_sent_is_lost(data: dict[str, Any]) -> None:
    """A field is either understood, or kept in `extra` as it came, or was null."""
    checkpoint = readers.checkpoint({**data, "id": "v1"})
    for name, sent in data.items():
        if name == "id" or sent is None:
            continue
        understood = not isinstance(getattr(checkpoint, name, None), (type(None), bool))
        known = name in {field.name for field in attrs.fields(Checkpoint)} - {"extra"}
        kept = name in checkpoint.extra
        assert kept or (known and (understood or name == "is_auto"))


def test_values_can_be_compared_and_hashed() -> None:
    """They can be members of sets, whatever extra fields they hold."""
    first, second = (readers.checkpoint({"id": "v1", "new": {"a": [1]}}) for _ in range(2))
    assert first == second
    assert {first, second} == {first}


def test_counters_may_be_nested_or_not() -> None:
    """Sources differ; both are read."""
    flat = readers.sprite_page({"sprites": [], "name": "o", "running": 1, "new": 2})
    nested = readers.sprite_page({"sprites": [], "org": {"name": "o", "running": 1}, "new": 2})
    assert flat.org == nested.org
    assert flat.extra == nested.extra == {"new": 2}
