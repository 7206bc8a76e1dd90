"""The WebSocket endpoints, looked at from inside the server's own process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from sprites_local.app import create_app
from sprites_local.datadir import DataDir
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
    def __init__(self, url: str, platform: Platform) -> None:
        self.url = url
        self.platform = platform

    def open(self, rest: str) -> connect:
        headers = {"Authorization": "Bearer token"}
        url = f"{self.url}/v1/sprites/one/{rest}"
        return connect(url, additional_headers=headers, proxy=None, close_timeout=1)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listener, DataDir(tmp_path).held():
        async with open_platform(DataDir(tmp_path), "portable", "off") as platform:
            await platform.sprites.create(SPRITE)
            uvicorn_server = uvicorn.Server(_configuration(create_app(platform, "token")))
            uvicorn_server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
            serving = asyncio.ensure_future(uvicorn_server.serve(sockets=[listener]))
            try:
                yield Server(f"ws://127.0.0.1:{listener.getsockname()[1]}", platform)
            finally:
                uvicorn_server.should_exit = True
                await serving


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
