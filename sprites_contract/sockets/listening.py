"""Servers inside a sprite, for tunnels to lead to and for watches to tell of."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from sprites_contract.document import operations
from sprites_contract.drift import Drift
from sprites_contract.promises import BrokenPromiseError
from sprites_contract.sessions import open_socket, start_session
from sprites_contract.sockets.conversation import Conversation
from sprites_contract.sockets.place import Place


def listen_inside(place: Place) -> int:
    """Start an HTTP server in the sprite, and return its port when the watch of ports tells it.

    Another one is started and ended first: the watch tells that, too.

    Raises:
        BrokenPromiseError: If the watch says something undocumented, or never tells the port.
    """
    ended, session = _start_listener(place)
    with _told(place, ended) as talk:
        kill = place.path(f"/exec/{session}/kill")
        place.http.post(kill, params={"signal": "KILL"}).raise_for_status()
        while talk.listen_for("port_closed").get("port") != ended:
            pass
    port, _ = _start_listener(place)
    with _told(place, port):
        return port


def _start_listener(place: Place) -> tuple[int, str]:
    port = 20_000 + secrets.randbelow(40_000)
    words = ("python3", "-m", "http.server", str(port), "--bind", "127.0.0.1")
    return port, start_session(place.target, words)


@contextmanager
def _told(place: Place, port: int) -> Iterator[Conversation]:
    """Watch the ports, and yield the conversation when one was told."""
    watch = operations()["watch_ports"]
    path = place.path("/ports/watch")
    place.wait()
    with open_socket(place.target.url, place.target.token, path) as socket:
        talk = Conversation(watch, socket, Drift(), patience=place.patience)
        for _frame in talk.listen():
            ports = talk.messages[-1].get("ports") or [talk.messages[-1]]
            if any(each.get("port") == port for each in ports):
                break
        else:
            raise BrokenPromiseError("port_told", f"the watch closed without port {port}")
        yield talk
