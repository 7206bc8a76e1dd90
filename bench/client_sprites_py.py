"""The scenarios of side_by_side.py with sprites-py."""

import os
import sys
import time
from pathlib import Path

STARTED = time.perf_counter()
from sprites import SpritesClient  # noqa: E402 - the import is measured

IMPORTED = time.perf_counter()
from measuring import median, report, total  # noqa: E402


def main() -> None:
    """Run one scenario and print what it took."""
    scenario, name = sys.argv[1:]
    if scenario == "import":
        report(lambda: IMPORTED - STARTED)
        return
    client = SpritesClient(os.environ["SPRITE_TOKEN"], base_url=os.environ["SPRITES_API_URL"])
    with Path("/dev/null").open("wb") as sink:
        sprite = client.sprite(name)
        files = sprite.filesystem("/home/sprite")
        # So that nothing is measured that only a first time takes.
        sprite.run("true", check=True)
        sprite.run("true", check=True)
        files.path("w").write_bytes(b"")
        files.path("w").read_bytes()
        data = bytes(65536)
        large = bytes(64 << 20) if scenario == "write_64" else b""
        head = ("head", "-c", "104857600", "/dev/zero")
        scenarios = {
            "command": lambda: median(lambda: sprite.run("true"), 100),
            "output": lambda: total(lambda: sprite.command(*head, stdout=sink).run()),
            "calls": lambda: total(sprite.list_checkpoints, 1000),
            "write_small": lambda: total(lambda: files.path("w").write_bytes(data), 100),
            "read_small": lambda: total(files.path("small").read_bytes, 100),
            "write_15": lambda: total(lambda: files.path("w").write_bytes(bytes(15 << 20))),
            "write_64": lambda: total(lambda: files.path("w").write_bytes(large)),
            "read_64": lambda: total(files.path("large").read_bytes),
            "first_message": lambda: total(lambda: next(iter(sprite.create_checkpoint()))),
        }
        report(scenarios[scenario])


main()
