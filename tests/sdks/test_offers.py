"""Nothing that the official SDKs offer is left out of the scenarios."""

from __future__ import annotations

from tests.sdks import offers
from tests.sdks.conftest import HERE, SDK
from tests.sdks.outcomes import CALLED, Run

LEFT_OUT = {
    # It ends the thread of the SDK that the other scenarios are using.
    "sprites.loop.stop_loop",
}


def files(sdk: str) -> list[str]:
    """Name the files of scenarios, but for what needs a server or a clock of its own."""
    pattern = {"sprites-py": "python_sdk/*.py", "@fly/sprites": "javascript_sdk/*.mjs"}[sdk]
    return sorted({path.stem for path in HERE.glob(pattern)} - {"run", "hasty", "silence"})


def test_everything_offered_runs(run: Run, sdk: str) -> None:
    offered = offers.of_python() if sdk == "sprites-py" else offers.of_javascript(SDK)
    called = {name for file in files(sdk) for name in run(sdk, file)[CALLED]["value"]}
    assert offered, "nothing was found to look for"
    assert offered >= {name for name in LEFT_OUT if name.startswith("sprites.") == (sdk[0] == "s")}
    assert sorted(offered - called - LEFT_OUT) == []
