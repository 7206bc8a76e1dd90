"""The engine's helper: a small single-threaded process that forks whatever works inside sprites.

The server cannot do this itself: it has threads, and forking a process with threads to run
Python code in the child is not safe. The helper also watches the server: when the server ends,
however it ends, the helper kills the sprites and holds the data directory's lock until they are
gone.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sprites_local import linux
from sprites_local.init import agent, criu, frames, launch, showing

_KILL_TIMEOUT: Final = 10.0
_Operation = Callable[[dict[str, Any], list[int]], None]


def serve(server: frames.Connection, groups: list[Path]) -> None:
    """Fork a child for each request until the server is gone, then kill the sprites."""
    init = Path(__file__).with_name("pid1.py").read_text()
    while (message := server.receive()) is not None:
        request, descriptors = message
        request["init"] = init
        if os.fork() == 0:
            run(request, descriptors)
        frames.close_all(descriptors)
    kill(groups)


def run(request: dict[str, Any], descriptors: list[int]) -> None:
    """Carry out a request in a child of its own."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    report = socket.socket(fileno=descriptors[0])
    try:
        _OPERATIONS[request["op"]](request, descriptors)
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


_OPERATIONS: dict[str, _Operation] = {
    "boot": boot,
    "agent": attend,
    "dump": dump,
    "restore": bring_back,
    "show": show,
}


def main() -> None:
    """Run the helper: `helper <socket> <group>...`; further inherited descriptors stay open."""
    linux.become_subreaper()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server = socket.socket(fileno=int(sys.argv[1]))
    server.set_inheritable(False)
    serve(frames.Connection(server), [Path(path) for path in sys.argv[2:]])
