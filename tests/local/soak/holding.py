"""What a server holds: in its process, below it, and on the machine."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from attrs import define, field

from sprites_local.engines.full import loop
from tests.local.kills import evidence

_PATIENCE = 20.0
_POOLS = re.compile(r"(asyncio|state|sprites-engine|sprites-files|ThreadPoolExecutor-\d+)_\d+")
_PATHS = re.compile(r"\d+")


@define
class Held:
    """A look at a server that rests."""

    exact: dict[str, Any]
    """What must be as before."""
    memory: float
    """MB that are resident."""
    disk: float
    """MB that the data directory takes."""
    objects: dict[str, int] = field(repr=False)
    """How many objects there are of each type, the most frequent ones."""


def look(pid: int, counts: int, data_dir: Path) -> Held:
    """Look at a server; `counts` is where it writes what `counting` finds."""
    os.kill(pid, signal.SIGUSR1)
    if not select.select([counts], [], [], _PATIENCE)[0]:
        raise TimeoutError("the server's loop does not turn")
    inner = json.loads(_line(counts))
    return Held(
        exact={
            "descriptors": _descriptors(pid),
            "tasks": inner["tasks"],
            "threads": [name for name in inner["threads"] if not _POOLS.fullmatch(name)],
            "processes": sorted(_below(pid)),
            "groups": [str(group) for group in evidence.groups(data_dir)],
            "mounts": sorted(evidence.mounts(data_dir)),
            "loop devices": loop.devices_of(data_dir / "engine/pool.img"),
            "rows": _rows(data_dir / "state.db"),
            "files": _files(data_dir),
        },
        memory=_resident(pid),
        disk=_size(data_dir),
        objects=inner["objects"],
    )


def _line(descriptor: int) -> bytes:
    text = b""
    while not text.endswith(b"\n"):
        text += os.read(descriptor, 1 << 16)
    return text


def _descriptors(pid: int) -> dict[str, int]:
    """Count descriptors by what they are, without the numbers of sockets and pipes."""
    found: Counter[str] = Counter()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found[_PATHS.sub("N", str(link.readlink()))] += 1
        except FileNotFoundError:
            continue
    return dict(sorted(found.items()))


def _below(top: int) -> list[str]:
    """Return the command lines of all processes below one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(entry.parent.name)] = int(fields[1])
    found = {top}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return [_command(pid) for pid in found - {top}]


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return b" ".join(words).decode(errors="replace")[:120]


def _rows(database: Path) -> dict[str, int]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        count = "SELECT count(*) FROM {}"
        return {name: connection.execute(count.format(name)).fetchone()[0] for (name,) in names}
    finally:
        connection.close()


def _files(data_dir: Path) -> list[str]:
    """Name what is in the data directory, but what a base system consists of."""
    found = []
    for directory, names, files in os.walk(data_dir):
        inner = Path(directory).relative_to(data_dir)
        names[:] = [name for name in names if not name.startswith("base")]
        found += [str(inner / name) for name in (*names, *files)]
    return sorted(found)


def _size(data_dir: Path) -> float:
    return sum(path.lstat().st_blocks for path in data_dir.rglob("*")) * 512 / 2**20


def _resident(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024
