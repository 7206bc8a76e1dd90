"""Boots one sprite: namespaces, mounts, limits, and then PID 1 in place of ourselves.

The order matters. Mounts that need the host's root are made in a private mount namespace, then
the process enters the sprite's user namespace, where root means nothing to the host, and makes
the other namespaces and mounts from there. All mounts die with the sprite's last process.
"""

from __future__ import annotations

import errno
import fcntl
import math
import os
import resource
import signal
import socket
import struct
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any, Final, NoReturn

from sprites_local import linux
from sprites_local.init import pid1, seccomp

MAPPED_IDS: Final = 65536
OPEN_FILES: Final = 65536
CONTROL_SOCKET: Final = "/.sprite/control"
READY_FD: Final = 3
PRIVATE_PYTHON: Final = "/.sprite/python/bin/python3"
_PRIVATE_LIBRARIES: Final = "/.sprite/python/lib"
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The 14 that Docker leaves: chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap,
# net_bind_service, net_raw, sys_chroot, mknod, audit_write, setfcap.
CAPABILITIES: Final = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31})

_START: Final = ".sprite/init.py"
_LIBRARY: Final = ".sprite/lib/sprites_local/init"
_PROGRAMS: Final = {
    _START: "start.py",
    f"{_LIBRARY}/pid1.py": "pid1.py",
    f"{_LIBRARY}/commands.py": "commands.py",
}

_SIOCSIFFLAGS: Final = 0x8914
_IFF_UP_RUNNING: Final = 0x41


def boot(request: dict[str, Any], report: socket.socket) -> None:
    """Boot a sprite; the number of its PID 1 goes to `report`, then `ready` from PID 1 itself."""
    join_groups(request["cgroups"])
    user_namespace = prepare_mounts(request, request["stage"])
    linux.setns(user_namespace, linux.CLONE_NEWUSER)
    os.close(user_namespace)
    become_root()
    linux.unshare(
        linux.CLONE_NEWNS
        | linux.CLONE_NEWUTS
        | linux.CLONE_NEWIPC
        | linux.CLONE_NEWPID
        | linux.CLONE_NEWNET
    )
    raise_loopback()
    pid = os.fork()
    if pid == 0:
        enter(request, report)
    pidfd = os.pidfd_open(pid)
    socket.send_fds(report, [b"pid %d\n" % pid], [pidfd])


def join_groups(files: list[str]) -> None:
    """Put this process into control groups."""
    for file in files:
        Path(file).write_text("0")


def prepare_mounts(request: dict[str, Any], stage: str) -> int:
    """Mount the sprite's subvolume and the host's /usr, mapped; return the user namespace."""
    enter_stage(stage)
    for name in ("volume", "usr", "root"):
        Path(name).mkdir()
    namespace = make_user_namespace(request["uid_base"], request["owner"])
    volume = linux.new_filesystem(
        "btrfs",
        {"subvol": request["subvolume"]},
        attributes=linux.MOUNT_ATTR_NOATIME,
        source=request["device"],
    )
    linux.set_mount(volume, 0, namespace)
    linux.attach_mount(volume, "volume")
    mount_usr(namespace)
    linux.attach_mount(linux.clone_tree("volume/root"), "root")
    return namespace


def enter_stage(stage: str) -> None:
    """Make a private mount namespace with an empty directory to mount in, the current one."""
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", stage, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=0755,size=1m")
    # From here on by relative names: the sprite's root may not search the directories above.
    os.chdir(stage)


def mount_usr(namespace: int) -> None:
    """Mount the host's /usr, mapped, at `usr`."""
    usr = linux.clone_tree("/usr")
    linux.set_mount(usr, linux.MOUNT_ATTR_RDONLY, namespace)
    linux.attach_mount(usr, "usr")


def make_user_namespace(first_id: int, owner: int | None) -> int:
    """Return a descriptor of a user namespace whose ids start at `first_id` outside.

    What is used up in it, such as instances of inotify, the kernel takes from the budget of its
    `owner`, who is to be nobody else on this machine. With None that is root, who may run dry too.
    """
    ready, tell_ready = os.pipe()
    release, hold = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(hold)
            if owner is not None:
                linux.keep_rights()
                os.setresuid(-1, owner, -1)
            linux.unshare(linux.CLONE_NEWUSER)
            os.write(tell_ready, b"1")
            os.read(release, 1)
        finally:
            os._exit(0)
    os.close(tell_ready)
    os.close(release)
    try:
        if not os.read(ready, 1):
            raise OSError(errno.EPERM, "the kernel refuses a new user namespace")
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{pid}/{kind}").write_text(f"0 {first_id} {MAPPED_IDS}\n")
        return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(ready)
        os.close(hold)
        os.waitpid(pid, 0)


def become_root() -> None:
    """Be root of the user namespace that was entered."""
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def raise_loopback() -> None:
    """Set the loopback interface of the new network namespace up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _IFF_UP_RUNNING))


def enter(request: dict[str, Any], report: socket.socket) -> NoReturn:
    """Become PID 1 of the sprite, or tell why not."""
    os.dup2(report.fileno(), READY_FD)
    os.set_inheritable(READY_FD, True)  # noqa: FBT003 - the standard library's signature
    try:
        os.setsid()
        mount_inside()
        linux.sethostname(request["hostname"])
        allow_low_ports()
        allow_ping()
        write_programs(request["programs"])
        close_the_rest()
        linux.new_session_keyring()
        linux.install_filter(seccomp.program())
        linux.limit_capabilities(CAPABILITIES)
        execute(request["pythons"], request["patience"])
    except BaseException as error:  # noqa: BLE001 - this process must end here, and say why
        os.write(READY_FD, f"error {error}\n".encode(errors="replace"))
    finally:
        os._exit(1)


def mount_inside() -> None:
    """Complete the root file system and make it the only one."""
    root, nothing = "root", linux.MS_NOSUID | linux.MS_NOEXEC
    linux.mount(root, root, None, linux.MS_BIND | linux.MS_REC)
    layers = "lowerdir=usr,upperdir=volume/usr/up,workdir=volume/usr/work"
    for name in ("usr", "proc", "sys", "dev", "dev/pts", "dev/shm"):
        make_directory(f"{root}/{name}")
    linux.mount("overlay", f"{root}/usr", "overlay", 0, f"{layers},userxattr")
    linux.mount("proc", f"{root}/proc", "proc", nothing | linux.MS_NODEV)
    linux.mount("sysfs", f"{root}/sys", "sysfs", nothing | linux.MS_NODEV | linux.MS_RDONLY)
    options = "newinstance,ptmxmode=0666,mode=0620,gid=5"
    linux.mount("devpts", f"{root}/dev/pts", "devpts", nothing, options)
    shared = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("tmpfs", f"{root}/dev/shm", "tmpfs", shared, "mode=1777")  # noqa: S108
    os.chdir(root)
    linux.pivot_root(".", ".")
    linux.unmount(".", linux.MNT_DETACH)
    os.chdir("/")


def make_directory(path: str) -> None:
    """Make sure that a mount point is a real directory: the sprite may have put a link there."""
    try:
        os.mkdir(path, 0o755)  # noqa: PTH102 - a path that must not be resolved first
    except FileExistsError:
        os.close(os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW))


def allow_low_ports() -> None:
    """Let every user of the sprite listen on any port."""
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")


def allow_ping() -> None:
    """Let every user of the sprite send echo requests."""
    Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 65535")


def read_programs() -> dict[str, str]:
    """Return what PID 1 consists of: the text of each file by its place in a sprite."""
    here = Path(__file__)
    return {place: here.with_name(name).read_text() for place, name in _PROGRAMS.items()}


def write_programs(programs: dict[str, str], root: Path = Path("/")) -> None:
    """Put what PID 1 consists of in place.

    In a sprite that ran, only once its root is ours, so that no link leads out.
    """
    for directory in (*reversed(PurePath(_LIBRARY).parents[:-1]), PurePath(_LIBRARY)):
        make_directory(str(root / directory))
        (root / directory).chmod(0o755)
    for place, text in programs.items():
        program = root / place
        draft = program.with_suffix(".new")
        if program.is_symlink() or not program.is_file() or program.read_text() != text:
            draft.unlink(missing_ok=True)
            draft.write_text(text)
            draft.replace(program)


def close_the_rest() -> None:
    """Keep nothing of the host open but the report."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in range(READY_FD):
        os.dup2(null, number)
        os.set_inheritable(number, True)  # noqa: FBT003 - the standard library's signature
    os.closerange(READY_FD + 1, os.sysconf("SC_OPEN_MAX"))


def listen(path: str) -> socket.socket:
    """Make the socket that the host connects to, for PID 1; only root may even connect."""
    with suppress(FileNotFoundError):
        Path(path).unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    listener.bind(path)
    os.umask(mask)
    listener.listen(pid1.MAX_PEERS)
    listener.set_inheritable(True)
    return listener


def execute(pythons: list[str], patience: float = math.inf) -> NoReturn:
    """Run PID 1 on the first interpreter there is; see `pid1.Init` for its patience."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.umask(0o022)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, OPEN_FILES), hard))
    environment = {"PATH": PATH, "LANG": "C.UTF-8"}
    listener = listen(CONTROL_SOCKET)
    for python in pythons:
        # Nothing compiled is written here: half of it after a crash would be the end of all boots.
        arguments = [python, "-I", "-S", "-B", f"/{_START}"]
        arguments += [str(listener.fileno()), str(READY_FD), str(patience)]
        if python == PRIVATE_PYTHON:  # it was built to look for its own one where it is not now
            environment["LD_LIBRARY_PATH"] = _PRIVATE_LIBRARIES
        try:
            os.execve(python, arguments, environment)  # noqa: S606 - no shell is meant
        except OSError as error:
            last = error
    raise OSError(last.errno, f"no Python can run inside the sprite: {', '.join(pythons)}: {last}")
