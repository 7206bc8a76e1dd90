"""Who the users of a sprite are to the host.

Some of what the kernel has it counts by user, whatever namespace he is in: descriptors on their way
through sockets, pages in pipes, keys, instances of inotify. Were two sprites the same users, one
could leave nothing of that to the other. So each has ids of its own, of a range that is given to
nobody else, and that systemd too leaves alone.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

from sprites_local.init.launch import MAPPED_IDS

_FIRST: Final = 0x7000_0000
_BLOCKS: Final = 4094
"""So two sprites may have the same ids after all, but nobody chooses with whom."""
SHARED: Final = 100_000
"""Of all sprites, where the server is root of a container that has not got so many; and once."""


def first_of(sprite: str, *, apart: bool) -> int:
    """Return the first id of a sprite."""
    if not apart:
        return SHARED
    return _FIRST + zlib.crc32(sprite.encode()) % _BLOCKS * MAPPED_IDS


def are_enough() -> bool:
    """Tell whether this machine has the ids that it takes to keep sprites apart."""
    try:
        tables = [Path("/proc/self", kind).read_text() for kind in ("uid_map", "gid_map")]
    except FileNotFoundError:  # without /proc there are other things to say first
        return False
    return all(map(_has_range, tables))


def first_of_running(pid: int) -> int:
    """Return the first id of a booted sprite by its PID 1, which another version may have chosen.

    Raises:
        OSError: If it is gone.
    """
    return int(Path(f"/proc/{pid}/uid_map").read_text().split()[1])


def _has_range(table: str) -> bool:
    for line in table.splitlines():
        first, _, count = map(int, line.split())
        if first <= _FIRST and first + count >= _FIRST + _BLOCKS * MAPPED_IDS:
            return True
    return False
