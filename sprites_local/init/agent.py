"""The file agent: our own program inside a sprite's namespaces, with the rights of one user.

It joins the sprite's user and mount namespaces and then does nothing but file operations by
request. So the kernel resolves every path inside the sprite and checks every permission, and no
trick with links can reach the host. It runs no program and imports nothing of the sprite's, and
being outside of the sprite's pid namespace no process in there can see it.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from typing import Any, Final

from sprites_local import linux, rooted
from sprites_local.init import frames, launch

_BATCH: Final = 1000


def serve(request: dict[str, Any], sock: socket.socket, pidfd: int) -> None:
    """Join the sprite whose PID 1 is `pidfd`, then answer requests until the socket closes."""
    launch.join_groups(request["cgroups"])
    os.setsid()
    linux.setns(pidfd, linux.CLONE_NEWUSER | linux.CLONE_NEWNS)
    os.chdir("/")
    root = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    drop_rights(int(request["uid"]), int(request["gid"]))
    close_others({sock.fileno(), root})
    connection = frames.Connection(sock)
    connection.send({})
    while (message := connection.receive()) is not None:
        answer(connection, root, message[0])


def drop_rights(uid: int, gid: int) -> None:
    """Become a user of the sprite."""
    linux.limit_capabilities(launch.CAPABILITIES)
    os.umask(0)
    os.setgroups([gid])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    linux.hide_memory()


def close_others(keep: set[int]) -> None:
    """Close everything inherited from the helper."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    first = 3
    for number in sorted(keep):
        os.closerange(first, number)
        first = number + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def answer(connection: frames.Connection, root: int, request: dict[str, Any]) -> None:
    """Carry out one request; a long result goes in batches."""
    try:
        if request["op"] == "open":
            fd = rooted.open_file(root, request["path"], request["flags"], request["mode"])
            try:
                connection.send({}, fd)
            finally:
                os.close(fd)
            return
        for batch in batches(perform(root, request)):
            connection.send({"items": batch, "more": True})
        connection.send({})
    except OSError as error:
        connection.send({"errno": error.errno})
    except ValueError:  # a path with a NUL
        connection.send({"errno": 22})


def perform(root: int, request: dict[str, Any]) -> Iterator[Any]:
    """Yield the results of an operation."""
    path = request["path"]
    match request["op"]:
        case "stat":
            yield rooted.describe(root, path, follow=request["follow"])
        case "list":
            yield from rooted.list_directory(root, path)
        case "remove":
            yield from rooted.remove(root, path, recursive=request["recursive"])
        case "mkdir":
            rooted.make_directory(root, path, request["mode"])
        case "rename":
            rooted.rename(root, path, request["dest"])
        case "chmod":
            rooted.change_mode(root, path, stat.S_IMODE(request["mode"]))
        case "chown":
            rooted.change_owner(root, path, request["uid"], request["gid"])


def batches(items: Iterator[Any]) -> Iterator[list[Any]]:
    """Group items."""
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
