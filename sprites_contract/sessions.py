"""Starting commands that stay, for the operations that need a session."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode

from websockets.sync.client import ClientConnection, connect

from sprites_contract.target import Target

_PATIENCE = 60.0
_STAYS = ("sleep", "100000")


@contextmanager
def open_socket(url: str, token: str, path: str) -> Iterator[ClientConnection]:
    """Open a WebSocket, and close it at the end."""
    with connect(
        f"{url.replace('http', 'ws', 1)}{path}",
        additional_headers={"Authorization": f"Bearer {token}"} if token else {},
        open_timeout=_PATIENCE,
        close_timeout=_PATIENCE,
        max_size=None,
        compression=None,
        proxy=None,
    ) as socket:
        yield socket


def start_session(target: Target, words: Sequence[str] = _STAYS) -> str:
    """Start a command that runs on without a client, and return the id of its session.

    Raises:
        WebSocketException: If the handshake or the connection fails.
        OSError: If there is no connection, or no answer in time.
        ValueError, KeyError: If a message is not what it should be.
    """
    query = urlencode([*(("cmd", word) for word in words), ("max_run_after_disconnect", "0")])
    target.pace.wait()
    path = f"/v1/sprites/{target.sprite}/exec?{query}"
    with open_socket(target.url, target.token, path) as socket:
        while True:
            message = socket.recv(timeout=_PATIENCE)
            if isinstance(message, str) and "session_info" in message:
                return str(json.loads(message)["session_id"])
