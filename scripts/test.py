"""Run all tests, in parts side by side: most of them wait, for servers or for processes.

Arguments are pytest's, and make it one run of pytest, as usual.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
# Of equal length, about.
PARTS = {
    "server": ("tests/local", "--ignore=tests/local/engines", "--ignore=tests/local/kills"),
    "engines": ("tests/local/engines", "tests/local/kills", "tests/contract"),
    "others": ("tests", "--ignore=tests/local", "--ignore=tests/contract"),
}
PYTEST = (sys.executable, "-m", "pytest")


def start(part: str, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a part, with a cache of its own."""
    command = [*PYTEST, "-o", f"cache_dir=.pytest_cache/{part}", *PARTS[part]]
    return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)


def run_parts() -> int:
    """Run everything, and show what each part says when it has ended."""
    started = time.monotonic()
    with ExitStack() as stack:
        said = {part: stack.enter_context(tempfile.TemporaryFile()) for part in PARTS}
        running = {part: start(part, said[part]) for part in PARTS}
        try:
            for part, process in running.items():
                process.wait()
                said[part].seek(0)
                sys.stdout.buffer.write(said[part].read())
                print(f"{part}: {time.monotonic() - started:.0f} s", flush=True)
        except BaseException:
            for process in running.values():
                process.terminate()
            raise
    return int(any(process.returncode for process in running.values()))


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; the exit status is pytest's, or 1 if a part failed."""
    if arguments:
        return subprocess.run([*PYTEST, *arguments], cwd=ROOT, check=False).returncode
    return run_parts()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
