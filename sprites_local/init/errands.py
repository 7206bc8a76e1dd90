"""What a launcher does for its server in the sprite's network, which the server cannot enter.

All that comes of it are sockets: they stay of that network, whoever holds them.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

from sprites_local import sock_diag
from sprites_local.init import doorway, frames, nftables

Request = dict[str, Any]


def make_socket(request: Request) -> list[socket.socket]:
    """Make a socket that connects, or asks questions."""
    return [sock_diag.make_socket(request["family"])]


def open_door(_: Request) -> list[socket.socket]:
    """Open the sprite's door; see `sprites_local.egress.door`."""
    with ExitStack() as undo:
        sockets = doorway.make_sockets()
        for sock in sockets:
            undo.callback(sock.close)
        nftables.divert(doorway.LISTENER, doorway.OWN)
        doorway.lead_out()
        undo.pop_all()
    return [*sockets]


def wall_up(_: Request) -> list[socket.socket]:
    """Make sure that nothing leads to a door."""
    doorway.wall_up()
    return []


def run(
    errand: Callable[[Request], list[socket.socket]], server: frames.Connection, request: Request
) -> None:
    """Do it and hand over the sockets, or tell the number of the error."""
    try:
        made = errand(request)
    except OSError as error:
        server.send({"seq": request["seq"], "errno": error.errno or errno.EIO})
        return
    with ExitStack() as handed_over:
        for sock in made:
            handed_over.callback(sock.close)
        server.send({"seq": request["seq"]}, *[sock.fileno() for sock in made])


ERRANDS: Final[Mapping[str, Callable[[frames.Connection, Request], None]]] = {
    "socket": partial(run, make_socket),
    "door": partial(run, open_door),
    "wall": partial(run, wall_up),
}
"""By the operation of a request."""
