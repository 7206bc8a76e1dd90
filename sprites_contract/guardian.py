"""Deletes the sprites of a run that ended without doing so: killed, or cut off.

A process of its own, in a session of its own, so that Ctrl-C and the end of a terminal leave it
alone. It reads its standard input: first whom to watch over, then nothing until the run ends. The
word that all is done ends it; an end of the input without that word makes it delete. The token
comes by the pipe as well, so that no list of processes shows it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import httpx
from attrs import define, field

from sprites_contract.document import ROOT
from sprites_contract.target import Client, Pace, Target, clean_up, delete_noted, names

_READY, _DONE = b"watching\n", b"done\n"
_LONGEST = 600.0
_PAUSE = 1.0
_QUIET_LOOKS = 2
"""A request that was on its way when the run was killed may still make a sprite."""
_PATIENCE = 10.0


class GuardianError(Exception):
    """There is no guardian, so nothing must be made."""


@define
class Guardian:
    """The run's side of it."""

    _pipe: IO[bytes]
    _dismissed: bool = field(default=False, init=False)

    def dismiss(self) -> None:
        """Say that everything is deleted."""
        self._pipe.write(_DONE)
        self._dismissed = True

    @property
    def is_dismissed(self) -> bool:
        """Whether it was told that nothing is left to do."""
        return self._dismissed


@contextmanager
def guardian(target: Target, journal: Path) -> Iterator[Guardian]:
    """Have the sprites of a run deleted, whatever becomes of it, unless it says that they are.

    Args:
        target: The server, and the prefix of the sprites.
        journal: Where sprites are noted whose names do not tell that they are ours.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "sprites_contract.guardian"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if value != target.token},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    watching = Guardian(process.stdin)
    try:
        told = json.dumps(
            {
                "url": target.url,
                "token": target.token,
                "sprite": target.sprite,
                "per_second": target.pace.per_second,
                "journal": str(journal),
            }
        )
        with suppress(BrokenPipeError):
            process.stdin.write(told.encode() + b"\n")
            process.stdin.flush()
        if process.stdout.readline() != _READY:
            raise GuardianError("nobody would delete the run's sprites if it was killed")
        yield watching
    finally:
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()
        if watching.is_dismissed:
            process.wait(timeout=_PATIENCE)


def watch_over(source: IO[bytes]) -> int:
    """Wait for the end of a run; delete what it left, and return the exit status."""
    told = json.loads(source.readline())
    journal, pace = Path(told.pop("journal")), Pace(told.pop("per_second"))
    target = Target(**told, local=False, pace=pace)
    print(_READY.decode(), end="", flush=True)
    if source.readline() == _DONE:
        return 0
    _say(f"contract: the run ended early; deleting its sprites, {target.sprite}*")
    left = _delete(target, journal)
    _say(f"contract: left behind: {', '.join(left)}" if left else "contract: all are deleted")
    return 1 if left else 0


def _delete(target: Target, journal: Path) -> list[str]:
    """Delete until two looks found nothing, and return what is left when the time is over."""
    deadline, quiet, left = time.monotonic() + _LONGEST, 0, [f"{target.sprite}*"]
    told = ""
    while quiet < _QUIET_LOOKS and time.monotonic() < deadline:
        try:
            with Client(target) as http:
                delete_noted(http, journal)
                clean_up(http, target.sprite)
                left = list(names(http, target.sprite))
        except httpx.HTTPError as error:
            name = type(error).__name__
            if name != told:  # once, since the terminal is somebody else's by now
                _say(f"contract: {name} while deleting; trying again, for {_LONGEST:g} s")
            told = name
            left = left or [f"{target.sprite}*"]
        quiet = 0 if left else quiet + 1
        # Nothing tells that a request of the dead run is still on its way, so time has to.
        time.sleep(_PAUSE)
    return left


def _say(text: str) -> None:
    with suppress(OSError, ValueError):  # the terminal may be gone
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(watch_over(sys.stdin.buffer))
