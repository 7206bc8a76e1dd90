"""Finding the TCP ports that the processes below one listen on.

Looking is all there is: the kernel tells nobody when a port is opened. It is asked for the
sockets that listen, and where it does not answer such questions, /proc tells as well. Linux only;
elsewhere nothing is found.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sprites_local import processes, sock_diag
from sprites_local.engines.base import Listener

_LISTEN: Final = "0A"
_LARGEST_TABLE: Final = 16 << 20
_WORDS: Final = struct.Struct(f"{'<' if sys.byteorder == 'little' else '>'}I")


MakeSocket = Callable[[socket.AddressFamily], Awaitable[socket.socket]]
InThread = Callable[..., Awaitable[Any]]
_Table = dict[int, tuple[str, int]]


class Asker:
    """Asks about the sockets of one network, and keeps what it asks with for the next time."""

    def __init__(self, make_socket: MakeSocket) -> None:
        """Set up; `make_socket` makes a socket in the network."""
        self._make_socket = make_socket
        self._asking: socket.socket | None = None

    async def listening(self) -> _Table:
        """Return the sockets that listen: address and port by inode.

        Raises:
            OSError: If the kernel does not tell.
        """
        try:
            if self._asking is None:
                self._asking = await self._make_socket(socket.AF_NETLINK)
            return dict(sock_diag.listening(self._asking))
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the network."""
        if self._asking is not None:
            self._asking.close()
            self._asking = None


async def find(
    pid: int,
    known: Collection[Listener],
    *,
    asker: Asker,
    in_thread: InThread,
    shared: bool,
    besides: Collection[tuple[str, int]] = (),
) -> list[Listener]:
    """List the ports that `pid` and its descendants listen on.

    Args:
        pid: A process of the sprite, from which all others descend.
        known: What was found earlier and needs no second look.
        asker: Asks about the sprite's network.
        in_thread: Runs what reads much.
        shared: Whether others use the same network; what nobody here holds is then left out.
        besides: Addresses and ports to leave out, without looking for who holds them.
    """
    if sys.platform != "linux":
        return []
    try:
        table = await asker.listening()
    except OSError:
        table = await in_thread(_tables, pid)
    table = {inode: place for inode, place in table.items() if place not in besides}
    earlier = {listener.inode: listener for listener in known}
    new = table.keys() - earlier.keys()
    owners = await in_thread(_owners, pid, new) if new else {}
    found = [earlier[inode] for inode in table if inode in earlier]
    for inode in new:
        if inode in owners or not shared:
            address, port = table[inode]
            found.append(Listener(port, address, owners.get(inode, 0), inode))
    return sorted(found, key=lambda one: (one.port, one.address, one.inode))


def _tables(pid: int) -> _Table:
    return dict(_lines(pid))


def _lines(pid: int) -> Iterator[tuple[int, tuple[str, int]]]:
    """Yield the listening sockets of a process's network: inode, then address and port."""
    for name in ("tcp", "tcp6"):
        # A kernel without IPv6 has no second table, and a process that is gone has none at all.
        with suppress(FileNotFoundError, ProcessLookupError, OSError):
            with Path(f"/proc/{pid}/net/{name}").open("rb") as file:
                text = file.read(_LARGEST_TABLE).decode("ascii", "replace")
            for line in text.splitlines()[1:]:
                fields = line.split()
                if len(fields) > 9 and fields[3] == _LISTEN:
                    yield int(fields[9]), _address(fields[1])


def _address(text: str) -> tuple[str, int]:
    """Read `0100007F:1F90`: words of the machine's own byte order, then a port."""
    address, _, port = text.partition(":")
    words = [int(address[start : start + 8], 16) for start in range(0, len(address), 8)]
    data = b"".join(_WORDS.pack(word) for word in words)
    family = socket.AF_INET if len(data) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, data), int(port, 16)


def _owners(top: int, wanted: set[int]) -> dict[int, int]:
    """Find who holds sockets: by inode, the number that the process has inside the sprite."""
    targets = {f"socket:[{inode}]": inode for inode in wanted}
    found: dict[int, int] = {}
    for pid in (top, *(task.pid for task in processes.descendants(top))):
        # Processes come and go, and some do not let everybody look.
        with suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 - this is quicker
                with suppress(OSError):
                    inode = targets.get(os.readlink(f"/proc/{pid}/fd/{name}"))  # noqa: PTH115
                    if inode is not None and inode not in found:
                        found[inode] = _number_inside(pid)
    return found


def _number_inside(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines():
        if line.startswith("NSpid:"):
            return int(line.split()[-1])
    return pid
