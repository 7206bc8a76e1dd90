"""Random changes to a throw-away tree; nothing here follows a link."""

import os
import random
import stat
from collections.abc import Callable
from pathlib import Path

Change = Callable[[random.Random, Path], None]


def mutate(rng: random.Random, root: Path, times: int) -> None:
    """Change a tree in `times` random ways; an impossible change is none."""
    for _ in range(times):
        change = rng.choice(_CHANGES)
        try:
            change(rng, root)
        except (OSError, IndexError):  # such a thing is there already, or not there yet
            continue


def _directories(root: Path) -> list[Path]:
    return [root, *(Path(d, n) for d, ds, _ in os.walk(root) for n in ds if _is_dir(Path(d, n)))]


def _others(root: Path) -> list[Path]:
    every = [Path(d, n) for d, ds, fs in os.walk(root) for n in (*ds, *fs)]
    return sorted(path for path in every if not _is_dir(path))


def _is_dir(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


def _file(rng: random.Random, root: Path) -> Path:
    return rng.choice([path for path in _others(root) if stat.S_ISREG(path.lstat().st_mode)])


def _new(rng: random.Random, root: Path) -> Path:
    name = rng.choice(["a", "b", "c", "ä ö", "new\nline", "\udcff\udcfe", "-rf", "x" * 200])
    return rng.choice(sorted(_directories(root))) / f"{name}{rng.randrange(4)}"


def _write(rng: random.Random, root: Path) -> None:
    size = rng.choice([0, 1, 100, 4096, 65536, 65537, 300_000, 700_000])
    with _new(rng, root).open("xb") as file:
        file.write(rng.randbytes(size))


def _write_sparse(rng: random.Random, root: Path) -> None:
    with _new(rng, root).open("xb") as file:
        file.seek(rng.choice([5000, 1 << 20, 3 << 20]))
        file.write(rng.randbytes(10))
        file.truncate(file.tell() + rng.choice([0, 9000, 1 << 20]))


def _edit(rng: random.Random, root: Path) -> None:
    path = _file(rng, root)
    fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        os.pwrite(fd, rng.randbytes(7), rng.randrange(max(1, min(path.lstat().st_size, 1 << 20))))
    finally:
        os.close(fd)


def _truncate(rng: random.Random, root: Path) -> None:
    fd = os.open(_file(rng, root), os.O_WRONLY | os.O_NOFOLLOW)
    try:
        os.ftruncate(fd, rng.choice([0, 10, 70_000]))
    finally:
        os.close(fd)


def _make_directory(rng: random.Random, root: Path) -> None:
    _new(rng, root).mkdir()


def _symlink(rng: random.Random, root: Path) -> None:
    _new(rng, root).symlink_to(rng.choice(["a0", "../b1", "/nowhere/at/all", ".", "\udcff"]))


def _fifo(rng: random.Random, root: Path) -> None:
    os.mkfifo(_new(rng, root))


def _hard_link(rng: random.Random, root: Path) -> None:
    os.link(rng.choice(_others(root)), _new(rng, root), follow_symlinks=False)


def _rename(rng: random.Random, root: Path) -> None:
    every = [*_others(root), *sorted(_directories(root))[1:]]
    rng.choice(every).rename(_new(rng, root))


def _unlink(rng: random.Random, root: Path) -> None:
    rng.choice(_others(root)).unlink()


def _remove_directory(rng: random.Random, root: Path) -> None:
    rng.choice(sorted(_directories(root))[1:]).rmdir()


def _chmod(rng: random.Random, root: Path) -> None:
    path = rng.choice([*sorted(_directories(root)), *_others(root)])
    if not path.is_symlink():
        mode = rng.choice([0o700, 0o755, 0o644, 0o4711, 0o1777, 0o600, 0o2750])
        path.chmod(mode | (0o700 if _is_dir(path) else 0o600))


def _chown(rng: random.Random, root: Path) -> None:
    if os.geteuid() == 0:
        path = rng.choice([*sorted(_directories(root)), *_others(root)])
        os.chown(path, rng.randrange(3), rng.randrange(3), follow_symlinks=False)


def _xattr(rng: random.Random, root: Path) -> None:
    path = rng.choice([*sorted(_directories(root)), _file(rng, root)])
    name = f"user.{rng.choice('xyz')}"
    if rng.random() < 0.3:
        os.removexattr(path, name, follow_symlinks=False)
    else:
        os.setxattr(path, name, rng.randbytes(5), follow_symlinks=False)


def _utime(rng: random.Random, root: Path) -> None:
    path = rng.choice([*sorted(_directories(root)), *_others(root)])
    when = rng.randrange(10**18, 2 * 10**18)
    os.utime(path, ns=(when, when), follow_symlinks=False)


_CHANGES: list[Change] = [
    *[_write] * 4,
    *[_make_directory] * 3,
    *[_hard_link] * 2,
    *[_edit] * 2,
    _write_sparse,
    _truncate,
    _symlink,
    _fifo,
    _rename,
    _unlink,
    _remove_directory,
    _chmod,
    _chown,
    _xattr,
    _utime,
]
