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
        report(lambda: IMPORTED - STARTED)
        return
    with SpritesClient() as client, Path("/dev/null").open("wb") as sink:
        sprite = client.sprite(name)
        files, data = sprite.files, bytes(65536)
        # So that nothing is measured that only a first time takes.
        sprite.run(["true"], check=True)
        sprite.run(["true"], check=True)
        files.write_bytes("/home/sprite/w", b"")
        files.read_bytes("/home/sprite/w")
        large = bytes(64 << 20) if scenario == "write_64" else b""
        scenarios = {
            "command": lambda: median(lambda: sprite.run(["true"]), 100),
            "output": lambda: total(
                lambda: sprite.run(["head", "-c", "104857600", "/dev/zero"], stdout=sink)
            ),
            "calls": lambda: total(sprite.list_checkpoints, 1000),
            "write_small": lambda: total(lambda: files.write_bytes("/home/sprite/w", data), 100),
            "read_small": lambda: total(lambda: files.read_bytes("/home/sprite/small"), 100),
            "write_15": lambda: total(lambda: files.write_bytes("/home/sprite/w", bytes(15 << 20))),
            "write_64": lambda: total(lambda: files.write_bytes("/home/sprite/w", large)),
            "read_64": lambda: total(lambda: files.read_bytes("/home/sprite/large")),
            "first_message": lambda: total(lambda: sprite.create_checkpoint().next()),
        }
        report(scenarios[scenario])


main()
