"""What a machine shows of a server: processes, control groups, subvolumes, images, devices."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from sprites_local.engines.full import host, loop
from sprites_local.engines.full.cgroup import find_hierarchies

_AT_THE_TOP = {"sprites", "ballast"}
_OF_A_SPRITE = {"checkpoints", "hostname", "live"}


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def processes(data_dir: Path) -> dict[int, str]:
    """Return the processes that name a data directory, by number.

    Some do in their environment only: what runs in sprites of the tier portable.
    """
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            texts = [(process / name).read_bytes() for name in ("cmdline", "environ")]
        except OSError:
            continue
        line, environment = (text.replace(b"\0", b" ").decode(errors="replace") for text in texts)
        if int(process.name) == os.getpid():
            continue
        if str(data_dir) in line or str(data_dir) in environment:
            found[int(process.name)] = line
    return found


def describe(pid: int) -> str:
    """Return a process's command line and state; with its parent it says whose it was."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2]
    except OSError:
        return f"{pid}: gone"
    return f"{pid}: {line.strip()} (state and parent {' '.join(state.split()[:2])})"


def guardians(data_dir: Path) -> set[int]:
    """Return the guardians of the sprites of the lower tiers."""
    found = processes(data_dir).items()
    return {pid for pid, text in found if "sprites_local.init" in text}


def inhabitants(data_dir: Path) -> set[int]:
    """Return the processes whose root is a sprite's tree."""
    trees = {_place(tree) for tree in data_dir.glob("engine/*/sprites/*/live")}
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if _place(process / "root") in trees:
                found.add(int(process.name))
    return found


def _place(directory: Path) -> tuple[int, int]:
    info = directory.stat()
    return info.st_dev, info.st_ino


def mounts(data_dir: Path) -> set[str]:
    """Name the mounts from a data directory in the mount namespaces of all processes."""
    found = set()
    for table in Path("/proc").glob("[0-9]*/mounts"):
        try:
            lines = table.read_text(errors="replace").splitlines()
        except OSError:
            continue
        found |= {line for line in lines if str(data_dir) in line}
    return found


def groups(data_dir: Path) -> list[Path]:
    """Name the control groups of sprites, and of what works on them."""
    unified = find_hierarchies().unified
    top = (unified or Path("/nonexistent")) / host.group_name(data_dir / "engine")
    return sorted(path for path in top.iterdir() if path.is_dir()) if top.exists() else []


def inits(group: Path) -> list[int]:
    """Return the processes of a sprite's group that are PID 1 in the sprite."""
    found = []
    for pid in (group / "main/cgroup.procs").read_text().split():
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        numbers = status.partition("NSpid:")[2].partition("\n")[0].split()
        if numbers[-1] == "1":
            found.append(int(pid))
    return found


def pool(server: int) -> Path:
    """Find the pool, which is mounted nowhere, among the descriptors of a server."""
    for link in Path(f"/proc/{server}/fd").iterdir():
        try:
            names = names_in(link)
        except OSError:
            continue
        if "sprites" in names and any(name.startswith("base-") for name in names):
            return link
    raise AssertionError("the server has no pool")


def stored(server: int) -> dict[str, set[str]]:
    """Return the sprites in the pool with their checkpoints; nothing else may be there."""
    top = pool(server)
    assert {name for name in names_in(top) if not name.startswith("base-")} <= _AT_THE_TOP
    found = {}
    for sprite in names_in(top / "sprites"):
        names = names_in(top / "sprites" / sprite)
        assert names == _OF_A_SPRITE, (sprite, names)
        found[sprite] = names_in(top / "sprites" / sprite / "checkpoints")
    return found


def images(data_dir: Path) -> dict[str, set[str]]:
    """Return the checkpoints that have a directory for processes, by sprite."""
    top = data_dir / "engine/images"
    return {path.name: names_in(path) for path in top.iterdir()} if top.exists() else {}


def recorded(data_dir: Path) -> tuple[int, dict[str, set[str]]]:
    """Return the number of operations under way, and the ids of sprites and checkpoints."""
    database = sqlite3.connect(f"file:{data_dir}/state.db?mode=ro", uri=True)
    try:
        (pending,) = database.execute("SELECT count(*) FROM operations").fetchone()
        found: dict[str, set[str]] = {
            row[0]: set() for row in database.execute("SELECT id FROM sprites")
        }
        rows = database.execute("SELECT sprite, id FROM checkpoints WHERE NOT deleted")
        for sprite, checkpoint in rows:
            found[sprite].add(checkpoint)
    finally:
        database.close()
    return pending, found


def traces(data_dir: Path) -> list[str]:
    """Name everything that a server left on the machine."""
    found = [f"{pid}: {text}" for pid, text in processes(data_dir).items()]
    found += [f"loop device {device}" for device in loop.devices_of(data_dir / "engine/pool.img")]
    found += [f"{pid}: in a sprite" for pid in inhabitants(data_dir)]
    found += mounts(data_dir)
    name = host.group_name(data_dir / "engine")
    tables = Path("/proc/self/mounts").read_text(errors="surrogateescape").splitlines()
    points = [Path(line.split()[1]) for line in tables if line.split()[2].startswith("cgroup")]
    return found + [f"{point}/{name}" for point in points if (point / name).exists()]
