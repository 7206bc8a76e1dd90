"""The public types, as a user's type checker sees them."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def test_mypy_agrees_with_the_types_users_see() -> None:
    """P30: strictly, with unneeded ignores reported."""
    result = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
            *("--config-file", str(ROOT / "pyproject.toml")),
            *(str(HERE / name) for name in ("api.py", "commands.py", "files.py", "network.py")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == "Success: no issues found in 4 source files\n"
    assert result.returncode == 0
