"""How to talk on the control socket."""

from __future__ import annotations

import json
from typing import Any

from sprites_contract.promises import require
from sprites_contract.sockets.conversation import INPUT, Conversation
from sprites_contract.sockets.inputs import Frame
from sprites_contract.sockets.place import Place

_PREFIX = "control:"
_ENDS = ("op.complete", "op.error")
_TRUE = {"type": "op.start", "op": "exec", "args": {"cmd": ["true"], "path": "true"}}
_CAT = {"type": "op.start", "op": "exec", "args": {"cmd": ["cat"], "path": "cat", "stdin": "true"}}
_LIST = {"type": "op.start", "op": "fs.list", "args": {"path": "/home/sprite"}}
_NOTHING = {"type": "op.start", "op": "fs.read"}


def on_control(place: Place, talk: Conversation, inputs: list[Frame]) -> None:
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
    talk.say(b"\x00" + INPUT, b"\x04")
    done = talk.listen_for(*_ENDS)
    require("socket_order", done["type"] == "op.complete", f"after a second start: {done}")
    require("socket_input", talk.output == INPUT, f"cat said {talk.output!r}")


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
