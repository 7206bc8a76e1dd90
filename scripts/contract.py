"""Prove a server against openapi.yaml; see sprites_contract/cli.py, and --help."""

from __future__ import annotations

import sys

from sprites_contract.cli import main

if __name__ == "__main__":
    sys.exit(main())
