"""Take away what macOS has not got, before anything else is imported.

Python runs a module of this name as it starts, so every program of the server is on such a system.
"""

import ctypes
import os
import select
import signal
import socket
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


def main() -> None:
    for module, names in MISSING.items():
        found = [name for name in dir(module) if name.startswith(PREFIXES)]
        for name in {*names.split(), *found} & {*dir(module)}:
            delattr(module, name)
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on; it asks what is gone now
        os.process_cpu_count = os.cpu_count
    ctypes.CDLL = Library  # type: ignore[misc]
    # What asks macOS for its proxies.
    settings = types.ModuleType("_scproxy")
    vars(settings).update(_get_proxy_settings=dict, _get_proxies=dict)
    sys.modules["_scproxy"] = settings
    sys.platform = "darwin"


main()
