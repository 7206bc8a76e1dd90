"""Messages about a session, on sockets of its own and on control sockets."""

from __future__ import annotations

import signal
from typing import Any

from starlette.websockets import WebSocket

from sprites_local.http import BadBodyError, parse_object
from sprites_local.ports import PortWatches
from sprites_local.session import Session
from sprites_local.sockets import send_json

_SIGNALS = {"INT", "TERM", "HUP", "KILL", "QUIT", "USR1", "USR2"}


def session_info(session: Session, *, owner: bool) -> dict[str, Any]:
    """Make the first message about a session."""
    rows, cols = session.size
    return {
        "type": "session_info",
        "session_id": session.id,
        "command": session.command,
        "created": int(session.created),
        "cols": cols,
        "rows": rows,
        "is_owner": owner,
        "tty": session.tty,
    }


async def tell_ports(socket: WebSocket, session: Session, ports: PortWatches) -> None:
    """Tell the ports that are opened and closed while the command runs."""
    async with ports.following(session.sprite_id) as view:
        while not session.exited.is_set():
            for event in await view.changes():
                await send_json(socket, event)


async def obey(session: Session, text: str) -> None:
    """Obey a text message; what is not understood is ignored, as the platform does."""
    try:
        message = parse_object(text)
    except BadBodyError:
        return
    if message.get("type") == "signal" and message.get("signal") in _SIGNALS:
        await session.process.signal(signal.Signals[f"SIG{message['signal']}"])
    elif message.get("type") == "resize":
        rows, cols = _side(message.get("rows")), _side(message.get("cols"))
        if rows and cols:
            session.size = (rows, cols)
            await session.process.resize(rows, cols)


def _side(value: Any) -> int:
    """Return a usable number of rows or columns, else 0."""
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 10_000
    return value if usable else 0
