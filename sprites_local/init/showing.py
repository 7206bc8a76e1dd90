"""Shows checkpoints in a running sprite, read-only, by mounts that are moved in from outside.

    /.sprite/checkpoints            a tmpfs with one directory for each, and nothing else
    /.sprite/checkpoints/<id>       the snapshot's root
    /.sprite/checkpoints/<id>/usr   what the sprite had changed in /usr, over the host's

They are made where the sprite cannot reach, complete and with all restrictions, and appear in it in
one step. The way to the place is resolved inside the sprite, without links, by a process that has
no more rights than the sprite's namespaces give.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from sprites_local import linux
from sprites_local.init import launch

PLACE: Final = "/.sprite/checkpoints"
DONE: Final = b"done\n"

_SOURCE: Final = "sprites-checkpoints"
_STAGED: Final = "shown"
_HARMLESS: Final = linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV | linux.MOUNT_ATTR_NOATIME
# Imported on other systems too, where it does nothing.
_DIRECTORY: Final = (
    getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
)
_PLAIN: Final = linux.RESOLVE_NO_SYMLINKS | linux.RESOLVE_NO_MAGICLINKS


class Shown(NamedTuple):
    """What the mounts of a sprite show."""

    names: list[str] | None
    """The checkpoints; None if there is no place for them."""
    device: str
    """What tells the place from whatever the sprite puts there."""
    strays: list[str]
    """Where else such a place is: the sprite may move what is above it."""


def read(pid: int) -> Shown:
    """Look at the mounts of a process."""
    return parse(os.fsdecode(Path(f"/proc/{pid}/mountinfo").read_bytes()))


def parse(table: str) -> Shown:
    """Understand the text of a `mountinfo`."""
    place, device, strays, below = "", "", [], dict[str, list[str]]()
    # Not `splitlines`: names that the sprite gives may hold what that takes for an end.
    for line in filter(None, table.split("\n")):
        number, parent, numbers, _, point, *more = line.split(" ")
        below.setdefault(parent, []).append(point.rpartition("/")[2])
        if more[more.index("-") + 1 :][:2] != ["tmpfs", _SOURCE]:
            continue
        if point == PLACE:
            place, device = number, numbers
        else:
            strays.append(point)
    return Shown(below.get(place, []) if place else None, device, strays)


def show(request: dict[str, Any], report: socket.socket, pidfd: int) -> None:
    """Show what is wanted, and nothing else, in the sprite whose PID 1 is `pidfd`."""
    os.umask(0)
    present = read(request["pid"])
    own = os.open("/proc/self/fd", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    namespace = os.open(f"/proc/{request['pid']}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    signal.pidfd_send_signal(pidfd, 0)  # it still has its number, so this was about it
    new = [name for name in request["wanted"] if name not in (present.names or ())]
    trees = _trees(request, new, namespace) if new else {}
    place = None
    if present.names is None:
        place = _new_place(request)
        linux.set_mount(place, linux.MOUNT_ATTR_RDONLY)
    linux.setns(pidfd, linux.CLONE_NEWUSER | linux.CLONE_NEWNS)
    launch.become_root()
    root = os.open("/", _DIRECTORY)
    for stray in present.strays:
        _detach(root, stray, own)
    found = _find(root, present.device) if place is None else _put(root, place)
    _fill(found, request["wanted"], trees)
    report.send(DONE)


def external(names: Collection[str] | None) -> list[tuple[str, str]]:
    """Return the mounts that show checkpoints: a word for each, and where it is in the sprite."""
    if names is None:
        return []
    found = [("place", PLACE)]
    for name in names:
        found += [(f"root-{name}", f"{PLACE}/{name}"), (f"usr-{name}", f"{PLACE}/{name}/usr")]
    return found


def staged(word: str) -> str:
    """Return where in CRIU's root `stage` puts the mount of this word."""
    return f"/{_STAGED}/{word}"


def stage(request: dict[str, Any], namespace: int) -> None:
    """Mount all that `external` names, apart from each other, next to `usr`, which is there.

    Something empty stands in for a checkpoint that was deleted; what used it cannot come back. CRIU
    makes read-only what was so: were the place so already, the sprite's namespace would fix it.
    """
    if request["shown"] is None:
        return
    _mount_pool(request, namespace)
    mounts = {"place": _new_place(request, request["shown"])}
    for name in request["shown"]:
        layers = _layers(request, name)
        gone = not Path(layers).exists()
        mounts[f"root-{name}"] = _new_tmpfs(request, "gone", ["usr"]) if gone else _root(layers)
        mounts[f"usr-{name}"] = _new_tmpfs(request, "gone") if gone else _usr(layers)
    Path(_STAGED).mkdir()
    for word, mount in mounts.items():
        Path(_STAGED, word).mkdir()
        linux.attach_mount(mount, f"{_STAGED}/{word}")


def _trees(request: dict[str, Any], names: list[str], namespace: int) -> dict[str, int]:
    """Return a mount for each checkpoint, with that of its /usr in it, attached nowhere."""
    launch.enter_stage(request["stage"])
    for directory in ("usr", "tree"):
        Path(directory).mkdir()
    launch.mount_usr(namespace)
    _mount_pool(request, namespace)
    trees = {}
    for name in names:
        layers = _layers(request, name)
        linux.attach_mount(_root(layers), "tree")
        tree = os.open("tree", _DIRECTORY)
        linux.attach_mount(_usr(layers), "", linux.openat2(tree, "usr", _DIRECTORY, resolve=_PLAIN))
        trees[name] = linux.clone_tree("", directory=tree, recursive=True)
        linux.unmount("tree", linux.MNT_DETACH)
    return trees


def _mount_pool(request: dict[str, Any], namespace: int) -> None:
    """Mount the whole pool, mapped, at `pool`: one mount for any number of checkpoints."""
    attributes = _HARMLESS | linux.MOUNT_ATTR_RDONLY
    top: dict[str, str | None] = {"subvolid": "5"}
    pool = linux.new_filesystem("btrfs", top, attributes=attributes, source=request["device"])
    linux.set_mount(pool, 0, namespace)
    Path("pool").mkdir()
    linux.attach_mount(pool, "pool")


def _layers(request: dict[str, Any], name: str) -> str:
    return f"pool/{request['checkpoints']}/{name}"


def _root(layers: str) -> int:
    """Return a mount of a checkpoint's root."""
    return linux.clone_tree(f"{layers}/root")


def _usr(layers: str) -> int:
    """Return a mount of a checkpoint's /usr as the sprite saw it."""
    options = {"lowerdir": f"{layers}/usr/up:usr", "userxattr": None}
    attributes = _HARMLESS | linux.MOUNT_ATTR_RDONLY
    return linux.new_filesystem("overlay", options, attributes=attributes, source="overlay")


def _new_place(request: dict[str, Any], names: Collection[str] = ()) -> int:
    return _new_tmpfs(request, _SOURCE, names)


def _new_tmpfs(request: dict[str, Any], source: str, names: Collection[str] = ()) -> int:
    """Return a mount of a new file system with these directories."""
    owner = str(request["uid_base"])
    options: dict[str, str | None] = {"mode": "0755", "size": "4k", "uid": owner, "gid": owner}
    mount = linux.new_filesystem("tmpfs", options, attributes=_HARMLESS, source=source)
    for name in names:
        os.mkdir(name, dir_fd=mount)
    return mount


def _detach(root: int, point: str, own: int) -> None:
    """Take away a place that the sprite moved elsewhere, unless it moved it on."""
    path = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), point)
    with suppress(OSError):
        moved = linux.openat2(root, path.lstrip("/"), _DIRECTORY, resolve=_PLAIN)
        os.fchdir(own)
        linux.unmount(str(moved), linux.MNT_DETACH)


def _put(root: int, place: int) -> int:
    """Put a new place where it belongs; anything but a directory there is an error."""
    found = os.dup(place)
    above, name = PLACE.lstrip("/").split("/")
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=_open(root, above))
    linux.attach_mount(place, "", _open(root, f"{above}/{name}"))
    return found


def _find(root: int, device: str) -> int:
    """Open the place that is there, and make sure that it is the one."""
    found = _open(root, PLACE.lstrip("/"))
    number = os.fstat(found).st_dev
    if f"{os.major(number)}:{os.minor(number)}" != device:
        raise OSError(errno.ESTALE, f"{PLACE} was moved away")
    return found


def _open(root: int, path: str) -> int:
    try:
        return linux.openat2(root, path, _DIRECTORY, resolve=_PLAIN)
    except OSError as error:
        number = error.errno or errno.EIO
        raise OSError(number, f"/{path} is no plain directory: {os.strerror(number)}") from None


def _fill(place: int, wanted: list[str], trees: dict[str, int]) -> None:
    """Take away what is not wanted, whoever uses it, and attach what is new."""
    os.fchdir(place)
    clone = linux.clone_tree("", directory=place)
    linux.set_mount(clone, 0, clear=linux.MOUNT_ATTR_RDONLY)
    writable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=clone)
    for name in os.listdir(writable):  # noqa: PTH208 - a descriptor
        if name not in wanted:
            with suppress(OSError):  # nothing is there if an earlier call was interrupted
                linux.unmount(name, linux.MNT_DETACH | linux.UMOUNT_NOFOLLOW)
            os.rmdir(name, dir_fd=writable)
    for name, tree in trees.items():
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=writable)
        linux.attach_mount(tree, name, place)
