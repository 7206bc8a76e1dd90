"""Run a command as an ordinary user: `python ordinary_user.py UID DIRECTORY... -- COMMAND...`.

The directories, which may be below places that are closed to others (root's home), become
reachable in a mount namespace of this process alone. Needs root.
"""

import os
import stat
import sys
from pathlib import Path

from sprites_local import linux


def main() -> None:
    split = sys.argv.index("--")
    uid, command = int(sys.argv[1]), sys.argv[split + 1 :]
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    open_up([Path(text).resolve() for text in sys.argv[2:split]])
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execv(command[0], command)


def open_up(wanted: list[Path]) -> None:
    """Lay an open directory over each closed one and put what is wanted back into it."""
    closed: dict[Path, list[tuple[Path, int]]] = {}
    for path in wanted:
        barrier = next((p for p in reversed(path.parents) if not is_open(p)), None)
        if barrier is not None:
            tree = linux.clone_tree(str(path), recursive=True)
            closed.setdefault(barrier, []).append((path, tree))
    for barrier, trees in closed.items():
        linux.mount("tmpfs", str(barrier), "tmpfs", 0, "mode=0755")
        for path, tree in trees:
            path.mkdir(parents=True)
            linux.attach_mount(tree, str(path))


def is_open(path: Path) -> bool:
    """Tell whether everybody may pass through a directory."""
    return bool(path.stat().st_mode & stat.S_IXOTH)


if __name__ == "__main__":
    main()
