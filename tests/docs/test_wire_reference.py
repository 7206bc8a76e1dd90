"""The reference of the wire names tests; each of them is there."""

from tests.docs.named_tests import NAMED, find_tests, page

PAGE = page("wire.md")


def test_each_named_test_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 100
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"test_{name}" not in find_tests(f"local/test_{file}")
    ]
    assert missing == []


def test_each_row_names_a_test() -> None:
    rows = [
        line
        for line in PAGE.splitlines()
        if line.startswith("| ") and not line.startswith("| fact")
    ]
    assert [row for row in rows if not NAMED.search(row)] == []
