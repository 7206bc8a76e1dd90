"""Why a machine may refuse user namespaces, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

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
    "mount_setattr": "Linux 5.12 or later is needed",
    "open_tree": "Linux 5.2 or later is needed",
    "unshare": "a container's system call filter may forbid new namespaces",
    "no Python": "a Python 3.11 or later under /usr, or one that can be copied, is needed",
}


def explain(error: Exception) -> str:
    """Say what this machine lacks."""
    text = str(error)
    for name, (value, advice) in _SWITCHES.items():
        path = Path("/proc/sys", name)
        if path.exists() and path.read_text().strip() == value:
            return f"{text} ({advice})"
    for sign, advice in _SIGNS.items():
        if sign in text:
            return f"{text} ({advice})"
    return text
