"""What a command prints: a line at a time, to somebody who may have gone or was never there."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Final

_STDERR: Final = 2


class OutletError(Exception):
    """A line could not be written; the text says why."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"cannot write what there is to say: {error}")
        self.is_unwanted = isinstance(error, BrokenPipeError)
        """Whether nobody reads any more, as behind `| head -1`; that is no fault."""
        self.status = 128 + signal.SIGPIPE
        """How a program ends then that does not handle it."""


def prepare() -> None:
    """Have all three standard streams, and an output that no character is too odd for."""
    # What is opened later must not take the place of one that is closed: libraries write there.
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - the one way to say it
    os.close(descriptor)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def say(line: str) -> None:
    """Print a line, at once.

    Raises:
        OutletError: If that is not possible; not if there is no output at all.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError as error:
        # Python would try again at the end, and complain.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        raise OutletError(error) from error
