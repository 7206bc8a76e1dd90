"""Compare this package with sprites-py: the same local server, in turns, as ratios.

    python bench/side_by_side.py            every scenario, written to bench/results.md
    python bench/side_by_side.py command    one scenario, printed only

Each measurement is a process of its own, ours and theirs in turns, so that a machine whose speed
drifts slows both; what is quoted is the median of the ratios of neighbouring runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from sprites_facade import Sprite
from sprites_facade.testing import LocalServer

HERE = Path(__file__).resolve().parent
SPRITE = "bench"
# name: what it measures, and the ratio of seconds that is expected at the most.
SCENARIOS = {
    "import": ("import of the package", 1.0),
    "command": ("a short command, from call to exit code", 0.6),
    "output": ("100 MB of output to a file", 1.0),
    "calls": ("1,000 lists of checkpoints", 1.0),
    "write_small": ("100 files of 64 KB written", 1.0),
    "read_small": ("100 files of 64 KB read", 1.0),
    "write_large": ("15 MB file written", 1.0),
    "read_large": ("64 MB file read", 1.0),
    "first_message": ("first message of a checkpoint whose stream takes a second", 0.5),
}


def measure(who: str, scenario: str, server: LocalServer) -> dict[str, float]:
    """Run one scenario in a process of its own; return its seconds and its memory."""
    environment = {**os.environ, "SPRITES_API_URL": server.url, "SPRITE_TOKEN": server.token}
    command = [sys.executable, str(HERE / f"client_{who}.py"), scenario, SPRITE]
    done = subprocess.run(
        command, env=environment, text=True, capture_output=True, check=True, timeout=300
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def prepare(sprite: Sprite, scenario: str, server: LocalServer) -> None:
    """Put in place what a scenario needs."""
    server.faults.clear()
    if scenario == "read_large":
        sprite.run("head -c 67108864 /dev/urandom > large", check=True)
    if scenario == "read_small":
        sprite.run("head -c 65536 /dev/urandom > small", check=True)
    if scenario == "first_message":
        server.faults.inject(
            "drip", operation="create_checkpoint", times=None, size=100, seconds=0.1
        )


def compare(scenario: str, sprite: Sprite, server: LocalServer, rounds: int) -> str:
    """Return a row of the table."""
    prepare(sprite, scenario, server)
    pairs = [
        (measure("facade", scenario, server), measure("sprites_py", scenario, server))
        for _ in range(rounds)
    ]
    what, expected = SCENARIOS[scenario]
    ratio = statistics.median(ours["seconds"] / theirs["seconds"] for ours, theirs in pairs)
    ours, theirs = (
        {key: statistics.median(pair[who][key] for pair in pairs) for key in ("seconds", "mb")}
        for who in (0, 1)
    )
    verdict = "" if ratio <= expected else f" (expected {expected})"
    return (
        f"| {what} | {ratio:.2f}{verdict} | {ours['seconds'] * 1000:.1f} "
        f"| {theirs['seconds'] * 1000:.1f} | {ours['mb']:.0f} | {theirs['mb']:.0f} |"
    )


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    lines = [
        "| what | ratio | ours, ms | theirs, ms | ours, MB | theirs, MB |",
        "|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    with LocalServer(faults=True) as server, server.client() as client:
        sprite = client.create_sprite(SPRITE)
        for scenario in options.scenarios or SCENARIOS:
            lines.append(compare(scenario, sprite, server, options.rounds))
            print(lines[-1], flush=True)
    if not options.scenarios:
        (HERE / "results.md").write_text(page(lines, options.rounds))


def page(lines: list[str], rounds: int) -> str:
    """Return the results as a page."""
    return (
        "# Side by side with sprites-py\n\n"
        f"`make bench` on {platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, against sprites-py {version('sprites-py')}: medians "
        f"of {rounds} pairs of runs.\nBelow 1 is faster than sprites-py. Memory is the peak of "
        "the whole client process.\n\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    main()
