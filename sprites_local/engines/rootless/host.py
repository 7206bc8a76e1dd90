"""What the tier needs of a machine: a user without rights, and user namespaces."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sprites_local.engines.common import advice

UNPRIVILEGED_ID: Final = 1_999_999_000
"""Who sprites are to the host when the server is root: an id that nobody has."""

_SWITCHES: Final = {
    "kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "AppArmor restricts user namespaces; allow them with "
        "`sysctl kernel.apparmor_restrict_unprivileged_userns=0` or a profile for Python",
    ),
    "kernel/unprivileged_userns_clone": (
        "0",
        "user namespaces are switched off; allow them with "
        "`sysctl kernel.unprivileged_userns_clone=1`",
    ),
    "user/max_user_namespaces": (
        "0",
        "user namespaces are switched off; allow them with `sysctl user.max_user_namespaces=15000`",
    ),
}
_SIGNS: Final = {
    "mount proc": "a container hides parts of /proc, so that it cannot be mounted again",
    r"Errno (?:38|22)\] mount_setattr": "Linux 5.12 or later is needed",
    r"Errno 38\] open_tree": "Linux 5.2 or later is needed",
    "unshare": "a container's system call filter may forbid new namespaces",
    "no Python": "a Python 3.11 or later under /usr, or one that can be copied, is needed",
}


def sprite_ids() -> tuple[int, int]:
    """Return the user and the group that a sprite is outside of its namespaces."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    return _unprivileged_id("uid_map"), _unprivileged_id("gid_map")


def _unprivileged_id(kind: str) -> int:
    """Choose an id that exists: root of a container has few, or none but its own."""
    last = 0
    for line in Path("/proc/self", kind).read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= UNPRIVILEGED_ID < first + count:
            return UNPRIVILEGED_ID
        last = max(last, first + count - 1)
    return last


def switched_off() -> str | None:
    """Return what to do about a setting of this machine that forbids user namespaces."""
    for name, (value, remedy) in _SWITCHES.items():
        path = Path("/proc/sys", name)
        if path.exists() and path.read_text().strip() == value:
            return remedy
    return None


def explain(error: Exception) -> str:
    """Say what this machine lacks."""
    switch = switched_off()
    return f"{error} ({switch})" if switch is not None else advice.explain(error, _SIGNS)
