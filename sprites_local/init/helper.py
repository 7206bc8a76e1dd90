"""The engine's helper: a small single-threaded process that forks whatever works inside sprites.

The server cannot do this itself: it has threads, and forking a process with threads to run
Python code in the child is not safe. The helper also watches the server. When the server dies, a
next one has a while to adopt the sprites; when none came, the helper ends them.

The lock of the data directory orders all that. Helper and server share it, and the file names the
server. A child of the helper holds it until its control group shows what it is doing. So whoever
gets the lock finds every process of a dead server in a group, and the helper of a dead server
that gets it, with that server's name still in the file, knows that nobody came.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sprites_local import linux
from sprites_local.init import agent, criu, frames, launch, showing
from sprites_local.init.succession import named

OPERATIONS: Final = "_operations-"
"""Groups whose name begins so hold what works on a sprite from outside."""
_KILL_TIMEOUT: Final = 10.0
_POLL: Final = 0.25
_LOOK_AGAIN: Final = 5
"""Milliseconds."""
_Operation = Callable[[dict[str, Any], list[int]], None]


def serve(server: frames.Connection, lock: int) -> bool:
    """Fork a child for each request until the server is gone; tell whether it ended in order."""
    programs = launch.read_programs()
    while (message := server.receive()) is not None:
        request, descriptors = message
        if request["op"] == "end":
            return True
        request |= {"programs": programs, "lock": lock}
        if fork(request) == 0:
            run(request, descriptors)
        frames.close_all(descriptors)
    return False


def fork(request: dict[str, Any]) -> int:
    """Fork a child, where the kernel can into the first of its control groups."""
    if "cgroups" in request:
        unified, *others = request["cgroups"]
        with suppress(OSError):
            pid = fork_into(Path(unified).parent)
            if pid == 0:
                request["cgroups"] = others
            return pid
    return os.fork()


def fork_into(group: Path) -> int:
    """Fork a child into a group.

    Raises:
        OSError: If the kernel cannot, or killed the child: up to 6.18 at least it takes who is born
            into a group that was killed before for one of those that it should have killed.
    """
    directory = os.open(group, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    alive, tell = os.pipe()
    try:
        pid = linux.fork_into(directory)
        if pid == 0:
            with suppress(BrokenPipeError):
                os.write(tell, b"1")
            return 0
        os.close(tell)
        tell = -1
        if not lives(alive, group):
            raise ChildProcessError(errno.ECHILD, "the child was killed at birth")
        return pid
    finally:
        for fd in (directory, alive, tell):
            if fd >= 0:
                os.close(fd)


def lives(alive: int, group: Path) -> bool:
    """Wait for a child's sign of life; from a group that stands still none can come yet."""
    poller = select.poll()
    poller.register(alive, select.POLLIN)
    while not poller.poll(_LOOK_AGAIN):
        if "frozen 1" in (group / "cgroup.events").read_text():
            return True
    return bool(os.read(alive, 1))


def run(request: dict[str, Any], descriptors: list[int]) -> None:
    """Carry out a request in a child of its own."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    report = socket.socket(fileno=descriptors[0])
    try:
        _CHILDREN[request["op"]](request, descriptors)
    except BaseException as error:  # noqa: BLE001 - a child must end here, and say why
        report.send(f"error {error}\n".encode(errors="replace"))
    finally:
        os._exit(0)


def boot(request: dict[str, Any], descriptors: list[int]) -> None:
    """Boot a sprite."""
    launch.boot(request, socket.socket(fileno=descriptors[0]))


def attend(request: dict[str, Any], descriptors: list[int]) -> None:
    """Serve file operations inside a sprite."""
    agent.serve(request, socket.socket(fileno=descriptors[0]), descriptors[1])


def dump(request: dict[str, Any], descriptors: list[int]) -> None:
    """Write down the processes of a sprite."""
    criu.dump(request, socket.socket(fileno=descriptors[0]))


def bring_back(request: dict[str, Any], descriptors: list[int]) -> None:
    """Restore the processes of a sprite."""
    criu.restore(request, socket.socket(fileno=descriptors[0]))


def show(request: dict[str, Any], descriptors: list[int]) -> None:
    """Show checkpoints inside a sprite."""
    showing.show(request, socket.socket(fileno=descriptors[0]), descriptors[1])


def outlive(lock: int, owner: str, seconds: float) -> bool:
    """Leave the lock to a next server; True, with the lock, if none came in time."""
    file = os.open(f"/proc/self/fd/{lock}", os.O_RDONLY | os.O_CLOEXEC)  # not the server's lock
    os.close(lock)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if named(file) != owner:
            return False
        time.sleep(_POLL)  # no call waits for the lock and a clock
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return named(file) == owner
    return False


def thaw(top: Path) -> None:
    """Let the sprites run on that the server had stopped, but those that CRIU is working on."""
    for sprite in top.glob("[!_]*/"):
        if busy(top / f"{OPERATIONS}{sprite.name}"):
            continue  # CRIU's parent will do it
        for group in (sprite, sprite / "main", sprite / "agents"):
            with suppress(OSError):
                (group / "cgroup.freeze").write_text("0")


def busy(group: Path) -> bool:
    """Tell whether there is a process in a group."""
    with suppress(FileNotFoundError):
        return "populated 1" in (group / "cgroup.events").read_text()
    return False


def kill(groups: list[Path]) -> None:
    """Kill all processes of the sprites and remove their groups."""
    deadline = time.monotonic() + _KILL_TIMEOUT
    for top in groups:
        # Only the unified hierarchy can kill; frozen processes die too.
        if (top / "cgroup.kill").exists():
            (top / "cgroup.kill").write_text("1")
    for top in groups:
        while top.exists() and not remove(top) and time.monotonic() < deadline:
            time.sleep(0.002)


def remove(top: Path) -> bool:
    """Remove a tree of groups; False while one is busy."""
    try:
        for group, _, _ in os.walk(top, topdown=False):
            Path(group).rmdir()
    except OSError:
        return False
    return True


_CHILDREN: dict[str, _Operation] = {
    "boot": boot,
    "agent": attend,
    "dump": dump,
    "restore": bring_back,
    "show": show,
}


def main() -> None:
    """Run the helper: `helper <socket> <lock> <owner> <seconds> <group>...`, the unified first."""
    linux.become_subreaper()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server, lock, owner = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), sys.argv[3]
    server.set_inheritable(False)
    seconds, groups = float(sys.argv[4]), [Path(path) for path in sys.argv[5:]]
    if not serve(frames.Connection(server), lock) and seconds:
        thaw(groups[0])
        if not outlive(lock, owner, seconds):
            return
    kill(groups)
