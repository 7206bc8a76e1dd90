"""How to talk on each WebSocket: where it is, what is said at the end, what must come then."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import urlencode

from attrs import frozen
from websockets.sync.client import ClientConnection

from sprites_contract.promises import require
from sprites_contract.sessions import open_socket, start_session
from sprites_contract.sockets.control import on_control
from sprites_contract.sockets.conversation import INPUT, Conversation
from sprites_contract.sockets.inputs import Frame
from sprites_contract.sockets.place import Place

_KILLED = range(129, 165)
_WATCHED, _MOVED = "/home/sprite/watched.txt", "/home/sprite/moved.txt"

Ending = Callable[[Place, Conversation, list[Frame]], None]


@frozen
class Scenario:
    """One way to use a WebSocket."""

    operation: str
    name: str
    path: Callable[[Place], str]
    talk: Ending
    raw: bool = False
    listens: bool = False
    """Whether it needs a server inside the sprite."""

    def open(self, place: Place) -> AbstractContextManager[ClientConnection]:
        """Open the socket."""
        path = place.path(self.path(place))
        place.wait()
        return open_socket(place.target.url, place.target.token, path)


def _first_is_info(talk: Conversation) -> None:
    first = talk.messages[0] if talk.messages and isinstance(talk.frames[0], str) else {}
    require("socket_order", first.get("type") == "session_info", f"first came {talk.frames[:1]}")


def _command(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """Whatever was said before, input is passed on, and the exit comes last."""
    del place
    talk.say(*inputs, b"\x00" + INPUT, b"\x04")
    for _frame in talk.listen():
        pass
    _first_is_info(talk)
    exits = [frame for frame in talk.frames if isinstance(frame, bytes) and frame[:1] == b"\x03"]
    require("socket_order", len(exits) == 1, f"{len(exits)} exit frames")
    require("socket_order", talk.frames[-1] == exits[0], f"{talk.frames[-1]!r} after the exit")
    code = exits[0][1] if isinstance(exits[0], bytes) else 0
    told = f"code {code} and {talk.output!r}"
    wanted = b"".join(each[1:] for each in inputs if isinstance(each, bytes) and each[:1] == b"\0")
    passed = code == 0 and talk.output == wanted + INPUT
    signalled = code in _KILLED and any("signal" in str(each) for each in inputs)
    require("socket_input", passed or signalled, told)


def _terminal(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """A terminal ends with the text message `exit`."""
    del place
    texts = [frame for frame in inputs if isinstance(frame, str)]
    talk.say(*texts, json.dumps({"type": "signal", "signal": "KILL"}))
    for _frame in talk.listen():
        pass
    _first_is_info(talk)
    last = talk.messages[-1]
    require("socket_order", last.get("type") == "exit", f"the last message is {last}")
    require("socket_order", isinstance(talk.frames[-1], str), "output after the exit")


def _attached(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """An attached client sees the end of the command."""
    talk.say(*inputs)
    info = talk.listen_for("session_info")
    require("socket_order", info.get("is_owner") is False, "a guest is told to be the owner")
    kill = place.path(f"/exec/{info['session_id']}/kill")
    status = place.http.post(kill, params={"signal": "KILL"}).status_code
    require("socket_input", status in {200, 410}, f"killing the session gave {status}")
    for _frame in talk.listen():
        pass
    require("socket_order", talk.frames[-1][:1] == b"\x03", f"last came {talk.frames[-1]!r}")


def _tunnel(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """Nobody listens where tunnels of this run lead to: each ends with a code."""
    del place
    talk.say(inputs[0] if inputs else json.dumps({"port": 1}))
    for _frame in talk.listen():
        pass


def _through(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """What comes out of a tunnel is what the server inside said; texts on the way are ignored."""
    talk.say(json.dumps({"host": "127.0.0.1", "port": place.port}))
    for _frame in talk.listen():
        break
    first = talk.messages[0] if talk.messages else {}
    require("socket_order", first.get("status") == "connected", f"first came {talk.frames}")
    talk.say(*(each for each in inputs if isinstance(each, str)), b"GET / HTTP/1.0\r\n\r\n")
    for _frame in talk.listen():
        pass
    said = talk.output
    require("socket_input", said.startswith(b"HTTP/1.0 200 "), f"the tunnel said {said[:80]!r}")
    require("socket_input", said.endswith(b"</html>\n"), f"the tunnel ended with {said[-80:]!r}")


def _watched(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """Whatever was said before, what becomes of a file is told."""
    talk.say(*inputs)
    talk.say(json.dumps({"type": "subscribe", "paths": ["/home/sprite"]}))
    while "/home/sprite" not in (talk.listen_for("subscribed").get("paths") or ()):
        pass
    http, moved = place.http, {"source": _WATCHED, "dest": _MOVED}
    http.put(place.path("/fs/write"), params={"path": _WATCHED}, content=b"x")
    _event(talk, _WATCHED, {"create", "write"})
    http.post(place.path("/fs/chmod"), json={"path": _WATCHED, "mode": "0600"})
    _event(talk, _WATCHED, {"chmod"})
    http.post(place.path("/fs/rename"), json=moved)
    _event(talk, _WATCHED, {"rename"})
    http.delete(place.path("/fs/delete"), params={"path": _MOVED})
    _event(talk, _MOVED, {"remove"})


def _event(talk: Conversation, path: str, kinds: set[str]) -> None:
    while True:
        told = talk.listen_for("event")
        if told.get("path") == path and told.get("event") in kinds:
            return


def _ports(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """The list of ports comes first, whatever the client says."""
    del place
    talk.say(*inputs)
    talk.listen_for("port_list")
    require("socket_order", len(talk.frames) == 1, f"first came {talk.frames[0]!r}")


def _exec(**query: str) -> Callable[[Place], str]:
    return lambda _place: f"/exec?{urlencode({'cmd': 'cat', **query})}"


def _session(place: Place) -> str:
    return f"/exec/{start_session(place.target)}"


SCENARIOS = (
    Scenario("list_sessions", "command", _exec(stdin="true"), _command),
    Scenario("list_sessions", "terminal", _exec(tty="true"), _terminal, raw=True),
    Scenario("attach_session", "attach", _session, _attached),
    Scenario("open_control", "control", lambda _place: "/control", on_control),
    Scenario("open_proxy", "tunnel", lambda _place: "/proxy", _tunnel),
    Scenario("open_proxy", "through", lambda _place: "/proxy", _through, listens=True),
    Scenario("watch_files", "watch", lambda _place: "/fs/watch", _watched),
    Scenario("watch_ports", "ports", lambda _place: "/ports/watch", _ports),
)
READ_ONLY = {"watch_ports"}
