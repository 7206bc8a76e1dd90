"""The table of what goes wrong elsewhere does not rot."""

import re

import pytest

from tests.docs.named_tests import NAMED, find_tests, page

ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
TABLE = {row: NAMED.findall(tests) for row, _, tests in ROW.findall(page("peers.md"))}
# S5 is about the harness, whose own tests are the mutants that it finds.
ROWS = {
    f"{letter}{n}"
    for letter, last in {"P": 34, "G": 12, "J": 10, "S": 6}.items()
    for n in range(1, last + 1)
} - {"S5"}


def test_every_weakness_has_its_row() -> None:
    assert TABLE.keys() == ROWS
    assert all(TABLE.values())


@pytest.mark.parametrize("row", sorted(TABLE))
def test_every_test_is_there_and_names_its_row(row: str) -> None:
    for file, name in TABLE[row]:
        found = find_tests(file)
        assert name in found, f"{file} has no {name}"
        assert re.search(rf"\b{row}\b", found[name]), f"{name} does not say that it is for {row}"
