"""What the scenarios of the official SDKs came to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Results = dict[str, Any]
Run = Callable[[str, str], Results]

CALLED = "*called*"
"""Beside the scenarios' own names: the functions of the SDK that ran."""


class Outcomes:
    """What the scenarios of one SDK came to."""

    def __init__(self, run: Run, sdk: str) -> None:
        self._run = run
        self.sdk = sdk

    def __call__(self, scenarios: str, name: str) -> Any:
        """Return the value of a scenario, or fail with what it raised."""
        result = self._run(self.sdk, scenarios)[name]
        if "error" in result:
            pytest.fail(f"{self.sdk}: {result['error']}")
        return result["value"]
