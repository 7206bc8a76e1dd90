"""What proxies leave behind when they are closed: no thread, no task, no socket."""

import asyncio
import gc
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sprites_facade import AsyncSpritesClient, SpritesClient
from tests._sync.tunnels import Local, echo, tunnel
from tests.wire import PATIENCE, Wire
from tests.ws_wire import Peer

pytestmark = pytest.mark.anyio
TOKEN = "org/1/id/s3cret"


@pytest.fixture
def wire() -> Iterator[Wire]:
    with Wire() as server:
        yield server


def ours() -> set[threading.Thread]:
    """Return the threads that are not of the scripted server."""
    return {thread for thread in threading.enumerate() if "_serve" not in thread.name}


def sockets() -> set[str]:
    """Return the sockets that this process has open, by their inodes."""
    gc.collect()
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:  # the one that lists
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


def forget_the_past() -> None:
    """Collect what tests before this one left, which is not what is asked here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def settled(look: Callable[[], bool]) -> bool:
    """Tell whether something becomes so: the library's threads end after their sockets."""
    done = threading.Event()
    for _ in range(int(PATIENCE / 0.02)):
        if look():
            return True
        done.wait(0.02)
    return False


def use(port: int, programs: list[Local]) -> None:
    """Let programs come, talk and go, and leave some connected."""
    for number in range(6):
        local = Local(port)
        local.socket.sendall(b"x")
        assert local.socket.recv(1) == b"x"
        if number % 2:
            local.socket.close()
        else:
            programs.append(local)


def test_no_thread_is_left(wire: Wire) -> None:
    wire.always(tunnel(echo))
    with SpritesClient(TOKEN, base_url=wire.url) as client:
        threads = ours()
        with client.proxy("demo", 5432) as proxy:
            programs: list[Local] = []
            use(proxy.port, programs)
            assert any(thread.name == "sprites-proxy" for thread in ours())
        assert not any(thread.name.startswith("sprites-") for thread in ours() - threads)
        assert settled(lambda: ours() <= threads)
    for program in programs:
        program.socket.close()


async def test_no_task_is_left(wire: Wire) -> None:
    wire.always(tunnel(echo))
    async with AsyncSpritesClient(TOKEN, base_url=wire.url) as client:
        tasks = asyncio.all_tasks()
        async with client.proxy("demo", 5432) as proxy:
            programs: list[Local] = []
            await asyncio.to_thread(use, proxy.port, programs)
            assert asyncio.all_tasks() > tasks
        assert asyncio.all_tasks() <= tasks
    for program in programs:
        program.socket.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not list open files in /proc")
def test_no_socket_is_left() -> None:
    forget_the_past()
    before = sockets()
    with Wire() as wire:
        wire.always(tunnel(echo))
        with SpritesClient(TOKEN, base_url=wire.url) as client, client.proxy("demo", 5432) as proxy:
            programs: list[Local] = []
            use(proxy.port, programs)
            assert sockets() > before
        for program in programs:
            program.socket.close()
    assert settled(lambda: sockets() <= before)


async def test_being_cancelled_closes_all(wire: Wire) -> None:
    """A task that holds a proxy is cancelled, as by a timeout."""
    hung_up = threading.Event()

    def script(peer: Peer) -> None:
        peer.send(b"x")
        peer.receive_all()
        hung_up.set()

    wire.then(tunnel(script))
    ports: list[int] = []
    async with AsyncSpritesClient(TOKEN, base_url=wire.url) as client:
        before = asyncio.all_tasks()
        entered = asyncio.Event()

        async def hold() -> None:
            async with client.proxy("demo", 5432) as proxy:
                ports.append(proxy.port)
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(hold())
        await entered.wait()
        local = await asyncio.to_thread(Local, ports[0])
        assert await asyncio.to_thread(local.socket.recv, 1) == b"x"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(hung_up.wait, PATIENCE)
        assert asyncio.all_tasks() <= before
        local.socket.close()


async def test_an_async_function_can_be_told_of_errors(wire: Wire) -> None:
    """It is awaited."""
    told = asyncio.Event()

    async def tell(error: Exception) -> None:
        await asyncio.sleep(0)
        told.set()

    wire.always(lambda exchange: exchange.reply(403, {"error": "no"}))
    async with (
        AsyncSpritesClient(TOKEN, base_url=wire.url) as client,
        client.proxy("demo", 5432, on_error=tell) as proxy,
    ):
        local = await asyncio.to_thread(Local, proxy.port)
        assert await asyncio.to_thread(local.socket.recv, 1) == b""
        await asyncio.wait_for(told.wait(), PATIENCE)
        local.socket.close()
