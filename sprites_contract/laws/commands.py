"""Commands that run while checkpoints are taken and restored."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

from attrs import field, frozen
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection

from sprites_contract.laws.wire import LawBrokenError, Wire
from sprites_contract.sessions import open_socket
from sprites_contract.target import Target

_PATIENCE = 30.0
_RUNNING = r"""for it in /proc/[0-9]*/cmdline; do tr '\0' ' ' < "$it"; echo; done 2> /dev/null |
grep '^sleep ' || true"""


@frozen
class Command:
    """A command with a client."""

    marker: str
    session: str
    socket: ClientConnection = field(repr=False)
    close: Callable[[], None] = field(repr=False)


def start(target: Target, wire: Wire, marker: str) -> Command:
    """Start a command that stays, and hold its first message against the laws."""
    wire.http.wait()
    query = urlencode([("cmd", "sleep"), ("cmd", marker), ("max_run_after_disconnect", "0")])
    stack, path = ExitStack(), f"/v1/sprites/{wire.name}/exec?{query}"
    try:
        socket = stack.enter_context(open_socket(target.url, target.token, path))
        first = _first_message(socket)
    except (WebSocketException, OSError) as error:
        raise LawBrokenError("sessions", f"a command did not start: {error}") from error
    if first.get("type") != "session_info" or first.get("tty") or not first.get("is_owner"):
        raise LawBrokenError("sessions", f"the first message is {first}")
    return Command(marker, str(first.get("session_id")), socket, stack.close)


def _first_message(socket: ClientConnection) -> dict[str, Any]:
    text = socket.recv(timeout=_PATIENCE)
    found = json.loads(text) if isinstance(text, str) else {}
    return found if isinstance(found, dict) else {}


def ended(command: Command, patience: float) -> bool:
    """Tell whether the socket of a command ends, as it must when the command did."""
    deadline = time.monotonic() + patience
    try:
        while (left := deadline - time.monotonic()) > 0:
            command.socket.recv(timeout=left)
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False
    return False


def running(wire: Wire, markers: set[str]) -> set[str]:
    """Return which commands run, by looking at the processes."""
    lines = wire.shell(_RUNNING, within="/home/sprite").splitlines()
    return {line.split()[1] for line in lines} & markers


def listed(wire: Wire) -> dict[str, bool]:
    """Return the sessions by id, and whether they run."""
    return {str(entry["id"]): entry.get("is_active", True) for entry in wire.sessions()}
