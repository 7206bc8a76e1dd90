"""Who is at the other end of a local socket, as the kernel says. Standard library only."""

from __future__ import annotations

import socket
import struct
import sys
from typing import Final

_LINUX: Final = sys.platform.startswith("linux")
_CREDENTIALS: Final = struct.Struct("iII")
_LOCAL_PEERCRED: Final = 1
_XUCRED: Final = struct.Struct("=II")
"""How the answer of macOS and the BSDs begins: a version, the user."""
_LONGEST: Final = 128


def user_of(sock: socket.socket) -> int:
    """Return the user of the process that connected, or that listened."""
    if _LINUX:
        return _linux(sock)[1]
    answer = sock.getsockopt(0, getattr(socket, "LOCAL_PEERCRED", _LOCAL_PEERCRED), _LONGEST)
    _, user = _XUCRED.unpack_from(answer)
    return int(user)


def process_of(sock: socket.socket) -> int | None:
    """Return the number of that process; None where the system does not say."""
    return _linux(sock)[0] if _LINUX else None


def _linux(sock: socket.socket) -> tuple[int, int]:
    answer = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, user, _ = _CREDENTIALS.unpack(answer)
    return pid, user
