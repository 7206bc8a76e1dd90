"""The process of a local server: its start, its readiness, its end."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from attrs import define, field, frozen

from sprites_facade._core.errors import SpritesError

_TOKEN_VARIABLE = "SPRITES_LOCAL_TOKEN"  # noqa: S105 - the name of a variable
_STOP_PATIENCE = 20.0
_KILL_PATIENCE = 10.0
_EXCERPT = 4000


class LocalServerError(SpritesError):
    """The local server did not start; the text ends with what it said."""


@frozen
class Options:
    """How to start a server."""

    data_dir: Path | None
    engine: str
    process_state: str
    token: str = field(repr=False)
    startup_timeout: float
    faults: bool = False
    idle_timeout: float | None = None
    cold_after: float | None = None
    network: str = "public"
    allow_networks: tuple[str, ...] = ()
    default_domains: tuple[str, ...] = ()


@define
class RunningServer:
    """A server that answers requests."""

    url: str
    tier: str
    _process: subprocess.Popen[bytes]
    _stop_pipe: int
    _resources: contextlib.ExitStack

    def stop(self) -> None:
        """End the server, by force if it does not end in time, and remove what is temporary."""
        with self._resources:
            _end(self._process, self._stop_pipe)


def new_token() -> str:
    """Make a token that nobody knows."""
    return f"local/{secrets.token_urlsafe(32)}"


def start(options: Options) -> RunningServer:
    """Start a server and wait until it answers.

    Raises:
        LocalServerError: If it ends, or is not ready in time.
    """
    with contextlib.ExitStack() as stack:
        data_dir = options.data_dir or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="sprites-local-"))
        )
        said = stack.enter_context(tempfile.TemporaryFile())
        ready, stop_pipe, process = _spawn(options, data_dir, said)
        with _ending_on_failure(process, stop_pipe):
            answer = _wait_ready(ready, process, said, options.startup_timeout)
        return RunningServer(answer["url"], answer["engine"], process, stop_pipe, stack.pop_all())


def _spawn(
    options: Options, data_dir: Path, said: IO[bytes]
) -> tuple[int, int, subprocess.Popen[bytes]]:
    """Start the process on a socket that is bound already: the port cannot be lost to another."""
    command = [sys.executable, "-m", "sprites_local", "serve", "--data-dir", str(data_dir)]
    command += ["--engine", options.engine, "--process-state", options.process_state]
    command += ["--faults"] * options.faults
    command += ["--network", options.network]
    command += [f"--allow-network={network}" for network in options.allow_networks]
    command += [f"--default-domain={domain}" for domain in options.default_domains]
    if options.idle_timeout is not None:
        command += ["--idle-timeout", f"{options.idle_timeout:f}"]
    if options.data_dir is None:  # nobody will come back to a directory that is thrown away
        command += ["--orphan-timeout", "0"]
    if options.cold_after is not None:
        command += ["--cold-after", f"{options.cold_after:f}"]
    ready, ready_end = os.pipe()
    stop_end, stop_pipe = os.pipe()
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, ready_end)
        stack.callback(os.close, stop_end)
        ours = contextlib.ExitStack()
        ours.callback(os.close, ready)
        ours.callback(os.close, stop_pipe)
        with ours:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
            process = subprocess.Popen(
                [*command, *_descriptors(listener.fileno(), ready_end, stop_end)],
                pass_fds=(listener.fileno(), ready_end, stop_end),
                env={**os.environ, _TOKEN_VARIABLE: options.token},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                # Ctrl-C in a terminal is for the caller, who then ends the server.
                start_new_session=True,
            )
            ours.pop_all()
    return ready, stop_pipe, process


def _descriptors(listener: int, ready: int, stop: int) -> list[str]:
    return ["--fd", str(listener), "--ready-fd", str(ready), "--stop-fd", str(stop)]


@contextlib.contextmanager
def _ending_on_failure(process: subprocess.Popen[bytes], stop_pipe: int) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _end(process, stop_pipe)
        raise


def _wait_ready(
    ready: int, process: subprocess.Popen[bytes], said: IO[bytes], timeout: float
) -> dict[str, str]:
    """Read the line that the server writes when it answers."""
    deadline = time.monotonic() + timeout
    line = b""
    poll = select.poll()
    poll.register(ready, select.POLLIN)
    try:
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise LocalServerError(f"not ready after {timeout:g} s{_excerpt(said)}")
            data = os.read(ready, 4096)
            if not data:
                code = process.wait(_KILL_PATIENCE)
                raise LocalServerError(f"ended with code {code}{_excerpt(said)}")
            line += data
    finally:
        os.close(ready)
    return dict(json.loads(line))


def _excerpt(said: IO[bytes]) -> str:
    """Quote the end of what the server said."""
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - _EXCERPT))
    text = said.read().decode("utf-8", "replace").strip()
    return f":\n{text}" if text else ""


def _end(process: subprocess.Popen[bytes], stop_pipe: int) -> None:
    os.close(stop_pipe)
    process.terminate()
    try:
        process.wait(_STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(_KILL_PATIENCE)
