"""The table of what goes wrong elsewhere does not rot."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`([\w/.]+)::(\w+)`")
TABLE = {
    row: TEST.findall(tests)
    for row, _, tests in ROW.findall((ROOT / "docs/reference/peers.md").read_text())
}
# S5 is about the harness, whose own tests are the mutants that it finds.
ROWS = {
    f"{letter}{n}"
    for letter, last in {"P": 34, "G": 12, "J": 10, "S": 6}.items()
    for n in range(1, last + 1)
} - {"S5"}


def texts(file: Path) -> dict[str, str]:
    """Return the tests of a file and what they say they are about."""
    return {
        node.name: ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_every_weakness_has_its_row() -> None:
    assert TABLE.keys() == ROWS
    assert all(TABLE.values())


@pytest.mark.parametrize("row", sorted(TABLE))
def test_every_test_is_there_and_names_its_row(row: str) -> None:
    for file, name in TABLE[row]:
        found = texts(ROOT / "tests" / file)
        assert name in found, f"{file} has no {name}"
        assert re.search(rf"\b{row}\b", found[name]), f"{name} does not say that it is for {row}"
