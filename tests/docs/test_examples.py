"""Every Python block of the README and the guides runs, against a real local server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sprites_facade.testing import LocalServer

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def pages_with_code() -> list[Path]:
    """Return the pages that hold at least one Python block."""
    return [page for page in PAGES if BLOCK.search(page.read_text())]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Run one local server for all pages."""
    with LocalServer() as server:
        yield server


@pytest.mark.parametrize("page", pages_with_code(), ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(
    page: Path, server: LocalServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The blocks of a page run in order, in one namespace, as a reader would type them."""
    monkeypatch.setenv("SPRITES_API_URL", server.url)
    monkeypatch.setenv("SPRITE_TOKEN", server.token)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__example__"}
    text = page.read_text()
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start()) + 1
        code = compile("\n" * line + block[1], str(page), "exec")
        exec(code, namespace)


def test_the_guides_have_examples() -> None:
    """The collection above is not empty by accident."""
    assert ROOT / "README.md" in pages_with_code()
