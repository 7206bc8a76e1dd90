"""The tiers without root are for ordinary users, so their tests run as one.

Where the tests are run by an ordinary user anyway, there is nothing to add.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.engines.tiers.helpers import needs_user_namespaces

_USER = 1_999_998_000
_HERE = Path(__file__).parent
_PROJECT = _HERE.parents[2]

_TESTS = [*sorted(_HERE.glob("tiers/test_*.py")), *sorted(_HERE.glob("rootless/test_*.py"))]
_PATIENCE = 180.0
"""Seconds for a file's tests, each of which has a limit of its own: a machine may be busy."""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs the tests themselves"),
    pytest.mark.timeout(_PATIENCE + 10),
]


def _run_tests(tmp_path: Path, *arguments: str) -> str:
    """Run pytest as an ordinary user; return its output."""
    work = tmp_path / "work"
    work.mkdir()
    os.chown(work, _USER, _USER)
    needed = [sys.base_prefix, sys.prefix, str(_PROJECT), str(work)]
    user = [str(_HERE / "ordinary_user.py"), str(_USER), *needed, "--"]
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={work / 'tmp'}", *arguments]
    done = subprocess.run(
        [sys.executable, *user, sys.executable, "-B", "-m", "pytest", *options],
        cwd=_PROJECT,
        env={**os.environ, "PYTHONPATH": str(_PROJECT), "HOME": str(work), "TMPDIR": str(work)},
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_user_namespaces
@pytest.mark.parametrize("tests", _TESTS, ids=lambda path: path.stem)
def test_rootless_tier(tmp_path: Path, tests: Path) -> None:
    """The rootless tier does all it must do without any privilege."""
    output = _run_tests(tmp_path, str(tests), "-k", "rootless")
    assert "skipped" not in output


def test_copies(tmp_path: Path) -> None:
    """Copies of trees that deny their owner access are exact too."""
    files = [str(_HERE / "copies" / f"test_{name}.py") for name in ("laws", "hostile")]
    assert " passed" in _run_tests(tmp_path, *files)
