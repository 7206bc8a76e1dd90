"""The scenarios of side_by_side.py with this package."""

import sys
import time
from pathlib import Path

STARTED = time.perf_counter()
from sprites_facade import SpritesClient  # noqa: E402 - the import is measured

IMPORTED = time.perf_counter()
from measuring import median, report, total  # noqa: E402


def main() -> None:
    """Run one scenario and print what it took."""
    scenario, name = sys.argv[1:]
    if scenario == "import":
        report(IMPORTED - STARTED)
        return
    with SpritesClient() as client, Path("/dev/null").open("wb") as sink:
        sprite = client.sprite(name)
        sprite.run(["true"], check=True)
        data = bytes(65536)
        scenarios = {
            "command": lambda: median(lambda: sprite.run(["true"]), 30),
            "output": lambda: total(
                lambda: sprite.run(["head", "-c", "104857600", "/dev/zero"], stdout=sink)
            ),
            "calls": lambda: total(sprite.list_checkpoints, 1000),
            "write_small": lambda: total(
                lambda: sprite.files.write_bytes("/home/sprite/w", data), 100
            ),
            "read_small": lambda: total(lambda: sprite.files.read_bytes("/home/sprite/small"), 100),
            "write_large": lambda: total(
                lambda: sprite.files.write_bytes("/home/sprite/w", bytes(15_000_000))
            ),
            "read_large": lambda: total(lambda: sprite.files.read_bytes("/home/sprite/large")),
            "first_message": lambda: total(lambda: sprite.create_checkpoint().next()),
        }
        report(scenarios[scenario]())


main()
