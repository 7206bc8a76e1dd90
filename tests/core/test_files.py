"""Paths, permissions, listings and ranges, as values."""

import posixpath
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade import FileEntry, FileEvent
from sprites_facade._core.file_values import Span, read_span
from sprites_facade._core.files import (
    absolute,
    is_private,
    octal,
    permissions,
    plain_pattern,
    private_name,
    safe_name,
    wire_path,
)
from sprites_facade._core.globbing import matches, segments
from sprites_facade._core.listing import entry_itself, entry_within
from sprites_facade._core.reading import UnexpectedShapeError

names = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1)
paths = st.lists(names, min_size=1, max_size=4).map("/".join)


@given(paths)
def test_a_path_is_sent_as_it_is(path: str) -> None:
    """And begins at the home, unless it is absolute."""
    assert wire_path(path) == path
    assert wire_path(PurePosixPath(path)) == str(PurePosixPath(path))
    assert absolute(path) == PurePosixPath("/home/sprite", path)
    assert absolute("//" + path) == PurePosixPath("/" + path)


@given(st.integers(0, 0o7777))
def test_permissions_survive_the_way_there_and_back(mode: int) -> None:
    """In octal, with the bits for set-user-id and the like."""
    assert permissions(octal(mode)) == mode


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0o755", 0o755), ("100644", 0o644), ("644", 0o644), ("rwxr-xr-x", None), ("", None)],
)
def test_permissions_as_servers_write_them(text: str, expected: int | None) -> None:
    """The type of a file is not of them, and what is not octal is not guessed."""
    assert permissions(text) == expected


@given(names)
def test_a_safe_name_stays_where_it_is_put(name: str) -> None:
    """Joined to a directory, it is right below."""
    if safe_name(name):
        assert posixpath.dirname(posixpath.normpath(f"/top/{name}")) == "/top"
    else:
        assert name in {".", ".."}


@given(names)
def test_a_plain_pattern_matches_its_name_only(name: str) -> None:
    """Names that a glob would read in another way are not used as patterns."""
    pattern = plain_pattern(name)
    assert pattern in {None, name}
    if pattern is not None:
        assert matches(name, pattern)
        assert not matches(name + "x", pattern)


def test_private_names_are_never_the_same() -> None:
    """And hidden."""
    found = {private_name() for _ in range(100)}
    assert len(found) == 100
    assert all(name.startswith(".sprites-") for name in found)
    assert all(is_private(name) and is_private(f"{name}.12") for name in found)


@pytest.mark.parametrize(
    "name",
    [
        ".sprites-" + "0" * 24,
        ".sprites-0123456789abcdef",
        ".sprites-notes",
        private_name() + ".",
        private_name() + ".bak",
        "a" + private_name(),
        private_name().replace(".sprites-", ".sprites-0"),
        "",
    ],
)
def test_names_of_others_are_not_taken_for_private_ones(name: str) -> None:
    assert not is_private(name)


@given(st.integers(0, 50), st.integers(1, 50), st.booleans())
def test_a_range_is_skipped_to_the_place_that_was_asked_for(
    offset: int, total: int, ranges: bool
) -> None:
    """Whether the server sends the rest or everything."""
    if ranges:
        headers = {"content-range": f"bytes {offset}-{total - 1}/{total}"}
        assert read_span(206, headers, offset) == Span(0, total)
    else:
        assert read_span(200, {"content-length": str(total)}, offset) == Span(offset, total)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes 3-9/*", Span(2, None)),
        ("bytes 6-9/10", None),
        ("bytes */10", None),
        ("lines 5-9/10", None),
        ("bytes ٣-9/10", None),
        ("", None),
    ],
)
def test_other_ranges(header: str, expected: Span | None) -> None:
    """One that begins earlier can be used, one that begins later cannot."""
    assert read_span(206, {"content-range": header}, 5) == expected


def test_an_entry_is_recognized_by_its_path() -> None:
    """By its name only where there is no path."""
    path = PurePosixPath("/a/a")
    inner = FileEntry(name="a", path="/a/a/a")
    own = FileEntry(name="a", path="/a/a")
    bare = FileEntry(name="a")
    assert entry_itself([inner], path) is None
    assert entry_itself([inner, own], path) == own
    assert entry_itself([bare], path) == bare
    assert entry_itself([bare, bare], path) is None
    assert entry_within([FileEntry(name="a", path="/a")], path) is None
    assert entry_within([own], path) == own
    assert entry_within([bare], path) == bare


def test_patterns() -> None:
    """Any depth twice is any depth."""
    assert segments("a/**/**/b") == ("a", "**", "b")
    for pattern in ("", ".", "/a"):
        with pytest.raises(ValueError):
            segments(pattern)


def test_an_event_needs_to_say_what_happened_to_what() -> None:
    """The rest may be missing."""
    event = FileEvent.from_message({"type": "event", "event": "write", "path": "/a"})
    assert event == FileEvent(type="write", path="/a")
    for message in ({"path": "/a"}, {"event": "write"}):
        with pytest.raises(UnexpectedShapeError):
            FileEvent.from_message(message)
