"""The claims about security have tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROW = re.compile(r"^\| (?!\*\*|claim)(.+) \| (.*) \|$", re.MULTILINE)
TEST = re.compile(r"`([\w/.]+)::(\w+)`")
CLAIMS = {
    claim: TEST.findall(tests)
    for claim, tests in ROW.findall((ROOT / "docs/reference/security.md").read_text())
}


def names_in(file: Path) -> set[str]:
    """Name the tests of a file."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.walk(ast.parse(file.read_text()))
    return {node.name for node in tree if isinstance(node, functions)}


def test_there_are_claims() -> None:
    assert len(CLAIMS) > 30


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_has_tests(claim: str) -> None:
    assert CLAIMS[claim]
    for file, name in CLAIMS[claim]:
        assert name in names_in(ROOT / "tests/local" / file), f"{file} has no {name}"
