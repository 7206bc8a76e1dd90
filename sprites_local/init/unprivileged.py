"""Boots a sprite without root, and stays as its guardian.

An ordinary user may make a user namespace that holds just this user; everything else follows
from being privileged in there. The sprite's only user is `sprite`. Its root is a directory of
the server's, the host's programs are mounted over it read-only, and everything else that it sees
is made here. All of it goes with the sprite's last process.

A server that runs as root gives its rights up first: root in the sprite's place would still be
root to some of the kernel.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from sprites_local import linux
from sprites_local.init import errands, launch, peers, seccomp
from sprites_local.init.guardian import Guardian
from sprites_local.init.succession import Succession

SPRITE_USER: Final = 1000
_STAGE: Final = "/tmp"  # noqa: S108 - a mount point of our own; any directory would do
_ROOT: Final = f"{_STAGE}/root"
_PYTHON: Final = f"{_STAGE}/python"
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
# What must fit the host's /usr, and is public.
_SHARED: Final = ("alternatives", "ld.so.cache", "pki/ca-trust", "pki/tls/certs", "ssl/certs")
_LINKS: Final = {
    "ptmx": "pts/ptmx",
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}
_HARMLESS: Final = linux.MS_NOSUID | linux.MS_NODEV
_NAMESPACES: Final = (
    linux.CLONE_NEWNS
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
)


def boot(
    request: dict[str, Any],
    report: socket.socket,
    lifeline: socket.socket,
    inheritance: tuple[int, int, int, float],
) -> None:
    """Boot a sprite and guard it; `report` gets what `launch.boot` would send.

    `inheritance` is what a `Succession` is made of.
    """
    request["programs"] = launch.read_programs()
    enter_namespaces(request)
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    go, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(tell)
        become_sprite(request, report, go)
    pidfd = os.pidfd_open(pid)
    socket.send_fds(report, [b"pid %d\n" % pid], [pidfd])
    report.close()
    os.close(go)
    os.write(tell, b"1")
    # The user as seen from in here, where the host's root is nobody.
    succession = Succession(*inheritance, peers.user_of(lifeline))
    Guardian(pid, pidfd, proc, succession, errands.ERRANDS).run(lifeline)
    os.waitpid(pid, 0)


def enter_namespaces(request: dict[str, Any]) -> None:
    """Leave the host's namespaces, with the sprite's files staged."""
    uid, gid = int(request["uid"]), int(request["gid"])
    privileged = os.geteuid() != uid
    if privileged:  # its directories may be closed to the user that we become
        linux.unshare(linux.CLONE_NEWNS)
        stage(request)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        linux.show_memory()
    linux.unshare(linux.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{SPRITE_USER} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{SPRITE_USER} {gid} 1")
    linux.unshare(_NAMESPACES)
    if not privileged:
        stage(request)
    launch.raise_loopback()


def stage(request: dict[str, Any]) -> None:
    """Put the sprite's directory, and a copy of Python if it is needed, where we can reach it."""
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    mounts = {_ROOT: linux.clone_tree(request["root"])}
    if request["python"] is not None:
        mounts[_PYTHON] = linux.clone_tree(request["python"])
    linux.mount("tmpfs", _STAGE, "tmpfs", _HARMLESS, "mode=0755,size=64k")
    for target, fd in mounts.items():
        Path(target).mkdir()
        linux.attach_mount(fd, target)


def become_sprite(request: dict[str, Any], report: socket.socket, go: int) -> NoReturn:
    """Become PID 1 of the sprite, or tell why not."""
    linux.die_with_parent()
    if not os.read(go, 1):  # the parent was gone already
        os._exit(1)
    os.dup2(report.fileno(), launch.READY_FD)
    os.set_inheritable(launch.READY_FD, True)  # noqa: FBT003 - the standard library's signature
    try:
        os.setsid()
        mount_root(with_python=request["python"] is not None)
        linux.sethostname(request["hostname"])
        allow_network_use()
        forbid_group_namespaces()
        close_settings()
        launch.write_programs(request["programs"])
        launch.close_the_rest()
        linux.new_session_keyring()
        linux.install_filter(seccomp.program())
        launch.execute(request["pythons"])
    except BaseException as error:  # noqa: BLE001 - this process must end here, and say why
        os.write(launch.READY_FD, f"error {error}\n".encode(errors="replace"))
    finally:
        os._exit(1)


def mount_root(*, with_python: bool) -> None:
    """Complete the root file system and make it the only one."""
    root = linux.clone_tree(_ROOT, recursive=True)
    linux.set_mount(root, linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV)
    linux.attach_mount(root, _ROOT)
    trees = open_trees(with_python=with_python)
    nothing = _HARMLESS | linux.MS_NOEXEC
    for name in ("proc", "sys"):  # the kernel allows these only where the host's can be seen
        launch.make_directory(f"{_ROOT}/{name}")
    linux.mount("proc", f"{_ROOT}/proc", "proc", nothing)
    with suppress(OSError):  # a container may hide parts of it; little needs it
        linux.mount("sysfs", f"{_ROOT}/sys", "sysfs", nothing | linux.MS_RDONLY)
    os.chdir(_ROOT)
    linux.pivot_root(".", ".")
    linux.unmount(".", linux.MNT_DETACH)
    os.chdir("/")
    # From here on no path leads out, whatever links the sprite has put into its root.
    fill_root(trees)


def open_trees(*, with_python: bool) -> dict[str, int]:
    """Open what the sprite sees of the host, by the paths where it sees it."""
    trees = {f"/{name}": read_only(f"/{name}") for name in host_programs()}
    for name in _SHARED:
        if os.path.lexists(f"/etc/{name}"):
            trees[f"/etc/{name}"] = read_only(f"/etc/{name}")
    if with_python:
        trees["/.sprite/python"] = read_only(_PYTHON)
    for name in _DEVICES:
        trees[f"/dev/{name}"] = linux.clone_tree(f"/dev/{name}")
    return trees


def host_programs() -> list[str]:
    """Name the directories that hold the host's programs and libraries."""
    names = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
    return [name for name in names if Path("/", name).is_dir() and not Path("/", name).is_symlink()]


def read_only(path: str) -> int:
    """Open a file or directory with all that is mounted in it, so that nobody can write there."""
    tree = linux.clone_tree(path, recursive=True)
    attributes = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV
    linux.set_mount(tree, attributes, recursive=True)
    return tree


def fill_root(trees: dict[str, int]) -> None:
    """Mount everything in the sprite's own root."""
    for name in ("dev", "run", ".sprite", "etc"):
        launch.make_directory(f"/{name}")
    linux.mount("tmpfs", "/run", "tmpfs", _HARMLESS, "mode=0755")
    Path("/run/lock").mkdir()
    linux.mount("tmpfs", "/dev", "tmpfs", linux.MS_NOSUID, "mode=0755,size=64k")
    for target, tree in trees.items():
        attach(tree, target)
    for name, target in _LINKS.items():
        Path("/dev", name).symlink_to(target)
    for name in ("pts", "shm"):
        Path("/dev", name).mkdir()
    options = "newinstance,ptmxmode=0666,mode=0620"
    linux.mount("devpts", "/dev/pts", "devpts", linux.MS_NOSUID | linux.MS_NOEXEC, options)
    linux.mount("tmpfs", "/dev/shm", "tmpfs", _HARMLESS, "mode=1777")  # noqa: S108 - our own


def attach(tree: int, target: str) -> None:
    """Put a file or directory of the host in its place."""
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        Path(target).mkdir(parents=True, exist_ok=True)
    else:
        Path(target).touch()
    linux.attach_mount(tree, target)


def allow_network_use() -> None:
    """Let the sprite's user listen on any port, and ping."""
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")
    Path("/proc/sys/net/ipv4/ping_group_range").write_text(f"{SPRITE_USER} {SPRITE_USER}")


def forbid_group_namespaces() -> None:
    """Let nobody see the control group that the sprite shares with its server, and mount it.

    An ordinary user often owns it: what may be done there, such as killing all that is in it, the
    sprite's user could do too, who is the same to the kernel.
    """
    with suppress(FileNotFoundError):  # a kernel without them
        Path("/proc/sys/user/max_cgroup_namespaces").write_text("0")


def close_settings() -> None:
    """Let nobody change the kernel's settings through the sprite: not even a server that is root.

    The kernel asks who the process is, not what it may do with files, and a server that runs as
    root could be led there by a link.
    """
    linux.attach_mount(read_only("/proc/sys"), "/proc/sys")


def attempt(step: Callable[[], None], report: socket.socket) -> None:
    """Carry out a step, or tell why not."""
    try:
        step()
    except OSError as error:
        with suppress(OSError):
            report.send(f"error {error}\n".encode(errors="replace"))
        raise SystemExit(1) from None


def main() -> None:
    """Run: `unprivileged <report> <lifeline> <listener> <file> <lock> <seconds> <request>`."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    report, lifeline = (socket.socket(fileno=int(text)) for text in sys.argv[1:3])
    listener, file, lock = map(int, sys.argv[3:6])
    inheritance = (listener, file, lock, float(sys.argv[6]))
    request = json.loads(sys.argv[7])
    attempt(lambda: boot(request, report, lifeline, inheritance), report)
