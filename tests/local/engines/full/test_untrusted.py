"""The server's side of connections into a sprite: whatever comes, it stays bounded and sane."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from sprites_local.engines.base import Command, EngineError
from sprites_local.engines.common import control
from sprites_local.init import frames
from tests.local.engines.full.conftest import open_descriptors

pytestmark = pytest.mark.anyio
COMMAND = Command(argv=("true",), env={}, cwd="/")


@frozen
class Liar:
    """A sprite's init that answers what the test says."""

    control: control.Control
    sock: socket.socket

    async def request(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        data = await loop.sock_recv(self.sock, 1 << 16)
        body: dict[str, Any] = json.loads(data[frames.HEADER.size :])
        return body

    def answer(self, message: dict[str, Any], *descriptors: int) -> None:
        socket.send_fds(self.sock, [frames.encode(message, len(descriptors))], list(descriptors))


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    found = Liar(control.Control(ours), theirs)
    before = open_descriptors()
    yield found
    assert open_descriptors() <= before
    found.control.close()
    theirs.close()


def pipes() -> list[int]:
    return [fd for _ in range(2) for fd in os.pipe()]


async def spawn(liar: Liar) -> tuple[asyncio.Task[Any], dict[str, Any]]:
    task = asyncio.create_task(liar.control.spawn(COMMAND))
    return task, await liar.request()


@pytest.mark.parametrize(
    "answer",
    [
        {"pid": 5},
        {"pid": "five"},
        {"errno": "x"},
        {"errno": 10**30},
        {"errno": -5, "stage": "program"},
        {"errno": 2, "stage": ["program"]},
        {},
    ],
)
async def test_nonsense_answers_are_errors(liar: Liar, answer: dict[str, Any]) -> None:
    task, request = await spawn(liar)
    ends = pipes()
    try:
        liar.answer({**answer, "seq": request["seq"]}, *ends[:2])
        with pytest.raises(EngineError):
            await task
    finally:
        frames.close_all(ends)


async def test_descriptors_of_the_wrong_kind_are_refused(liar: Liar) -> None:
    task, request = await spawn(liar)
    directory = os.open("/", os.O_RDONLY)
    try:
        liar.answer({"pid": 5, "seq": request["seq"]}, directory, directory, directory)
        with pytest.raises(EngineError, match="wrong kind"):
            await task
    finally:
        os.close(directory)


async def test_descriptors_nobody_asked_for_are_closed(liar: Liar) -> None:
    ends = pipes()
    for message in ({"seq": 99}, {"event": "exit"}, {"seq": None}, {"x": 1}):
        liar.answer(message, *ends)
    frames.close_all(ends)
    task, request = await spawn(liar)  # everything before was read when this comes back
    liar.answer({"errno": 2, "stage": "program", "seq": request["seq"]})
    with pytest.raises(EngineError, match="cannot run true"):
        await task


@pytest.mark.parametrize(
    "data",
    [
        frames.HEADER.pack(1 << 31, 0),
        frames.HEADER.pack(10, 200) + b"x" * 10,
        frames.HEADER.pack(2, 1) + b"{}",
        frames.HEADER.pack(5, 0) + b"[1,2]",
        frames.HEADER.pack(3, 0) + b"\xff\xfe{",
        frames.HEADER.pack(200_000, 0) + b"[" * 200_000,
    ],
)
async def test_what_is_no_message_ends_the_connection(liar: Liar, data: bytes) -> None:
    task, _ = await spawn(liar)
    await asyncio.get_running_loop().sock_sendall(liar.sock, data)

    with pytest.raises(EngineError, match="stopped"):
        await task
    assert liar.control.closed


async def test_too_many_descriptors_end_the_connection(liar: Liar) -> None:
    task, _ = await spawn(liar)
    null = os.open("/dev/null", os.O_RDONLY)
    socket.send_fds(liar.sock, [b"x"], [null] * 20)
    os.close(null)

    with pytest.raises(EngineError, match="stopped"):
        await task


@pytest.mark.parametrize("code", [-1, 256, 10**40, "0", None, True, [1]])
async def test_impossible_codes_are_not_believed(liar: Liar, code: Any) -> None:
    task, request = await spawn(liar)
    ends = [fd for _ in range(3) for fd in os.pipe()]
    liar.answer({"pid": 5, "seq": request["seq"]}, ends[1], ends[2], ends[4])
    process = await task
    liar.answer({"event": "exit", "id": request["id"], "code": code})
    liar.answer({"event": "exit", "id": "other", "code": 0})
    liar.answer({"event": "exit", "id": request["id"], "code": 3})
    frames.close_all(ends)

    assert [item async for item in process.stdout()] == []
    assert await process.wait() == (1 if code is True else 3)


@contextmanager
def rescued_in_time(*descriptors: int) -> Iterator[None]:
    """Close descriptors after a while, which frees who waits for them; it must not come to that."""
    gone = threading.Event()

    def rescue() -> None:
        gone.set()
        frames.close_all([*descriptors])

    timer = threading.Timer(5, rescue)
    timer.start()
    yield
    timer.cancel()
    timer.join()
    assert not gone.is_set()
    frames.close_all([*descriptors])


async def use(process: Any) -> list[tuple[int, bytes]]:
    """Write more than fits, and read until the end."""
    writing = asyncio.create_task(process.write(bytes(1 << 20)))
    output = [item async for item in process.stdout()]
    await writing
    return output


async def test_no_flag_of_a_pipe_holds_the_server_up(liar: Liar) -> None:
    """Whether reading waits is a property that all copies of a descriptor share."""
    task, request = await spawn(liar)
    ends = [fd for _ in range(3) for fd in os.pipe()]
    theirs, ours = [ends[0], ends[3], ends[5]], [ends[1], ends[2], ends[4]]
    liar.answer({"pid": 5, "seq": request["seq"]}, *ours)
    process = await task
    with rescued_in_time(*theirs):
        for fd in ours:
            os.set_blocking(fd, True)
        using = asyncio.create_task(use(process))
        liar.answer({"event": "exit", "id": request["id"], "code": 0})
        assert await using == []
    frames.close_all(ours)


async def test_no_flag_of_a_terminal_holds_the_server_up(liar: Liar) -> None:
    task = asyncio.create_task(liar.control.spawn(evolve(COMMAND, tty=(24, 80))))
    request = await liar.request()
    ours, theirs = pty.openpty()
    liar.answer({"pid": 5, "seq": request["seq"]}, ours)
    process = await task
    with rescued_in_time(theirs):
        os.set_blocking(ours, True)
        using = asyncio.create_task(use(process))
        liar.answer({"event": "exit", "id": request["id"], "code": 0})
        await using
    os.close(ours)


async def test_who_closes_a_pipe_before_it_is_taken_has_no_input(liar: Liar) -> None:
    task, request = await spawn(liar)
    ends = [fd for _ in range(3) for fd in os.pipe()]
    os.close(ends.pop(0))
    liar.answer({"pid": 5, "seq": request["seq"]}, ends[0], ends[1], ends[3])
    process = await task
    await process.write(b"dropped")
    frames.close_all(ends)
    liar.answer({"event": "exit", "id": request["id"], "code": 0})
    assert [item async for item in process.stdout()] == []


@pytest.mark.parametrize("names", [["stdin", "stdin"], [["stdin"], 5], "stdin", [None, None]])
async def test_impossible_streams_of_an_earlier_life_are_refused(liar: Liar, names: Any) -> None:
    task = asyncio.create_task(liar.control.adopt())
    request = await liar.request()
    liar.answer({"sessions": [{"id": "c1"}], "seq": request["seq"]})
    request = await liar.request()
    ends = pipes()
    liar.answer({"ends": names, "pid": 5, "seq": request["seq"]}, *ends[:2])
    with pytest.raises(EngineError):
        await task
    frames.close_all(ends)


@settings(max_examples=200, deadline=None)
@given(
    messages=st.lists(st.dictionaries(st.text(max_size=5), st.integers(), max_size=3), max_size=5),
    cuts=st.lists(st.integers(1, 50), max_size=20),
)
def test_messages_arrive_whole_however_they_are_cut(
    messages: list[dict[str, Any]], cuts: list[int]
) -> None:
    data = b"".join(frames.encode(message) for message in messages)
    decoder, found = frames.Decoder(1 << 16), []
    one, other = socket.socketpair()
    with one, other:
        for size in [*cuts, len(data)]:
            part, data = data[:size], data[size:]
            if part:
                one.sendall(part)
                assert decoder.receive(other)
            while (message := decoder.next()) is not None:
                found.append(message[0])
    assert found == messages


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200))
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    decoder = frames.Decoder(100)
    one, other = socket.socketpair()
    with one, other:
        one.sendall(data or b"x")
        decoder.receive(other)
        try:
            while decoder.next() is not None:
                pass
        except frames.FrameError:
            pass


async def test_no_request_ends_the_sprites_init(fresh: Any) -> None:
    """Whatever a confused server sends, PID 1 lives on and serves the next one."""
    running = fresh.engine._running[fresh.name]
    fdinfo = Path(f"/proc/self/fdinfo/{running._pidfd}").read_text()  # noqa: ASYNC240
    pid = int(fdinfo.split("Pid:")[1].split()[0])
    bad = [
        b"[]",
        b"nonsense",
        b'{"op": "spawn"}',
        b'{"op": "spawn", "id": "x", "argv": [], "env": {}, "cwd": "/", "uid": 0, "gid": 0}',
        b'{"op": "spawn", "id": "y", "argv": [5], "env": {}, "cwd": "/", "uid": 0, "gid": 0}',
        b'{"op": "spawn", "id": "z", "argv": ["true"], "env": [], "cwd": 7, "uid": 0, "gid": 0}',
        b'{"op": "spawn", "id": "w", "argv": ["true"], "env": {}, "cwd": "/", "uid": -5, "gid": 1}',
        b'{"op": "spawn", "id": "t", "argv": ["true"], "env": {}, "cwd": "/", "uid": 0, "gid": 0,'
        b' "tty": ["x"]}',
        b'{"op": "kill", "id": [], "signal": 9}',
        b'{"op": {}, "id": "x"}',
        b"[" * 100_000,
    ]
    for body in bad:
        root = control.open_root(pid)
        sock = control.connect(root, pid)
        os.close(root)
        with sock:
            sock.sendall(frames.HEADER.pack(len(body), 0) + body)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(4096):
                pass
    assert not running.control.closed
    assert (await fresh.run("echo", "fine")).text == "fine\n"


async def test_an_older_init_makes_an_input_that_nobody_asked_for(liar: Liar) -> None:
    """A sprite that was brought back from a checkpoint runs the init that it had then."""
    task = asyncio.create_task(liar.control.spawn(evolve(COMMAND, stdin=False)))
    request = await liar.request()
    ends = [fd for _ in range(3) for fd in os.pipe()]
    try:
        liar.answer({"pid": 5, "seq": request["seq"]}, ends[1], ends[2], ends[4])
        process = await task
        await process.close_stdin()
        os.close(ends.pop(1))
        assert os.read(ends[0], 1) == b""  # nothing holds the other end any more
        liar.answer({"event": "exit", "id": request["id"], "code": 0})
        assert await process.wait() == 0
    finally:
        frames.close_all(ends)
    assert [item async for item in process.stdout()] == []
