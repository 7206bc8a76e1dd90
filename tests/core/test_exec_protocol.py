"""The messages of a command's WebSocket, without a socket."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sprites_facade._core.errors import StreamFormatError
from sprites_facade._core.exec_protocol import ERR, OUT, ExecProtocol
from sprites_facade._core.output import Codec, Output, OutputBuffer

frames = st.lists(st.tuples(st.sampled_from([OUT, ERR]), st.binary(max_size=20)), max_size=20)


@given(frames, st.integers(0, 255))
def test_frames_come_out_as_they_went_in(sent: list[tuple[int, bytes]], code: int) -> None:
    """Each with its stream and its bytes, and then the exit status."""
    protocol = ExecProtocol(tty=False)
    assert [protocol.receive(bytes([stream]) + data) for stream, data in sent] == sent
    assert protocol.returncode is None
    assert protocol.receive(bytes([3, code])) is None
    assert protocol.returncode == code
    assert protocol.receive(bytes([OUT, 1])) is None


@given(st.text() | st.binary(), st.booleans())
def test_any_message_will_do(message: str | bytes, tty: bool) -> None:
    """It is output, or a status, or nothing, or an error that says so."""
    protocol = ExecProtocol(tty=tty)
    try:
        output = protocol.receive(message)
    except StreamFormatError:
        assert not tty
        assert isinstance(message, bytes)
        assert message[0] not in (OUT, ERR)
    else:
        assert output is None or isinstance(message, bytes)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_status_is_a_whole_number(value: Any) -> None:
    """Nothing else ends a command."""
    protocol = ExecProtocol(tty=True)
    protocol.receive(json.dumps({"type": "exit", "exit_code": value}))
    whole = isinstance(value, int) and not isinstance(value, bool)
    assert protocol.returncode == (value if whole else None)


@pytest.mark.parametrize(("told", "tty"), [(True, True), (False, False), (None, True)])
def test_the_session_knows_its_mode(told: bool | None, tty: bool) -> None:
    """It counts more than what was asked for."""
    protocol = ExecProtocol(tty=True)
    protocol.receive(json.dumps({"type": "session_info", "session_id": 7, "tty": told}))
    assert protocol.tty is tty
    assert protocol.session is not None
    assert protocol.session.id == "7"


@given(frames)
def test_order_of_arrival(sent: list[tuple[int, bytes]]) -> None:
    """It is kept over all streams, and a single stream can be taken out of it."""
    whole, apart = (OutputBuffer(Codec(encoding=None)) for _ in range(2))
    for stream, data in sent:
        whole.put(stream, data)
        apart.put(stream, data)
    names = {OUT: "stdout", ERR: "stderr"}
    expected = [Output(names[stream], data) for stream, data in sent if data]
    assert [whole.take() for _ in expected] == expected
    assert whole.take() is None
    errors = b"".join(data for stream, data in sent if stream == ERR)
    assert apart.look(ERR) == apart.take_all(ERR) == errors
    rest = [Output("stdout", data) for stream, data in sent if stream == OUT and data]
    assert [apart.take() for _ in rest] == rest
    assert not apart


@given(st.text(), st.data())
def test_text_is_the_same_however_it_is_cut(text: str, data: st.DataObject) -> None:
    """Characters are put together again."""
    encoded = text.encode("utf-8", "surrogatepass")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(encoded)))))
    buffer = OutputBuffer(Codec())
    for start, end in zip([0, *cuts], [*cuts, len(encoded)], strict=True):
        buffer.put(OUT, encoded[start:end])
    buffer.end()
    assert buffer.take_all(OUT) == encoded.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("introduction", "where"),
    [
        ('{"type": "session_info", "session_id": 7}', "as session '7': attach finds it"),
        ('{"type": "session_info"}', "list_sessions tells"),
        (None, "list_sessions tells"),
    ],
)
def test_a_command_whose_connection_broke_can_be_found_again(
    introduction: str | None, where: str
) -> None:
    """Among several sessions nothing else tells which one it was."""
    protocol = ExecProtocol(tty=False)
    if introduction is not None:
        protocol.receive(introduction)
    error = protocol.broken_off("it broke", path="/x")
    assert str(error).endswith(f"(it broke); the command may be running still, {where}")
