"""Kill a working server again and again, and check the next one: `python -m bench.kills`.

Needs root for the tier full. Every kill begins with the same random numbers for the same seed;
the moments differ with the machine's speed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.local.kills.runner import Kills


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="full", choices=("full", "rootless", "portable"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sprites-kills-") as directory:
        kills = Kills(Path(directory), options.seed, options.engine, say=print)
        began = time.monotonic()
        kills.run(options.kills)
        print(f"{options.kills} kills in {time.monotonic() - began:.0f} s, nothing lost")
        for what, count in sorted(kills.counted.items()):
            print(f"{count:6} {what}")
        for worker in kills._workers:
            print(worker.done)


if __name__ == "__main__":
    main()
