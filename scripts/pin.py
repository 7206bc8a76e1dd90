"""Write constraints.txt: the exact versions that the environment holds right now.

Run it after installing newer releases on purpose, then run the tests and commit the file.
"""

from __future__ import annotations

from importlib.metadata import distributions
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parent.parent / "constraints.txt"
HEADER = "# Exact versions of everything the project installs; refreshed by scripts/pin.py.\n"
OWN = {"sprites-facade", "pip", "setuptools", "wheel"}


def main() -> None:
    """Replace the file."""
    held = {dist.metadata["Name"].lower(): dist.version for dist in distributions()}
    lines = [f"{name}=={held[name]}\n" for name in sorted(held) if name not in OWN]
    CONSTRAINTS.write_text(HEADER + "".join(lines))
    print(f"{CONSTRAINTS.name}: {len(lines)} packages")


if __name__ == "__main__":
    main()
