"""Check openapi.yaml against the rules of this project, one finding a line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, Python puts only scripts/ on the path

from ruamel.yaml.error import YAMLError  # noqa: E402

from codegen.lint import lint  # noqa: E402


def main() -> int:
    """Print the findings as `file:line: rule: message`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", nargs="?", type=Path, default=Path("openapi.yaml"))
    path: Path = parser.parse_args().spec
    try:
        findings = lint(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        print(f"{path}: cannot be read: {error}", file=sys.stderr)
        return 2
    for finding in findings:
        print(f"{path}:{finding.line}: {finding.rule}: {finding.message}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
