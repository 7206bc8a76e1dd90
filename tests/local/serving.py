"""Servers with options of their own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from attrs import frozen

TOKEN = "local/test-token"  # not a secret


@frozen
class Served:
    """What stands in for `LocalServer` in `Api`."""

    url: str
    tier: str
    pid: int
    token: str = TOKEN


@contextlib.contextmanager
def serving(
    data_dir: Path,
    *options: str,
    tier: str | None = None,
    wrapper: Sequence[str] = (),
    inherited: Sequence[int] = (),
    errors: IO[str] | None = None,
) -> Iterator[Served]:
    """Run a server as its command line starts it, until the stop pipe ends.

    `wrapper` is a command that runs it, `inherited` are descriptors that it needs besides, and
    `errors` is for its log.
    """
    ready, ready_end = os.pipe()
    stop_end, stop = os.pipe()
    engine = tier or os.environ.get("SPRITES_TEST_ENGINE", "auto")
    command = [sys.executable, "-m", "sprites_local", "serve", "--data-dir", str(data_dir)]
    command += ["--engine", engine, "--ready-fd", str(ready_end), "--stop-fd", str(stop_end)]
    with subprocess.Popen(
        [*wrapper, *command, *options],
        pass_fds=(ready_end, stop_end, *inherited),
        env={**os.environ, "SPRITES_LOCAL_TOKEN": TOKEN},
        stdout=subprocess.DEVNULL,
        stderr=errors,
    ) as process:
        os.close(ready_end)
        os.close(stop_end)
        try:
            with os.fdopen(ready) as file:
                answer = json.loads(file.readline())
            yield Served(answer["url"], answer["engine"], process.pid)
        finally:
            os.close(stop)
            process.wait(30)
