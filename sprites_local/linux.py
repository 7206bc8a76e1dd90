"""System calls that Python has no functions for, as thin functions raising `OSError`.

Standard library only: the helper process uses this module too. It can be imported anywhere; the
calls fail with `ENOSYS` where the kernel does not know them.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import signal
import struct
from pathlib import Path
from typing import Any, Final

_CLONE_INTO_CGROUP: Final = 0x200000000
CLONE_FS: Final = 0x00000200
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18
MNT_DETACH: Final = 2
UMOUNT_NOFOLLOW: Final = 8

MOUNT_ATTR_RDONLY: Final = 0x01
MOUNT_ATTR_NOSUID: Final = 0x02
MOUNT_ATTR_NODEV: Final = 0x04
MOUNT_ATTR_NOATIME: Final = 0x10
MOUNT_ATTR_IDMAP: Final = 0x00100000

RESOLVE_NO_MAGICLINKS: Final = 0x02
RESOLVE_NO_SYMLINKS: Final = 0x04
RESOLVE_IN_ROOT: Final = 0x10

_AT_FDCWD: Final = -100
_AT_EMPTY_PATH: Final = 0x1000
_AT_RECURSIVE: Final = 0x8000
_AT_SYMLINK_NOFOLLOW: Final = 0x100
_OPEN_TREE_CLONE: Final = 1
_MOVE_MOUNT_F_EMPTY_PATH: Final = 4
_MOVE_MOUNT_T_EMPTY_PATH: Final = 0x40
_FSCONFIG_SET_FLAG: Final = 0
_FSCONFIG_SET_STRING: Final = 1
_FSCONFIG_CMD_CREATE: Final = 6
_RENAME_EXCHANGE: Final = 2
_KEYCTL_JOIN_SESSION_KEYRING: Final = 1
_NO_SETUID_FIXUP: Final = 1 << 2
_CAPABILITY_VERSION: Final = 0x20080522

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_CAPBSET_READ: Final = 23
_PR_CAPBSET_DROP: Final = 24
_PR_SET_SECCOMP: Final = 22
_PR_SET_SECUREBITS: Final = 28
_PR_SET_CHILD_SUBREAPER: Final = 36

# Numbers above 423 are the same on every architecture; the older ones are not.
_OLD_NUMBERS: Final = {
    "x86_64": {"pivot_root": 155, "renameat2": 316, "keyctl": 250, "bpf": 321, "setgroups": 116},
    "aarch64": {"pivot_root": 41, "renameat2": 276, "keyctl": 219, "bpf": 280, "setgroups": 159},
}
_OPEN_TREE, _MOVE_MOUNT, _FSOPEN, _FSCONFIG, _FSMOUNT = 428, 429, 430, 431, 432
_CLONE3, _OPENAT2, _MOUNT_SETATTR, _FCHMODAT2 = 435, 437, 442, 452

_libc = ctypes.CDLL(None, use_errno=True)
# Does not let other threads run meanwhile, which a fork must not.
_interpreter = ctypes.PyDLL(None, use_errno=True)
_interpreter.syscall.restype = ctypes.c_long


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _argument(value: int | bytes | None) -> Any:
    # Integers passed through a variadic function would be cut to 32 bits.
    return ctypes.c_long(value) if isinstance(value, int) else value


def _syscall(name: str, number: int, *arguments: int | bytes | None) -> int:
    ctypes.set_errno(0)
    return _check(_libc.syscall(ctypes.c_long(number), *map(_argument, arguments)), name)


def _old(name: str) -> int:
    number = _OLD_NUMBERS.get(platform.machine(), {}).get(name)
    if number is None:
        raise OSError(errno.ENOSYS, f"{name}: no call number known for {platform.machine()}")
    return number


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def bpf(command: int, attributes: bytes) -> int:
    """Load, change or attach what the kernel runs for us; return a descriptor or 0."""
    return _syscall("bpf", _old("bpf"), command, attributes, len(attributes))


def fork_into(group: int) -> int:
    """Fork a process without threads as `os.fork` does, into an open control group.

    It has to be of the unified hierarchy. A process that joins one afterwards waits until all the
    machine's forks stand still, which takes some 10 ms. Since Linux 5.7.
    """
    fields = [_CLONE_INTO_CGROUP, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, group]
    arguments = struct.pack("=11Q", *fields)
    python = ctypes.pythonapi
    python.PyOS_BeforeFork()
    pid = int(_interpreter.syscall(_CLONE3, arguments, ctypes.c_size_t(len(arguments))))
    if pid == 0:
        python.PyOS_AfterFork_Child()
        return 0
    number = ctypes.get_errno()
    python.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(number, f"clone3: {os.strerror(number)}")
    return pid


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    _check(_libc.unshare(flags), "unshare")


def setns(fd: int, flags: int) -> None:
    """Enter the namespaces of a namespace descriptor, or of a process by its pidfd."""
    _check(_libc.setns(fd, flags), "setns")


def mount(
    source: str | None,
    target: str,
    kind: str | None = None,
    flags: int = 0,
    data: str | None = None,
) -> None:
    """Mount the classic way."""
    result = _libc.mount(
        _encoded(source),
        _encoded(target),
        _encoded(kind),
        ctypes.c_ulong(flags),
        _encoded(data),
    )
    _check(result, f"mount {kind or source} on {target}")


def unmount(target: str, flags: int = 0) -> None:
    """Unmount."""
    _check(_libc.umount2(_encoded(target), flags), f"unmount {target}")


def pivot_root(new: str, old: str) -> None:
    """Exchange the root mount."""
    _syscall("pivot_root", _old("pivot_root"), os.fsencode(new), os.fsencode(old))


def new_filesystem(
    kind: str, options: dict[str, str | None], *, attributes: int = 0, source: str | None = None
) -> int:
    """Return a descriptor of a file system mounted nowhere; the mount goes with the descriptor."""
    context = _syscall("fsopen", _FSOPEN, os.fsencode(kind), 1)
    try:
        if source is not None:
            options = {"source": source, **options}
        for key, value in options.items():
            command = _FSCONFIG_SET_FLAG if value is None else _FSCONFIG_SET_STRING
            name = f"fsconfig {key}"
            _syscall(name, _FSCONFIG, context, command, key.encode(), _encoded(value), 0)
        _syscall(f"mount {kind}", _FSCONFIG, context, _FSCONFIG_CMD_CREATE, None, None, 0)
        return _syscall("fsmount", _FSMOUNT, context, 1, attributes)
    finally:
        os.close(context)


def clone_tree(path: str, *, recursive: bool = False, directory: int = _AT_FDCWD) -> int:
    """Return a descriptor of a bind mount of `path` that is mounted nowhere yet.

    An empty path means `directory` itself.
    """
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC | (_AT_RECURSIVE if recursive else 0)
    flags |= 0 if path else _AT_EMPTY_PATH
    return _syscall(f"open_tree {path}".rstrip(), _OPEN_TREE, directory, os.fsencode(path), flags)


def set_mount(
    fd: int,
    attributes: int,
    user_namespace: int | None = None,
    *,
    recursive: bool = False,
    clear: int = 0,
) -> None:
    """Set and clear attributes of a mount held by `fd`; with a namespace, map owners through it."""
    if user_namespace is not None:
        attributes |= MOUNT_ATTR_IDMAP
    data = struct.pack("QQQQ", attributes, clear, 0, user_namespace or 0)
    flags = _AT_EMPTY_PATH | (_AT_RECURSIVE if recursive else 0)
    _syscall("mount_setattr", _MOUNT_SETATTR, fd, b"", flags, data, len(data))


def attach_mount(fd: int, target: str, directory: int = _AT_FDCWD) -> None:
    """Put the mount held by `fd` at `target`, which may be no link, and close the descriptor.

    An empty target means `directory` itself.
    """
    try:
        _syscall(
            "move_mount",
            _MOVE_MOUNT,
            fd,
            b"",
            directory,
            os.fsencode(target),
            _MOVE_MOUNT_F_EMPTY_PATH | (0 if target else _MOVE_MOUNT_T_EMPTY_PATH),
        )
    finally:
        os.close(fd)


def openat2(directory: int, path: str, flags: int, *, mode: int = 0, resolve: int = 0) -> int:
    """Open with restrictions on how the path may be resolved."""
    how = struct.pack("QQQ", flags | os.O_CLOEXEC, mode, resolve)
    return _syscall("openat2", _OPENAT2, directory, os.fsencode(path), how, len(how))


def chmod_descriptor(fd: int, mode: int, own: int | None = None) -> None:
    """Set the mode of what `fd` stands for, even if it was opened with `O_PATH`.

    Before Linux 6.6 this goes by the process's own directory of descriptors in /proc; `own` is
    that directory, for a process that cannot find it at its place.
    """
    if _has_fchmodat2():
        _syscall("fchmodat2", _FCHMODAT2, fd, b"", mode, _AT_EMPTY_PATH)
    elif own is None:
        os.chmod(f"/proc/self/fd/{fd}", mode)  # noqa: PTH101 - a descriptor, not a path
    else:
        os.chmod(str(fd), mode, dir_fd=own)


@functools.cache
def _has_fchmodat2() -> bool:
    try:
        _syscall("fchmodat2", _FCHMODAT2, -1, b"", 0, _AT_EMPTY_PATH)
    except OSError as error:
        return error.errno == errno.EBADF
    return True


def exchange(directory: int, one: str, other: str) -> None:
    """Swap two names of a directory in one step."""
    _syscall(
        "renameat2",
        _old("renameat2"),
        directory,
        os.fsencode(one),
        directory,
        os.fsencode(other),
        _RENAME_EXCHANGE,
    )


def syncfs(fd: int) -> None:
    """Write out the file system that `fd` belongs to."""
    _check(_libc.syncfs(fd), "syncfs")


def sethostname(name: str) -> None:
    """Set the host name of the current namespace."""
    data = name.encode()
    _check(_libc.sethostname(data, ctypes.c_size_t(len(data))), "sethostname")


def new_session_keyring() -> None:
    """Stop sharing the caller's session keyring, where the kernel has keyrings."""
    try:
        _syscall("keyctl", _old("keyctl"), _KEYCTL_JOIN_SESSION_KEYRING, None)
    except OSError as error:
        if error.errno not in {errno.ENOSYS, errno.EPERM}:
            raise


def become_subreaper() -> None:
    """Adopt orphaned descendants, so that they can be reaped."""
    _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")


def die_with_parent() -> None:
    """Be killed when the thread that started this process ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0), "prctl")


def drop_rights() -> None:
    """Let this thread, and no other, be without capabilities for good."""
    nothing = ctypes.create_string_buffer(24)
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    _check(_libc.capset(header, nothing), "capset")


def set_file_ids(uid: int, gid: int) -> None:
    """Let this thread, and no other, work on files as another user; root only."""
    # Not the C library's function, which does it for all threads.
    _syscall("setgroups", _old("setgroups"), 0, None)
    _libc.setfsgid(gid)
    _libc.setfsuid(uid)
    if _libc.setfsuid(-1) != uid:  # asks without changing anything
        raise OSError(errno.EPERM, "setfsuid")


def is_all_powerful() -> bool:
    """Tell whether this process has all capabilities that there are."""
    try:
        status = Path("/proc/self/status").read_text()
        last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    except OSError:
        return False
    effective = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return int(effective.split()[1], 16) == (1 << last + 1) - 1


def keep_rights() -> None:
    """Let this process keep its capabilities when it changes its user."""
    _check(_libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0), "prctl")


def show_memory() -> None:
    """Let this process, which changed its user, be an ordinary process of that user."""
    _check(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl")


def hide_memory() -> None:
    """Let no process of the same user look into this one."""
    _check(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl")


def limit_capabilities(keep: frozenset[int]) -> None:
    """Take all capabilities but `keep` out of reach of this process and its children."""
    for capability in range(64):
        present = _libc.prctl(_PR_CAPBSET_READ, capability, 0, 0, 0)
        if present == 1 and capability not in keep:
            _check(_libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0), "prctl")


def install_filter(program: bytes) -> None:
    """Install a seccomp filter given as an array of BPF instructions."""
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("H6xQ", len(program) // 8, ctypes.addressof(code))
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, header, 0, 0), "seccomp")
