"""Run all benches and write bench/results.md, which takes about five minutes.

`make bench ARGS=--small` is a look at whether everything works, and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import engine
import server
import side_by_side
from measuring import machine

RESULTS = Path(__file__).resolve().parent / "results.md"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs side by side")
    options = parser.parse_args()
    rounds = 1 if options.small else options.rounds
    parts = [side_by_side.section([*side_by_side.SCENARIOS], rounds)]
    parts.append(server.section(small=options.small))
    if sys.platform == "linux" and os.geteuid() == 0:
        parts.append(engine.section(small=options.small))
    if not options.small:
        body = "\n\n".join("\n".join(part) for part in parts)
        RESULTS.write_text(f"# Measured\n\n`make bench` on {machine()}.\n\n{body}\n")


if __name__ == "__main__":
    main()
