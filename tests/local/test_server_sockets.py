"""The WebSocket endpoints, looked at from inside the server's own process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from sprites_local import file_watch, inotify, proxy
from sprites_local.app import create_app
from sprites_local.control import connection
from sprites_local.datadir import DataDir
from sprites_local.file_watch import FileWatch
from sprites_local.files import Target
from sprites_local.platform import Platform, open_platform
from sprites_local.server import _configuration
from sprites_local.state.sprites import NewSprite

pytestmark = pytest.mark.anyio

SPRITE = NewSprite("sprite-1", "one", "sprite", None, ())
ARGUMENTS = {"cmd": ["cat"], "stdin": "true", "max_run_after_disconnect": "10ms"}
ENDPOINTS = {
    "proxy": [],
    "ports/watch": [],
    "fs/watch": [{"type": "subscribe", "paths": ["/home/sprite"], "recursive": True}],
    "control": [{"type": "op.start", "op": "exec", "args": ARGUMENTS}],
    "exec?cmd=cat&stdin=true&max_run_after_disconnect=10ms": [],
}


class Server:
    def __init__(self, url: str, platform: Platform, serving: uvicorn.Server) -> None:
        self.url = url
        self.platform = platform
        self.connections = serving.server_state.connections

    def open(self, rest: str) -> connect:
        headers = {"Authorization": "Bearer token"}
        url = f"{self.url}/v1/sprites/one/{rest}"
        return connect(url, additional_headers=headers, proxy=None, close_timeout=1)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener, DataDir(tmp_path).held():
        async with open_platform(DataDir(tmp_path), "portable", "off") as platform:
            await platform.sprites.create(SPRITE)
            configuration = _configuration(create_app(platform, "token"))
            configuration.ws_ping_interval = 0.1
            uvicorn_server = uvicorn.Server(configuration)
            uvicorn_server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
            serving = asyncio.ensure_future(uvicorn_server.serve(sockets=[listener]))
            try:
                url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
                yield Server(url, platform, uvicorn_server)
            finally:
                uvicorn_server.should_exit = True
                await serving


async def test_a_refused_handshake_is_no_error_of_the_server(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Anybody could fill the log otherwise."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"{server.url}/v1/sprites/one/exec", proxy=None):
            pass
    assert refused.value.response.status_code == 401
    async with server.open("control"):  # served after what is logged at the end of the first
        pass
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("rest", ENDPOINTS)
async def test_a_client_that_leaves_before_it_is_answered_is_no_error_of_the_server(
    server: Server, rest: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with server.platform.sprites.awake("one"):
        before = asyncio.all_tasks()
        opening = asyncio.ensure_future(server.open(rest).__aenter__())
        await until(lambda: len(server.connections) == 1)
        opening.cancel()
        await until(lambda: not server.connections)
    await drain(before)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_reset_between_two_messages_is_noticed_at_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is sent to nobody would be logged, a line for each message."""
    sending: asyncio.Future[Send] = asyncio.get_running_loop().create_future()
    ended = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        sending.set_result(send)
        await ended.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        uvicorn_server = uvicorn.Server(_configuration(app))
        serving = asyncio.ensure_future(uvicorn_server.serve(sockets=[listener]))
        try:
            client = await shake_hands(listener.getsockname())
            send = await sending
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            with pytest.raises(ClientDisconnected):
                await send_much(send)
        finally:
            ended.set()
            uvicorn_server.should_exit = True
            await serving
    assert [record for record in caplog.records if record.name == "asyncio"] == []


async def test_a_handshake_that_is_accepted_too_late_is_no_error_of_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A connection is over a turn of the loop before its program hears of it."""
    told: list[BaseException] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for peer in uvicorn_server.server_state.connections:
            peer.transport.abort()
        try:
            await send({"type": "websocket.accept"})
        except ClientDisconnected as error:
            told.append(error)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        uvicorn_server = uvicorn.Server(_configuration(app))
        serving = asyncio.ensure_future(uvicorn_server.serve(sockets=[listener]))
        try:
            with pytest.raises((OSError, EOFError, InvalidMessage)):
                await connect(f"ws://127.0.0.1:{listener.getsockname()[1]}", proxy=None)
        finally:
            uvicorn_server.should_exit = True
            await serving
    assert len(told) == 1
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def send_much(send: Send) -> None:
    """Send in one turn of the loop, as to a client who has missed much."""
    for _ in range(20):
        await send({"type": "websocket.send", "bytes": b"message"})


async def shake_hands(address: tuple[str, int]) -> socket.socket:
    """Open a WebSocket without a library that would notice its end."""
    loop, client = asyncio.get_running_loop(), socket.socket()
    client.setblocking(False)
    await loop.sock_connect(client, address)
    head = f"GET / HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nUpgrade: websocket\r\n"
    head += "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    await loop.sock_sendall(client, f"{head}Sec-WebSocket-Key: {'A' * 22}==\r\n\r\n".encode())
    assert (await loop.sock_recv(client, 4096)).startswith(b"HTTP/1.1 101 ")
    return client


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


async def drain(before: set[asyncio.Task[object]]) -> None:
    """Wait for the end of all tasks that were not there before."""
    while more := asyncio.all_tasks() - before - {asyncio.current_task()}:
        _, pending = await asyncio.wait(more, timeout=15)
        assert not pending


async def use(client: ClientConnection, rest: str, port: int) -> None:
    """Do with an endpoint what it is for, to its first answer."""
    for message in [{"port": port}] if rest == "proxy" else ENDPOINTS[rest]:
        await client.send(json.dumps(message))
    async with asyncio.timeout(15):
        await client.recv()


@pytest.mark.parametrize("way", ["close", "abort", "stop"])
@pytest.mark.parametrize("rest", ENDPOINTS)
async def test_no_task_is_left_whoever_goes_first(server: Server, rest: str, way: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        async with server.platform.sprites.awake("one"):
            before = asyncio.all_tasks()
        async with server.open(rest) as client:
            await use(client, rest, target.getsockname()[1])
            assert len(asyncio.all_tasks()) > len(before)
            if way == "abort":
                client.transport.abort()
            elif way == "stop":
                await server.platform.chosen.engine.stop(SPRITE.id)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(15):
                        await client.wait_closed()
                assert client.close_code in (1000, 1001)
        target.close()
        await drain(before)


@pytest.mark.parametrize("rest", ["proxy", "control"])
async def test_a_client_that_vanishes_from_a_stalled_tunnel_is_noticed(
    server: Server, rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody receives while the remote side reads nothing; only sending tells who is gone."""
    monkeypatch.setattr(proxy, "_STALLED", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as target:
        async with server.platform.sprites.awake("one"):
            before = asyncio.all_tasks()
        port = target.getsockname()[1]
        start = {"type": "op.start", "op": "proxy", "args": {"port": port}}
        async with server.open(rest) as client:
            await client.send(json.dumps({"port": port} if rest == "proxy" else start))
            await client.recv()
            stalled = asyncio.ensure_future(send_for_ever(client))
            await until_stalled(stalled, client)
            client.transport.abort()
            await asyncio.gather(stalled, return_exceptions=True)
        await drain(before)


async def send_for_ever(client: ClientConnection) -> None:
    while True:
        await client.send(bytes(1 << 20))


async def until_stalled(sending: asyncio.Task[None], client: ClientConnection) -> None:
    """Wait for the first empty frame, by which the server asks whether anybody is there."""
    async with asyncio.timeout(15):
        assert await client.recv() == b""
    assert not sending.done()


async def test_a_silent_control_socket_gives_signs_of_life(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But not while the client takes every text for something that a terminal said."""
    monkeypatch.setattr(connection, "_SILENCE", 0.1)
    async with server.open("control") as client, asyncio.timeout(15):
        assert json.loads(await client.recv()) == {"type": "keepalive"}
        arguments = {"cmd": ["sh", "-c", "read x; exit 3"], "tty": "true"}
        await client.send(json.dumps({"type": "op.start", "op": "exec", "args": arguments}))
        while json.loads(await client.recv())["type"] != "session_info":
            pass
        looking = asyncio.ensure_future(anext(texts(client)))
        await asyncio.wait({looking}, timeout=0.5)
        assert not looking.done()
        await client.send(b"\r")
        assert json.loads(await looking) == {"type": "exit", "exit_code": 3}


async def texts(client: ClientConnection) -> AsyncIterator[str]:
    async for message in client:
        if isinstance(message, str):
            yield message


async def test_a_tree_with_too_many_directories_is_followed_in_part(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_watch, "MOST_DIRECTORIES", 4)
    async with server.platform.files.opened(Target("one", "/")) as files:
        for name in "abcdef":
            await files.mkdir(f"/home/sprite/{name}")
    async with server.open("fs/watch") as client, asyncio.timeout(15):
        subscription = {"type": "subscribe", "paths": ["/home/sprite"], "recursive": True}
        await client.send(json.dumps(subscription))
        assert json.loads(await client.recv()) == {
            "type": "subscribed",
            "paths": ["/home/sprite"],
        }
        error = json.loads(await client.recv())
        assert (error["type"], "more than 4 directories" in error["message"]) == ("error", True)
        async with server.platform.files.opened(Target("one", "/")) as files:
            await files.mkdir("/home/sprite/g")
        assert json.loads(await client.recv())["path"] == "/home/sprite/g"


async def test_lost_events_are_told(server: Server) -> None:
    async with server.platform.files.opened(Target("one", "/")) as files:
        descriptor = await files.open_watch()
        try:
            watch = FileWatch(files, descriptor)
            lost = inotify.Event(-1, inotify.OVERFLOW, 0, "")
            (message,) = await watch._translate(lost)
        finally:
            os.close(descriptor)
    assert message["type"] == "error"
    assert "lost" in message["message"]
