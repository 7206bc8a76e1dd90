"""Take away what macOS has not got, before anything else is imported.

Python runs a module of this name as it starts, so every program of the server is on such a system.
"""

import ctypes
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import types
from typing import Any

MISSING = {
    os: (
        "O_PATH O_TMPFILE O_DIRECT O_NOATIME O_LARGEFILE O_RSYNC pidfd_open setresuid setresgid "
        "getresuid getresgid getxattr setxattr listxattr removexattr XATTR_CREATE XATTR_REPLACE "
        "XATTR_SIZE_MAX memfd_create eventfd eventfd_read eventfd_write copy_file_range "
        "posix_fadvise posix_fallocate fdatasync pipe2 sched_getaffinity sched_setaffinity splice "
        "unshare setns getrandom P_PIDFD sched_getscheduler sched_setscheduler"
    ),
    socket: (
        "SO_PEERCRED AF_NETLINK AF_PACKET AF_VSOCK SCM_CREDENTIALS SO_PASSCRED SOCK_CLOEXEC "
        "SOCK_NONBLOCK TCP_USER_TIMEOUT MSG_CMSG_CLOEXEC SO_DOMAIN SO_PROTOCOL TCP_KEEPIDLE"
    ),
    select: "",
    signal: "pidfd_send_signal SIGRTMIN SIGRTMAX SIGPWR SIGSTKFLT SIGPOLL sigtimedwait sigwaitinfo",
}
LOCAL_PEERCRED, PEERCRED = 1, 17
PREFIXES = ("CLONE_", "EFD_", "TFD_", "NETLINK_", "PACKET_")
FUNCTIONS = {
    "prctl", "unshare", "setns", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
    "pivot_root", "umount2", "setfsuid", "setfsgid", "setresuid", "syncfs", "renameat2", "openat2",
}  # fmt: skip


class Library(ctypes.CDLL):
    """The C library without the functions of Linux."""

    def __getattr__(self, name: str) -> Any:
        if name in FUNCTIONS:
            raise AttributeError(f"dlsym(RTLD_DEFAULT, {name}): symbol not found")
        return super().__getattr__(name)


class Socket(socket.socket):
    """A socket that says who is at its other end as macOS does."""

    def getsockopt(self, level: int, name: int, size: int = 0) -> Any:
        if (level, name) != (0, LOCAL_PEERCRED):
            return (
                super().getsockopt(level, name, size) if size else super().getsockopt(level, name)
            )
        _, user, group = struct.unpack("iII", super().getsockopt(socket.SOL_SOCKET, PEERCRED, 12))
        return struct.pack("=IIhxxI", 0, user, 1, group).ljust(76, b"\0")


class Program(subprocess.Popen[Any]):
    """A program that finds the same system, also if it is to be started without this module."""

    def __init__(self, args: Any, *more: Any, **options: Any) -> None:
        if {"-I", "-S"} <= {*args}:
            args = [word for word in args if word not in {"-I", "-S"}]
            options["env"] = {**options["env"], "PYTHONPATH": os.environ["PYTHONPATH"]}
        super().__init__(args, *more, **options)


def main() -> None:
    for module, names in MISSING.items():
        found = [name for name in dir(module) if name.startswith(PREFIXES)]
        for name in {*names.split(), *found} & {*dir(module)}:
            delattr(module, name)
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on; it asks what is gone now
        os.process_cpu_count = os.cpu_count
    subprocess.Popen = Program  # type: ignore[misc]
    socket.socket = Socket  # type: ignore[misc]
    ctypes.CDLL = Library  # type: ignore[misc]
    # What asks macOS for its proxies.
    settings = types.ModuleType("_scproxy")
    vars(settings).update(_get_proxy_settings=dict, _get_proxies=dict)
    sys.modules["_scproxy"] = settings
    sys.platform = "darwin"


main()
