"""The file agent: our own program inside a sprite's namespaces, with the rights of one user.

It joins the sprite's user and mount namespaces and then does nothing but file operations by
request. So the kernel resolves every path inside the sprite and checks every permission, and no
trick with links can reach the host. It runs no program and imports nothing of the sprite's, and
being outside of the sprite's pid namespace no process in there can see it.
"""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterator
from typing import Any, Final

from sprites_local import inotify, linux, rooted
from sprites_local.init import frames, launch

_BATCH: Final = 1000


class Agent:
    """The server's connection, the sprite's root, and our own descriptors by name."""

    def __init__(self, connection: frames.Connection, root: int, descriptors: int) -> None:
        self.connection = connection
        self.root = root
        self.descriptors = descriptors
        self.watch = -1

    def serve(self) -> None:
        """Answer requests until the connection closes."""
        self.connection.send({})
        while (message := self.connection.receive()) is not None:
            self.answer(message[0])

    def answer(self, request: dict[str, Any]) -> None:
        """Carry out one request; a long result goes in batches."""
        try:
            if request["op"] == "open":
                self.open(request)
                return
            if request["op"] == "open_watch":
                self.open_watch()
                return
            if request["op"] == "listen":
                self.listen(request)
                return
            for batch in batches(self.perform(request)):
                self.connection.send({"items": batch, "more": True})
            self.connection.send({})
        except OSError as error:
            self.connection.send({"errno": error.errno})
        except ValueError:  # a path with a NUL
            self.connection.send({"errno": errno.EINVAL})

    def open(self, request: dict[str, Any]) -> None:
        """Open a file for the server."""
        fd = rooted.open_file(self.root, request["path"], request["flags"], request["mode"])
        try:
            self.connection.send({}, fd)
        finally:
            os.close(fd)

    def open_watch(self) -> None:
        """Open a descriptor for notices of changes, for the server and for us."""
        if self.watch < 0:
            self.watch = inotify.new()
        self.connection.send({}, self.watch)

    def listen(self, request: dict[str, Any]) -> None:
        """Make a listening socket for the server."""
        with rooted.listen(self.root, request["path"], descriptors=self.descriptors) as listener:
            self.connection.send({}, listener.fileno())

    def perform(self, request: dict[str, Any]) -> Iterator[Any]:
        """Yield the results of an operation."""
        root, path = self.root, request["path"]
        match request["op"]:
            case "stat":
                yield rooted.describe(root, path, follow=request["follow"])
            case "list":
                yield from rooted.list_directory(root, path)
            case "remove":
                yield from rooted.remove(root, path, recursive=request["recursive"])
            case "add_watch":
                yield rooted.add_watch(
                    root, path, self.watch, request["mask"], descriptors=self.descriptors
                )
            case "mkdir":
                rooted.make_directory(root, path, request["mode"])
            case "rename":
                rooted.rename(root, path, request["dest"])
            case "chmod":
                mode = stat.S_IMODE(request["mode"])
                rooted.change_mode(root, path, mode, descriptors=self.descriptors)
            case "chown":
                rooted.change_owner(root, path, request["uid"], request["gid"])


def serve(request: dict[str, Any], sock: socket.socket, pidfd: int) -> None:
    """Join the sprite whose PID 1 is `pidfd`, then answer requests until the socket closes."""
    launch.join_groups(request["cgroups"])
    os.setsid()
    descriptors = os.open("/proc/self/fd", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    linux.setns(pidfd, linux.CLONE_NEWUSER | linux.CLONE_NEWNS)
    os.chdir("/")
    root = os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    drop_rights(int(request["uid"]), int(request["gid"]))
    close_others({sock.fileno(), root, descriptors})
    Agent(frames.Connection(sock), root, descriptors).serve()


def drop_rights(uid: int, gid: int) -> None:
    """Become a user of the sprite."""
    linux.limit_capabilities(launch.CAPABILITIES)
    os.umask(0)
    # First its root: only a change away from root takes the capabilities away as well.
    launch.become_root()
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
