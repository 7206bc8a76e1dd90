"""The tests that a page of the reference names, and those that there are."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r"`([\w/.]+)::(\w+)`")


def page(name: str) -> str:
    """Return the text of a page."""
    return (ROOT / "docs/reference" / name).read_text()


@cache
def find_tests(file: str) -> dict[str, str]:
    """Return the tests of a file below `tests`, and what they say they are about."""
    return {
        node.name: ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse((ROOT / "tests" / file).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }
