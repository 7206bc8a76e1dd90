"""The latest output of sessions, in files that survive a server that is killed.

What a client that attaches is given is kept in memory. For sessions that live longer than a moment
it is also written to files, without waiting for the disk: they are for a next server, not for the
time after a power cut. Two files take turns, so that what is kept is bounded.

    <sprite>.<session>.0, .1    a head, then pieces of output, each with its stream and size
"""

from __future__ import annotations

import errno
import logging
import os
import struct
from pathlib import Path
from typing import Final

from attrs import frozen

from sprites_local.outputs import REPLAY_LIMIT, Output
from sprites_local.session import Session

log = logging.getLogger(__name__)

_HEAD: Final = struct.Struct("!QQ")
_PIECE: Final = struct.Struct("!BI")
_STREAMS: Final = (1, 2)
_NAMES: Final = ("0", "1")


@frozen
class Recorded:
    """What an earlier server noted of a session's output."""

    outputs: tuple[Output, ...] = ()
    total: int = 0
    """Bytes that were read in all."""


@frozen
class _Half:
    """One file, as it was found."""

    path: Path
    turn: int
    before: int
    """Bytes of output before those in here."""
    outputs: tuple[Output, ...]
    end: int
    """Where the last whole piece ends."""

    @property
    def size(self) -> int:
        """Bytes of output in here."""
        return sum(len(output.data) for output in self.outputs)


class Recordings:
    """The files of all sessions, in a directory that only the server may enter."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._resumed: set[Path] = set()

    def begin(self, session: Session) -> Recording:
        """Record a session, beginning with what is kept of it."""
        kept = sum(len(output.data) for output in session.replay)
        paths = self._paths(session.sprite_id, session.id)
        recording = Recording(paths, session.total - kept)
        recording.remove()  # what an earlier session of the same number left
        for output in session.replay:
            recording.add(output)
        return recording

    def resume(self, sprite_id: str, session_id: str) -> tuple[Recorded, Recording | None]:
        """Return what was noted of a session, and what goes on with it."""
        paths = self._paths(sprite_id, session_id)
        halves = sorted(filter(None, map(_read, paths)), key=lambda half: half.turn)
        if not halves:
            return Recorded(), None
        outputs = tuple(output for half in halves for output in half.outputs)
        total = halves[0].before + sum(len(output.data) for output in outputs)
        self._resumed |= set(paths)
        recording = Recording(paths, total)
        recording.resume(halves[-1])
        return Recorded(outputs, total), recording

    def sweep(self) -> None:
        """Remove what was not resumed: its sessions are gone."""
        try:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            for path in {*self._directory.iterdir()} - self._resumed:
                path.unlink()
        except OSError as error:  # a full disk, for one
            log.warning("The output of sessions is not recorded: %s", error)
        self._resumed.clear()

    def _paths(self, sprite_id: str, session_id: str) -> tuple[Path, ...]:
        return tuple(self._directory / f"{sprite_id}.{session_id}.{name}" for name in _NAMES)


class Recording:
    """The files of one session; it is given up when they cannot be written."""

    def __init__(self, paths: tuple[Path, ...], total: int) -> None:
        self._paths = paths
        self._total = total
        self._file: int | None = None
        self._turns = 0
        self._size = 0
        self._open = True

    def resume(self, half: _Half) -> None:
        """Go on where an earlier server was stopped."""
        self._turns = half.turn
        self._size = half.size
        try:
            self._file = os.open(half.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            os.ftruncate(self._file, half.end)
        except OSError as error:
            self._give_up(error)

    def add(self, output: Output) -> None:
        """Note a piece of output."""
        self._total += len(output.data)
        if not self._open:
            return
        try:
            if self._file is None or self._size + len(output.data) > REPLAY_LIMIT:
                self._file = self._turn(self._total - len(output.data))
            _append(self._file, _PIECE.pack(output.stream, len(output.data)), output.data)
            self._size += len(output.data)
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Remove the files: the session has ended."""
        self._open = False
        self._shut()
        self.remove()

    def remove(self) -> None:
        """Remove the files."""
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _give_up(self, error: OSError) -> None:
        log.warning("The output of a session is not recorded any more: %s", error)
        self.close()

    def _turn(self, total: int) -> int:
        """Begin the other file anew."""
        self._shut()
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
        file = os.open(self._paths[self._turns % len(self._paths)], flags, 0o600)
        self._turns += 1
        self._size = 0
        _append(file, _HEAD.pack(self._turns, total))
        return file

    def _shut(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _append(file: int, *parts: bytes) -> None:
    if os.writev(file, parts) != sum(map(len, parts)):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read(path: Path) -> _Half | None:
    """Read one file; the last piece may have been cut short by the end of its server."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(data) < _HEAD.size:
        return None
    turn, before = _HEAD.unpack_from(data)
    outputs, place = [], _HEAD.size
    while place + _PIECE.size < len(data):
        stream, size = _PIECE.unpack_from(data, place)
        end = place + _PIECE.size + size
        if stream not in _STREAMS or end > len(data):
            break
        outputs.append(Output(stream, data[place + _PIECE.size : end]))
        place = end
    return _Half(path, turn, before, tuple(outputs), place)
