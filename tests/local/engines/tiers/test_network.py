"""Connections, ports and notices of changes, from outside."""

import asyncio
import os
import socket

import pytest

from sprites_local import inotify
from sprites_local.engines.base import EngineError
from sprites_local.engines.common.engine import TreeEngine
from tests.local.engines.tiers.helpers import command, run

pytestmark = pytest.mark.anyio

_GREET = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    with listener.accept()[0] as connection:
        connection.sendall(b"hi")
"""


async def test_connections_are_made_inside(engine: TreeEngine, sprite: str) -> None:
    """A port of the sprite is found with its process, and answers; many times at once, too."""
    process = await engine.spawn(sprite, command("python3", "-c", _GREET))
    _, line = await anext(process.stdout())
    port = int(line)

    (listener,) = await engine.listeners(sprite)
    expected = (port, "127.0.0.1", process.pid)
    assert expected == (listener.port, listener.address, listener.pid)
    assert [listener] == await engine.listeners(sprite, [listener])
    connections = await asyncio.gather(
        *[engine.connect(sprite, host, port) for host in ("localhost", "127.0.0.1") * 10]
    )
    loop = asyncio.get_running_loop()
    for connection in connections:
        with connection:
            assert await loop.sock_recv(connection, 10) == b"hi"


async def test_what_is_outside_is_not_reached(engine: TreeEngine, shared: str, tier: str) -> None:
    """Where the network is the sprite's own, a port of this machine is not there."""
    with pytest.raises(OSError, match="neither an address nor localhost"):
        await engine.connect(shared, "example.com", 80)
    with pytest.raises(OSError):
        await engine.connect(shared, "192.0.2.1", 80)
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        assert port not in [one.port for one in await engine.listeners(shared)]
        if tier == "rootless":
            with pytest.raises(ConnectionRefusedError):
                await engine.connect(shared, "localhost", port)


async def test_changes_are_noticed(engine: TreeEngine, shared: str) -> None:
    """A directory is followed by whoever may read it."""
    async with engine.files(shared) as files:
        descriptor = await files.open_watch()
        try:
            watch = await files.add_watch(descriptor, "/home/sprite", inotify.CREATE)
            await run(engine, shared, ": > ~/noticed")
            assert [(watch, "noticed")] == [
                (event.watch, event.name) for event in inotify.read(descriptor)
            ]
        finally:
            os.close(descriptor)


async def test_the_end_of_a_life_is_told(engine: TreeEngine, sprite: str) -> None:
    """Who waits for a sprite's end learns of it, whatever comes after."""
    waiting = asyncio.ensure_future(engine.ended(sprite))
    await asyncio.wait({waiting}, timeout=0.01)
    assert not waiting.done()
    await engine.stop(sprite)
    await asyncio.wait_for(waiting, 10)
    with pytest.raises(EngineError):
        await engine.connect(sprite, "localhost", 1)
    await engine.start(sprite)
    again = asyncio.ensure_future(engine.ended(sprite))
    await asyncio.wait({again}, timeout=0.01)
    assert not again.done()
    again.cancel()
