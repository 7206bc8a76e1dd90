"""Compare the facade's operations table with openapi.yaml; the exit status says if they differ.

Every line of the table is an operation of the contract, only reads are marked as safe to repeat,
and the operations that have no line are exactly those listed in tests/operations_without_entry.txt.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from sprites_facade._core import operations
from sprites_facade._core.calls import Operation

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "openapi.yaml"
WITHOUT_ENTRY = ROOT / "tests" / "operations_without_entry.txt"
METHODS = {"get", "put", "post", "delete", "patch", "head"}


def contract(spec: Path) -> dict[str, str]:
    """Return the operations of the contract with their methods."""
    document = yaml.safe_load(spec.read_text(encoding="utf-8"))
    return {
        operation["operationId"]: method
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    }


def entries() -> dict[str, Operation[..., Any]]:
    """Return the lines of the table by their names."""
    return {name: line for name, line in vars(operations).items() if isinstance(line, Operation)}


def drift(spec: Path = SPEC, without_entry: Path = WITHOUT_ENTRY) -> list[str]:
    """Return a line for each difference."""
    known, listed = contract(spec), set(without_entry.read_text().split())
    table = entries()
    missing = known.keys() - {line.id for line in table.values()}
    return [
        *(f"not in the contract: {name}" for name, line in table.items() if line.id not in known),
        *(
            f"marked as safe to repeat, but no read: {name}"
            for name, line in table.items()
            if line.safe_to_retry and known.get(line.id, "get") not in {"get", "head"}
        ),
        *(f"has no line in the table: {name}" for name in sorted(missing - listed)),
        *(f"listed as without a line, wrongly: {name}" for name in sorted(listed - missing)),
    ]


def main() -> int:
    """Print the differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=Path, default=SPEC)
    parser.add_argument("--without-entry", type=Path, default=WITHOUT_ENTRY)
    options = parser.parse_args()
    found = drift(options.spec, options.without_entry)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
