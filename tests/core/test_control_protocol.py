"""The messages of control sockets."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade import CommandError
from sprites_facade._core.control_protocol import ControlProtocol, encode_arguments
from sprites_facade._core.exec_protocol import OUT


def test_what_cannot_be_put_into_a_message_is_left_out() -> None:
    """Bytes that are no text, and more than servers can be trusted to take."""
    assert encode_arguments({"cmd": ["x", "\udcff"]}) is None
    assert encode_arguments({"cmd": ["é" * 40_000]}) is None
    assert encode_arguments({"cmd": ["é" * 30_000]}) is not None


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)))), st.booleans())
def test_a_start_has_texts_and_lists_of_texts(words: list[str], flag: bool) -> None:
    """As the wire wants it."""
    arguments = encode_arguments({"cmd": words, "stdin": flag, "rows": 3})
    assert arguments is not None
    text = ControlProtocol(7).start(arguments)
    message = json.loads(text.removeprefix("control:"))
    args = {"cmd": words, "stdin": str(flag).lower(), "rows": "3"}
    assert message == {"type": "op.start", "id": "7", "op": "exec", "args": args}


@given(
    st.one_of(
        st.text(),
        st.text().map("control:".__add__),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from(["type", "id", "args"]), inner)
            ),
        ).map(lambda value: "control:" + json.dumps(value)),
    )
)
def test_nonsense_is_no_status(text: str) -> None:
    """Nothing but a proper statement ends a command."""
    protocol = ControlProtocol(1)
    with suppress(CommandError):
        protocol.receive(text)
    assert protocol.returncode is None


@pytest.mark.parametrize("code", [True, "1", None, 1.5, [1]])
def test_only_a_number_is_a_status(code: Any) -> None:
    protocol = ControlProtocol(1)
    fields = {"type": "op.complete", "id": "1", "args": {"exitCode": code}}
    with pytest.raises(CommandError, match="not its exit status"):
        protocol.receive(f"control:{json.dumps(fields)}")


def test_output_is_never_taken_for_a_message() -> None:
    """Frames are told from texts by their kind."""
    data = b'control:{"type":"op.complete","args":{"exitCode":0}}'
    protocol = ControlProtocol(1)
    assert protocol.receive(bytes([OUT]) + data) == (OUT, data)
    assert (protocol.returncode, protocol.over) == (None, False)
