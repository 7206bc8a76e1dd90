"""Where the guardians of sprites wait for a next server, and how it gets hold of them.

A directory has a socket for each sprite that was booted. The server binds it, because it knows
the directory and may enter it; only a guardian that waits listens there.
"""

from __future__ import annotations

import errno
import hashlib
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from attrs import frozen

from sprites_local.engines.base import EngineError
from sprites_local.engines.common.programs import END_TIMEOUT
from sprites_local.init import frames, peers

_LONGEST_ADDRESS: Final = 100
"""Bytes that every system takes as a socket's address."""
_SUFFIX: Final = ".socket"
_POLL: Final = 0.01
_LINUX: Final = sys.platform.startswith("linux")
_CONNECT_TIMEOUT: Final = 5.0
_SIZE: Final = 1 << 12


@frozen
class Inheritance:
    """What a guardian gets for the time after its server: see `init.succession`."""

    descriptors: tuple[int, int, int]
    seconds: float

    @property
    def arguments(self) -> list[str]:
        """The same as words of a command line."""
        return [*map(str, self.descriptors), str(self.seconds)]


class Guardians:
    """The sockets of a data directory, whose lock this server has."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def open(self) -> None:
        """Make the directory, for this user alone."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.directory.chmod(0o700)

    def path(self, sprite: str, suffix: str = _SUFFIX) -> Path:
        """Return where a sprite's socket is, or another file of its guardian."""
        return self.directory / f"{key(sprite)}{suffix}"

    def keys(self) -> list[str]:
        """Return the keys of the sprites that have a socket."""
        return sorted(path.stem for path in self.directory.glob(f"*{_SUFFIX}"))

    @contextmanager
    def inheritance(self, sprite: str, lock: int, seconds: float) -> Iterator[Inheritance]:
        """Make what a guardian that is started in the block needs later."""
        lock_file = os.open(self.directory.parent / "lock", os.O_RDONLY | os.O_CLOEXEC)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
                path = self.path(sprite)
                path.unlink(missing_ok=True)
                with _short(path) as address:
                    listener.bind(address)
                yield Inheritance((listener.fileno(), lock_file, lock), seconds)
        finally:
            os.close(lock_file)

    def connect(self, sprite_key: str) -> socket.socket | None:
        """Connect to the guardian that waits at a socket; None if none does."""
        path = self.directory / f"{sprite_key}{_SUFFIX}"
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(_CONNECT_TIMEOUT)
        try:
            with _short(path) as address:
                sock.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            sock.close()
            return None
        except OSError as error:
            sock.close()
            raise EngineError(f"a sprite's guardian cannot be reached: {error}") from error
        return sock

    def end(self, sprite_key: str) -> None:
        """End a guardian that waits, and with it its sprite; return when they are gone."""
        sock = self.connect(sprite_key)
        if sock is None:
            return
        with sock, suppress(ConnectionError, ProcessLookupError):  # it ended in this moment
            _end(sock)

    def remove(self, sprite_key: str) -> None:
        """Remove the files of a guardian that is gone."""
        for path in self.directory.glob(f"{sprite_key}.*"):
            path.unlink(missing_ok=True)


class Stranger:
    """A guardian that an earlier server started, so it is no child of ours."""

    def __init__(self, sock: socket.socket) -> None:
        """Look who is at the other end of a new connection; ProcessLookupError if nobody is."""
        self.pid = peers.process_of(sock) or 0
        self._pidfd = os.pidfd_open(self.pid) if _LINUX else None
        if not _is_open(sock):  # so the number may have had another owner already
            self.close()
            raise ProcessLookupError(errno.ESRCH, "the guardian is gone")

    def kill(self) -> None:
        """Kill it."""
        with suppress(ProcessLookupError):
            if self._pidfd is not None:
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            elif self.pid:
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; tell whether it came."""
        if self._pidfd is not None:
            return bool(select.select([self._pidfd], [], [], seconds)[0])
        deadline = time.monotonic() + seconds
        while self.pid and _exists(self.pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        return True

    def close(self) -> None:
        """Forget it."""
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
        self.pid = 0


def key(sprite: str) -> str:
    """Return a short name for a sprite: addresses of sockets are."""
    return hashlib.sha256(sprite.encode()).hexdigest()[:16]


def _end(sock: socket.socket) -> None:
    with closing(Stranger(sock)) as guardian:
        sock.sendall(frames.encode({"op": "end", "seq": 0}))
        sock.settimeout(END_TIMEOUT)
        try:
            while sock.recv(_SIZE):
                pass
        except TimeoutError:
            guardian.kill()
            if not (guardian.pid and guardian.wait(END_TIMEOUT)):
                raise EngineError("a sprite's guardian does not end") from None


def _is_open(sock: socket.socket) -> bool:
    """Tell whether somebody holds the other end of a connection."""
    timeout = sock.gettimeout()
    sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
    try:
        return bool(sock.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except ConnectionError:
        return False
    finally:
        sock.settimeout(timeout)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """Name a path so that it fits a socket's address."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    if _LINUX:
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{directory}/{path.name}"
        finally:
            os.close(directory)
        return
    with tempfile.TemporaryDirectory(prefix="sprites-", dir="/tmp") as private:
        link = Path(private, "d")
        link.symlink_to(path.parent)
        yield str(link / path.name)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError as error:
        return error.errno == errno.EPERM
    return True
