"""Run a command without a piece of the machine: `python without.py PIECE DIRECTORY COMMAND...`.

Everything is taken away in namespaces of this process alone. Needs root. DIRECTORY is empty, and
becomes the root of a machine that keeps /bin apart from /usr where PIECE is `merged /usr`.
"""

from __future__ import annotations

import errno
import os
import platform
import shutil
import struct
import sys
from pathlib import Path

from sprites_local import linux

_MS_REMOUNT = 32


def hide(path: str) -> None:
    linux.mount("/dev/null", path, None, linux.MS_BIND)


def without_mkfs(_: Path) -> None:
    found = shutil.which("mkfs.btrfs", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if found:
        hide(os.path.realpath(found))


def without_criu(_: Path) -> None:
    os.environ["SPRITES_CRIU_PREFIX"] = "/nowhere"
    found = shutil.which("criu", path=f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin")
    if found:
        hide(os.path.realpath(found))


def without_loop(_: Path) -> None:
    if Path("/dev/loop-control").exists():
        hide("/dev/loop-control")


def without_cgroups(_: Path) -> None:
    for point in reversed(cgroup_mounts()):
        linux.unmount(point, linux.MNT_DETACH)


def with_closed_cgroups(_: Path) -> None:
    for point in cgroup_mounts():
        linux.mount(None, point, None, _MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY)


def cgroup_mounts() -> list[str]:
    lines = [
        line.split()
        for line in Path("/proc/self/mounts").read_text(errors="surrogateescape").splitlines()
    ]
    return [fields[1] for fields in lines if fields[2].startswith("cgroup")]


def without_mapping(directory: Path) -> None:
    """Let /usr be on a file system whose owners cannot be mapped: an overlay."""
    linux.mount("overlay", "/usr", "overlay", 0, f"lowerdir={directory}:/usr")


def without_proc(_: Path) -> None:
    linux.unmount("/proc", linux.MNT_DETACH)


def without_temporary_files(_: Path) -> None:
    for path in ("/tmp", "/var/tmp", "/usr/tmp"):
        if Path(path).exists():
            # What is there stays to be seen: this may be a checkout below it.
            tree = linux.clone_tree(path, recursive=True)
            linux.set_mount(tree, linux.MOUNT_ATTR_RDONLY, recursive=True)
            linux.attach_mount(tree, path)
    os.environ.pop("TMPDIR", None)
    os.chdir("/proc")


def without_rights(_: Path) -> None:
    """Be root of a container that may do nothing, nor make namespaces."""
    linux.unshare(linux.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    for kind in ("uid_map", "gid_map"):
        Path("/proc/self", kind).write_text("0 0 1")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


def without_nf_tables(_: Path) -> None:
    """Be on a kernel that does not know the protocol of its packet filters."""
    number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
    load, equal, leave = 0x20, 0x15, 0x06
    netlink, netfilter = 16, 12
    steps = [
        *((load, 0, 0, 0), (equal, 0, 5, number)),
        *((load, 0, 0, 16), (equal, 0, 3, netlink)),
        *((load, 0, 0, 32), (equal, 0, 1, netfilter)),
        (leave, 0, 0, 0x00050000 | errno.EPROTONOSUPPORT),
        (leave, 0, 0, 0x7FFF0000),
    ]
    linux.install_filter(b"".join(struct.pack("HBBI", *step) for step in steps))


def without_merged_usr(directory: Path) -> None:
    """Move to a root with a /bin of its own; everything else is the machine's."""
    linux.mount("tmpfs", str(directory), "tmpfs", 0, "mode=0755")
    tops = [path for path in Path("/").iterdir() if path.is_dir() and not path.is_symlink()]
    links = [path for path in Path("/").iterdir() if path.is_symlink() and path.is_dir()]
    for source in [
        *tops,
        *(path for path in links if path.name in {"bin", "sbin", "lib", "lib64"}),
    ]:
        target = directory / source.name
        tree = linux.clone_tree(os.path.realpath(source), recursive=True)
        target.mkdir()
        linux.attach_mount(tree, str(target))
    os.chdir(directory)
    linux.pivot_root(".", ".")
    linux.unmount(".", linux.MNT_DETACH)
    os.chdir("/")


PIECES = {
    "mkfs.btrfs": without_mkfs,
    "criu": without_criu,
    "loop devices": without_loop,
    "cgroups": without_cgroups,
    "open cgroups": with_closed_cgroups,
    "id-mapped /usr": without_mapping,
    "rights": without_rights,
    "/proc": without_proc,
    "/tmp": without_temporary_files,
    "merged /usr": without_merged_usr,
    "nf_tables": without_nf_tables,
}


def main() -> None:
    piece, directory, *command = sys.argv[1:]
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    PIECES[piece](Path(directory))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
