"""Runs CRIU in a small root of its own, to write a sprite's processes down or bring them back.

The root is a tmpfs with just what CRIU needs. Two things depend on it: the overlay's layers, which
a sprite names relative to the top of such a stage, are where CRIU looks for them; and what CRIU
leaves in /run and /tmp never reaches the host.

    /usr /proc /sys /dev /etc   the host's; for a restore /usr is mapped as in the sprite
    /volume /root               the sprite's subvolume and its root, for a restore
    /shown                      the checkpoints that were shown in the sprite, for a restore
    /images                     where images are written to or read from
    /criu                       the directory of a CRIU that is not below /usr
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sprites_local import linux
from sprites_local.init import launch, showing

_HOST: Final = ("proc", "sys", "dev", "etc")
_LINKS: Final = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_CACHE: Final = "/run/criu.kdat"
HOOK: Final = "/run/hook"
PID_FILE: Final = "/run/pid"
_DUMPED, _GO = "/run/dumped", "/run/go"
_SCRIPT: Final = f"""#!/bin/sh
[ "$CRTOOLS_SCRIPT_ACTION" = post-dump ] || exit 0
echo > {_DUMPED} && read -r line < {_GO}
"""
_UNCHANGEABLE: Final = {signal.SIGKILL, signal.SIGSTOP}
_ENVIRONMENT: Final = {"PATH": launch.PATH, "LANG": "C.UTF-8"}


def dump(request: dict[str, Any], report: socket.socket) -> None:
    """Write the processes of a frozen sprite down."""
    launch.join_groups(request["cgroups"])
    os.close(request["lock"])  # from here on the group tells a next server that we are at work
    frozen = [os.open(file, os.O_WRONLY | os.O_CLOEXEC) for file in request["frozen"]]
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    usr = linux.clone_tree("/usr")
    stage = request["stage"]
    linux.mount("tmpfs", stage, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=0755,size=1m")
    os.chdir(stage)
    Path("usr").mkdir()
    linux.attach_mount(usr, "usr")
    try:
        run(request, report)
    except ConnectionError:  # the server is gone: nobody else lets the sprite run on
        for file in frozen:
            os.write(file, b"0")


def restore(request: dict[str, Any], report: socket.socket) -> None:
    """Bring the processes of a sprite back; they are of the groups that are joined here."""
    launch.join_groups(request["cgroups"])
    os.close(request["lock"])
    namespace = launch.prepare_mounts(request, request["stage"])
    showing.stage(request, namespace)
    os.close(namespace)
    run(request, report)


def run(request: dict[str, Any], report: socket.socket) -> None:
    """Run CRIU to its end and tell the exit code.

    A dump that is complete is told before CRIU cleans up and goes on when an answer comes: names
    that it gave to files without one must be part of the snapshot.
    """
    enter_root(request)
    cached = Path("/cache/criu.kdat")
    if cached.exists():
        shutil.copyfile(cached, _CACHE)
    Path(HOOK).write_text(_SCRIPT)
    Path(HOOK).chmod(0o700)
    os.mkfifo(_DUMPED)
    os.mkfifo(_GO)
    dumped = os.open(_DUMPED, os.O_RDONLY | os.O_NONBLOCK)
    pid = os.fork()
    if pid == 0:
        execute(request["program"])
    attend(pid, dumped, report)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code == 0 and not cached.exists() and Path(_CACHE).exists():
        draft = cached.with_name(f"criu.kdat.{os.getpid()}")
        shutil.copyfile(_CACHE, draft)
        draft.replace(cached)
    if code == 0 and request["op"] == "restore":
        complete(int(Path(PID_FILE).read_text()))
    report.send(b"exit %d\n" % code)


def attend(pid: int, dumped: int, report: socket.socket) -> None:
    """Wait until CRIU has ended or the dump is complete; the latter is told and answered."""
    poller = select.poll()
    poller.register(os.pidfd_open(pid), select.POLLIN)
    poller.register(dumped, select.POLLIN)
    if dumped in dict(poller.poll()):
        with suppress(ConnectionError):  # without a server CRIU has to come to its end all the more
            report.send(b"dumped\n")
            report.recv(1)
        Path(_GO).write_text("\n")


def complete(pid: int) -> None:
    """Set what a boot sets and CRIU does not bring back."""
    linux.setns(os.pidfd_open(pid), linux.CLONE_NEWNET)
    launch.allow_low_ports()


def enter_root(request: dict[str, Any]) -> None:
    """Complete the root in the current directory and make it the only one."""
    binds = {name: f"/{name}" for name in _HOST}
    binds |= {"images": request["images"], "cache": request["cache"]}
    if request.get("directory"):
        binds["criu"] = request["directory"]
    for name, source in binds.items():
        Path(name).mkdir()
        linux.attach_mount(linux.clone_tree(source, recursive=name in _HOST), name)
    for name in _LINKS:
        link = Path("/", name)
        if link.is_symlink():
            Path(name).symlink_to(link.readlink())
    for name, mode in (("run", "0755"), ("tmp", "1777")):
        Path(name).mkdir()
        linux.mount("tmpfs", name, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, f"mode={mode}")
    linux.pivot_root(".", ".")
    linux.unmount(".", linux.MNT_DETACH)
    os.chdir("/")


def execute(program: list[str]) -> None:
    """Become CRIU, with nothing of ours open."""
    try:
        for number in signal.valid_signals() - _UNCHANGEABLE:
            signal.signal(number, signal.SIG_DFL)  # CRIU ends its own helpers by TERM
        os.setsid()
        null = os.open("/dev/null", os.O_RDWR)
        for target in range(3):
            os.dup2(null, target)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.execve(program[0], program, _ENVIRONMENT)  # noqa: S606 - no shell is meant
    finally:
        os._exit(127)
