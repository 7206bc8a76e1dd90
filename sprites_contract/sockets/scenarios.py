"""How to talk on each WebSocket: where it is, what is said at the end, what must come then."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import urlencode

from attrs import frozen
from websockets.sync.client import ClientConnection

from sprites_contract.document import operations
from sprites_contract.drift import Drift
from sprites_contract.sessions import open_socket, start_session
from sprites_contract.sockets.conversation import (
    LOCAL_PATIENCE,
    PATIENCE,
    Conversation,
    SocketFaultError,
)
from sprites_contract.sockets.inputs import Frame
from sprites_contract.target import Client, Target

_INPUT = bytes(range(256)) + b"what was said\n"
_KILLED = range(129, 165)
_WATCHED, _MOVED = "/home/sprite/watched.txt", "/home/sprite/moved.txt"
_PREFIX = "control:"
_ENDS = ("op.complete", "op.error")
_TRUE = {"type": "op.start", "op": "exec", "args": {"cmd": ["true"], "path": "true"}}
_CAT = {"type": "op.start", "op": "exec", "args": {"cmd": ["cat"], "path": "cat", "stdin": "true"}}
_LIST = {"type": "op.start", "op": "fs.list", "args": {"path": "/home/sprite"}}
_NOTHING = {"type": "op.start", "op": "fs.read"}


@frozen
class Place:
    """Where the conversations take place."""

    target: Target
    http: Client
    port: int = 0
    """A port in the sprite on which an HTTP server listens; 0 when there is none."""

    @property
    def patience(self) -> float:
        """How long to listen, in seconds."""
        return LOCAL_PATIENCE if self.target.local else PATIENCE

    def path(self, rest: str) -> str:
        """Return the path of something of the sprite."""
        return f"/v1/sprites/{self.target.sprite}{rest}"

    def wait(self) -> None:
        """Return when the next handshake may be sent."""
        self.http.wait()


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


def require(check: str, holds: bool, message: str) -> None:  # noqa: FBT001 - the very point
    """Check something that is more than a schema can say."""
    if not holds:
        raise SocketFaultError(check, message)


def _first_is_info(talk: Conversation) -> None:
    first = talk.messages[0] if talk.messages and isinstance(talk.frames[0], str) else {}
    require("socket_order", first.get("type") == "session_info", f"first came {talk.frames[:1]}")


def _command(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """Whatever was said before, input is passed on, and the exit comes last."""
    del place
    talk.say(*inputs, b"\x00" + _INPUT, b"\x04")
    for _frame in talk.listen():
        pass
    _first_is_info(talk)
    exits = [frame for frame in talk.frames if isinstance(frame, bytes) and frame[:1] == b"\x03"]
    require("socket_order", len(exits) == 1, f"{len(exits)} exit frames")
    require("socket_order", talk.frames[-1] == exits[0], f"{talk.frames[-1]!r} after the exit")
    code = exits[0][1] if isinstance(exits[0], bytes) else 0
    told = f"code {code} and {talk.output!r}"
    wanted = b"".join(each[1:] for each in inputs if isinstance(each, bytes) and each[:1] == b"\0")
    passed = code == 0 and talk.output == wanted + _INPUT
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


def _control(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
    """Every operation ends once, whatever it was told, and then another one can begin."""
    del place
    for said in inputs:
        talk.say(said)
        if (operation := _started(said)) is not None:
            talk.say(b"")  # what a file that is written shall hold; nothing else listens
            _one_end(talk, operation)
    _run(talk, _TRUE)
    _run(talk, _LIST)
    listed = [message for message in talk.messages if "entries" in message]
    require("socket_input", bool(listed), f"fs.list answered {talk.messages[-2:]}")
    talk.say(f"{_PREFIX}{json.dumps(_NOTHING)}")
    done = talk.listen_for(*_ENDS)
    require("socket_input", done["type"] == "op.error", f"fs.read of nothing ended with {done}")
    _busy(talk)


def _run(talk: Conversation, start: dict[str, Any]) -> None:
    talk.say(f"{_PREFIX}{json.dumps(start)}")
    done = talk.listen_for(*_ENDS)
    wrong = start["op"] == "exec" and (done.get("args") or {}).get("exitCode") != 0
    told = f"{start['op']} ended with {done}"
    require("socket_input", done["type"] == "op.complete" and not wrong, told)


def _busy(talk: Conversation) -> None:
    """A second start before the end of the first is refused, and disturbs nothing."""
    talk.say(f"{_PREFIX}{json.dumps(_CAT)}")
    talk.listen_for("session_info")
    talk.say(f"{_PREFIX}{json.dumps(_LIST)}")
    refused = talk.listen_for(*_ENDS)
    require("socket_order", refused["type"] == "op.error", f"a second start gave {refused}")
    talk.output = b""
    talk.say(b"\x00" + _INPUT, b"\x04")
    done = talk.listen_for(*_ENDS)
    require("socket_order", done["type"] == "op.complete", f"after a second start: {done}")
    require("socket_input", talk.output == _INPUT, f"cat said {talk.output!r}")


def _started(said: Frame) -> str | None:
    """Return the operation that a message starts, if it does."""
    if isinstance(said, bytes):
        return None
    try:
        message = json.loads(said.removeprefix(_PREFIX))
    except ValueError:
        return None
    starts = isinstance(message, dict) and message.get("type") == "op.start"
    return str(message.get("op")) if starts else None


def _one_end(talk: Conversation, operation: str) -> None:
    done = talk.listen_for(*_ENDS)
    code = (done.get("args") or {}).get("exitCode")
    told = f"{operation} ended with {done}"
    complete = done["type"] == "op.complete" and operation == "exec"
    require("socket_input", not complete or isinstance(code, int), told)


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


def listen_inside(place: Place) -> int:
    """Start an HTTP server in the sprite, and return its port when the watch of ports tells it.

    Another one is started and ended first: the watch tells that, too.

    Raises:
        SocketFaultError: If the watch says something undocumented, or never tells the port.
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
            raise SocketFaultError("port_told", f"the watch closed without port {port}")
        yield talk


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
    Scenario("open_control", "control", lambda _place: "/control", _control),
    Scenario("open_proxy", "tunnel", lambda _place: "/proxy", _tunnel),
    Scenario("open_proxy", "through", lambda _place: "/proxy", _through, listens=True),
    Scenario("watch_files", "watch", lambda _place: "/fs/watch", _watched),
    Scenario("watch_ports", "ports", lambda _place: "/ports/watch", _ports),
)
READ_ONLY = {"watch_ports"}
