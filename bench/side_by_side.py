"""Compare this package with sprites-py: the same local server, in turns, as ratios.

    python bench/side_by_side.py            every scenario
    python bench/side_by_side.py command    one scenario

Each measurement is a process of its own, ours and theirs in turns and now and then the other way
round, so that a machine whose speed drifts slows both; what is quoted is the median of the ratios
of neighbouring runs.
"""

from __future__ import annotations

import argparse
import atexit
import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
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
    "write_15": ("15 MB file written", 1.0),
    "write_64": ("64 MB file written", 1.0),
    "read_64": ("64 MB file read", 1.0),
    "first_message": ("first message of a checkpoint whose stream takes a second", 0.5),
}
HEAD = [
    "| what | ratio | spread | of processor time | ours, ms | theirs, ms | ours, MB | theirs, MB |",
    "|---|---|---|---|---|---|---|---|",
]

Numbers = dict[str, float]


@functools.cache
def cache() -> str:
    """Return where compiled modules are kept, as they are once a package is installed."""
    directory = tempfile.mkdtemp(prefix="sprites-bench-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def measure(who: str, scenario: str, server: LocalServer) -> Numbers | None:
    """Run one scenario in a process of its own; None if that client cannot do it."""
    environment = {
        **os.environ,
        "SPRITES_API_URL": server.url,
        "SPRITE_TOKEN": server.token,
        "PYTHONPYCACHEPREFIX": cache(),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, str(HERE / f"client_{who}.py"), scenario, SPRITE]
    done = subprocess.run(
        command, env=environment, text=True, capture_output=True, check=False, timeout=300
    )
    if done.returncode:
        if who == "facade":
            raise RuntimeError(done.stderr)
        return None
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def prepare(sprite: Sprite, scenario: str, server: LocalServer) -> None:
    """Put in place what a scenario needs."""
    server.faults.clear()
    if scenario == "read_64":
        sprite.run("head -c 67108864 /dev/urandom > large", check=True)
    if scenario == "read_small":
        sprite.run("head -c 65536 /dev/urandom > small", check=True)
    if scenario == "first_message":
        server.faults.inject(
            "drip", operation="create_checkpoint", times=None, size=100, seconds=0.1
        )


def pair(scenario: str, server: LocalServer, *, ours_first: bool) -> list[Numbers | None]:
    """Measure both, one right after the other; ours comes first in what is returned."""
    order = ["facade", "sprites_py"] if ours_first else ["sprites_py", "facade"]
    found = {who: measure(who, scenario, server) for who in order}
    return [found["facade"], found["sprites_py"]]


def compare(scenario: str, sprite: Sprite, server: LocalServer, rounds: int) -> str:
    """Return a row of the table."""
    prepare(sprite, scenario, server)
    pairs = [pair(scenario, server, ours_first=number % 2 == 0) for number in range(rounds)]
    ours = middle([one for one, _ in pairs if one])
    what, expected = SCENARIOS[scenario]
    both = [(one, other) for one, other in pairs if one and other]
    if not both:
        return f"| {what} | only ours | | | {ours['seconds'] * 1000:.1f} | | {ours['mb']:.0f} | |"
    theirs = middle([other for _, other in both])
    ratios = [one["seconds"] / other["seconds"] for one, other in both]
    cpu = statistics.median(one["cpu"] / max(other["cpu"], 1e-6) for one, other in both)
    ratio = statistics.median(ratios)
    verdict = "" if ratio <= expected else f" (expected {expected})"
    work = "" if scenario == "import" else f"{cpu:.2f}"
    return (
        f"| {what} | {ratio:.2f}{verdict} | {min(ratios):.2f} to {max(ratios):.2f} | {work} "
        f"| {ours['seconds'] * 1000:.1f} | {theirs['seconds'] * 1000:.1f} "
        f"| {ours['mb']:.0f} | {theirs['mb']:.0f} |"
    )


def middle(runs: Sequence[Numbers]) -> Numbers:
    """Return the median of each number."""
    return {key: statistics.median(run[key] for run in runs) for key in ("seconds", "mb")}


def section(scenarios: Sequence[str], rounds: int) -> list[str]:
    """Measure, print as it goes, and return a part of the page."""
    lines = [
        "## Side by side with sprites-py",
        "",
        f"sprites-py {version('sprites-py')} and this package, against one local server: medians",
        f"of {rounds} pairs of runs. Below 1 is faster than sprites-py.",
        "Memory is the peak of the whole client process, processor time that of the client.",
        "",
        *HEAD,
    ]
    print("\n".join(HEAD))
    with LocalServer(faults=True) as server, server.client() as client:
        sprite = client.create_sprite(SPRITE)
        pair("command", server, ours_first=True)  # compiles the modules
        for scenario in scenarios:
            lines.append(compare(scenario, sprite, server, rounds))
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    section(options.scenarios or [*SCENARIOS], options.rounds)


if __name__ == "__main__":
    main()
