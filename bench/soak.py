"""Use a server long and carelessly, and see whether it is as before: `python -m bench.soak`.

The tier full needs root. The same seed begins everything with the same random numbers; the order
in which things happen differs with the machine's speed.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from tests.local.soak.runner import Soak


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--round", type=float, default=20, help="seconds between two looks")
    parser.add_argument("--engine", default="full", choices=("full", "rootless", "portable"))
    options = parser.parse_args()
    # What storms break is expected; whatever else is wrong is a fault of the run.
    logging.getLogger("sprites").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="sprites-soak-") as directory:
        soak = Soak(
            Path(directory), options.seed, options.engine, say=lambda t: print(t, flush=True)
        )
        soak.run(max(1, round(options.minutes * 60 / options.round) - 1), options.round)
    for what, count in sorted(soak.counted.items()):
        print(f"{count:6} {what}")
    print("memory at rest, in MB:", *(f"{held.memory:.1f}" for held in soak.looks))
    print("disk at rest, in MB:", *(f"{held.disk:.1f}" for held in soak.looks))
    print("more objects at the end than half-way:", *soak.grown())
    for fault in soak.faults:
        print(f"FAULT: {fault}")
    print(f"{len(soak.faults)} faults")
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())
