"""Commands that say nothing for longer than a client's patience (J8).

Waiting for that long would take a minute, so the clocks of both sides run faster: the server's
bound is set before it starts, and the SDK runs in a Node whose timers and times are sped up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sdks.conftest import HERE, NODE, SDK

TOKEN = "silence"
SERVE = """
import sys
from sprites_local import cli
from sprites_local.routes import exec_socket
exec_socket._SILENCE = 0.2
sys.exit(cli.main(sys.argv[1:]))
"""


@contextmanager
def hasty_server(directory: Path) -> Iterator[str]:
    """Serve with a hundredth of the patience, and yield the URL."""
    ready, ready_end = os.pipe()
    stop_end, stop = os.pipe()
    command = [sys.executable, "-c", SERVE, "serve", "--data-dir", str(directory)]
    command += ["--token", TOKEN, "--ready-fd", str(ready_end), "--stop-fd", str(stop_end)]
    with (
        os.fdopen(ready, encoding="utf-8") as said,
        subprocess.Popen(command, pass_fds=(ready_end, stop_end), stdout=subprocess.DEVNULL),
        os.fdopen(stop, "wb"),  # closed first, which ends the server
    ):
        os.close(ready_end)
        os.close(stop_end)
        yield json.loads(said.readline())["url"]


def test_a_silent_command_survives(tmp_path: Path) -> None:
    """What is silent for 100 s of the SDK's time goes on, with a terminal and without."""
    with hasty_server(tmp_path) as url:
        environment = {
            **os.environ,
            "SPRITES_TEST_URL": url,
            "SPRITES_TEST_TOKEN": TOKEN,
            "SPRITES_TEST_SDK": SDK.as_uri(),
        }
        done = subprocess.run(
            [NODE, "--import", "./javascript_sdk/hasty.mjs", "javascript_sdk/run.mjs", "silence"],
            cwd=HERE,
            env=environment,
            capture_output=True,
            text=True,
            timeout=40,
            check=True,
        )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "scenario": "silent",
            "value": {"pipe": [0, "end\n"], "terminal": [0, "end\r\n"], "hasty": True},
        }
    ]
