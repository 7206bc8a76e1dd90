"""What clients may say, and what they should not."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from sprites_contract.document import resolve

Frame = str | bytes

_PATHS = ["/home/sprite", "/home/sprite/none", "/home/sprite/none/..", "home/sprite"]
# What a client of ours says must not lead out of the sprite, nor make it look at everything.
_HARMLESS: dict[str, st.SearchStrategy[Any]] = {
    "host": st.sampled_from(["localhost", "127.0.0.1", ""]),
    "port": st.sampled_from([1, 9, 65_535]),
    "paths": st.lists(st.sampled_from(_PATHS), max_size=3),
    "workingDir": st.sampled_from(_PATHS),
    "signal": st.sampled_from(["INT", "TERM", "HUP", "USR1"]),
}
_KNOWN = re.compile(r"`([^`]*)`")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
_THINGS = st.sampled_from(["/home/sprite/told", "told", "/home/sprite/none/told", ""])
_WORDS = [["true"], ["false"], ["echo", "told"], ["no-such-program"], []]
# What an operation of a control socket is told, useful or not.
_ARGUMENTS = (
    st.fixed_dictionaries(
        {},
        optional={
            "cmd": st.sampled_from(_WORDS),
            "path": _THINGS,
            "source": _THINGS,
            "dest": _THINGS,
            "mode": st.sampled_from(["0644", "0755", "rwx"]),
            "uid": st.sampled_from(["sprite", "nobody-here"]),
            "port": st.sampled_from(["1", "9", "x"]),
        },
    )
    | _JSON
)
_HARMLESS["args"] = _ARGUMENTS
_ODD_TEXTS = st.sampled_from(
    [
        "",
        "{",
        "null",
        "[]",
        '"',
        "{}",
        '{"type":}',
        "control:",
        "control:{",
        '{"type":"' + "x" * 5000,
    ]
)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that match a schema of the kinds that messages are made of."""
    schema = resolve(schema)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "oneOf" in schema:
        return st.one_of([values(option) for option in schema["oneOf"]])
    kind = schema.get("type")
    if kind == "object":
        return _objects(schema)
    if kind == "array":
        return st.lists(values(schema.get("items", {})), max_size=3)
    known = _known(schema)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        "string": st.sampled_from(known) | st.text(max_size=8) if known else st.text(max_size=20),
        "integer": st.integers(schema.get("minimum", -5), schema.get("maximum", 100_000)),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return simple.get(kind, _JSON)


def _known(schema: dict[str, Any]) -> list[str]:
    told = str(schema.get("description", ""))
    return _KNOWN.findall(told) if told.startswith("Known values") else []


def _objects(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    properties = {
        name: _HARMLESS[name] if name in _HARMLESS and name in schema["properties"] else values(of)
        for name, of in schema.get("properties", {}).items()
    }
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: properties[name] for name in required},
        optional={name: properties[name] for name in properties.keys() - required},
    )


def valid_messages(websocket: dict[str, Any]) -> st.SearchStrategy[Frame]:
    """Return messages of a client that match the document."""
    components = websocket.get("client_messages", [])
    prefix = websocket.get("text_prefix", "")
    if not components:
        return st.nothing()
    return st.one_of([values(component) for component in components]).map(
        lambda message: prefix + json.dumps(message)
    )


def valid_frames(websocket: dict[str, Any]) -> st.SearchStrategy[Frame]:
    """Return frames with the input of a command, if the document has such frames."""
    names = {frame["name"]: frame["first_byte"] for frame in websocket.get("frames", ())}
    if "stdin" not in names:
        return st.nothing()
    first = bytes([int(names["stdin"], 16)])
    # Hypothesis finds the short ones; a long one takes more than one read of the server.
    data = st.binary(max_size=40) | st.binary(min_size=1, max_size=9).map(lambda part: part * 9_000)
    return data.map(lambda part: first + part)


def invalid_messages(websocket: dict[str, Any]) -> st.SearchStrategy[Frame]:
    """Return what a client should not say: spoilt messages, other JSON, no JSON, bytes."""
    spoilt: st.SearchStrategy[Frame] = (
        st.tuples(valid_messages(websocket), st.integers(1, 8)).map(
            lambda pair: pair[0][: -pair[1]]
        )
        if websocket.get("client_messages")
        else st.nothing()
    )
    return st.one_of(
        spoilt,
        st.builds(_with_other_type, st.text(max_size=8), _JSON),
        _JSON.map(json.dumps),
        _ODD_TEXTS,
        st.text(max_size=40),
        st.binary(max_size=40).map(_no_start),
    )


def _with_other_type(kind: str, value: Any) -> str:
    return json.dumps({"type": kind, "value": value})


def _no_start(data: bytes) -> bytes:
    """Leave alone the input of a command, and its end: they are no mistakes."""
    return b"\x07" + data
