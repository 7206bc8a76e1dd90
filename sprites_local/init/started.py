"""What a supervisor has started, noted where a next server finds it if the supervisor is killed.

A number says little, its process may have ended and another one have it: so it is noted together
with what tells the two apart. Standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from sprites_local import processes

_END: Final = "end"


class Notes:
    """A small file that always has all that runs; not for the time after a power cut."""

    def __init__(self, path: str) -> None:
        """Write to a file, which is made when there is something to write."""
        self._path = path
        self._file: int | None = None
        self._known: dict[int, str] = {}

    def write(self, pids: Iterable[int]) -> None:
        """Note processes of ours, and no others; where that fails, the rest has to do."""
        self._known = {pid: self._known.get(pid) or processes.identity(pid) for pid in pids}
        lines = [f"{pid} {identity}\n" for pid, identity in self._known.items()]
        with suppress(OSError):
            if self._file is None:
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
                self._file = os.open(self._path, flags, 0o600)
            text = "".join([*lines, f"{_END}\n"]).encode()
            # The end is part of the text, so what was longer before does not matter.
            os.pwrite(self._file, text, 0)
            os.ftruncate(self._file, len(text))


def read(path: Path) -> dict[int, str]:
    """Return what was noted: numbers, and what tells their processes from later ones."""
    found: dict[int, str] = {}
    with suppress(FileNotFoundError):
        for line in path.read_text(errors="replace").splitlines():
            number, _, identity = line.partition(" ")
            if line == _END or not number.isdecimal():
                break
            found[int(number)] = identity
    return found
