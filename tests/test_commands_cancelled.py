"""What only the asynchronous world knows: a command whose caller is cancelled."""

import asyncio
import threading
from typing import Any

import anyio
import pytest

from sprites_facade import AsyncSpritesClient
from tests.wire import Wire, wait_for
from tests.ws_wire import EOF, OUT, Peer, websocket

pytestmark = pytest.mark.anyio

KILLED = '{"type": "signal", "signal": "KILL"}'


@pytest.mark.parametrize("style", ["anyio", "asyncio"])
async def test_a_cancelled_command_is_ended(style: str) -> None:
    """The remote one too, whichever kind of cancelling it is; and nothing is left open."""
    taken: list[Any] = []

    def script(peer: Peer) -> None:
        peer.introduce()
        taken.extend([peer.receive(), peer.receive()])
        peer.exit(137)
        peer.receive_all()

    with Wire() as wire:
        wire.then(websocket(script))
        async with AsyncSpritesClient("t", base_url=wire.url) as client:
            if style == "anyio":
                with anyio.move_on_after(0.1) as scope:
                    await client.run("demo", ["sleep", "100"])
                assert scope.cancelled_caught
            else:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await client.run("demo", ["sleep", "100"])
    assert taken == [EOF, KILLED]


async def test_a_cancelled_reader_leaves_its_turn_to_others() -> None:
    """Whoever waited in its place takes the messages in."""
    more = threading.Event()

    def script(peer: Peer) -> None:
        peer.introduce()
        wait_for(more)
        peer.send(OUT + b"late")
        peer.exit(0)
        peer.receive_all()

    with Wire() as wire:
        wire.then(websocket(script))
        async with (
            AsyncSpritesClient("t", base_url=wire.url) as client,
            client.start("demo", ["x"]) as process,
        ):
            first = asyncio.create_task(process.wait())
            second = asyncio.create_task(process.communicate())
            await asyncio.wait({first, second}, timeout=0.1)
            first.cancel()
            await asyncio.wait({first})
            assert first.cancelled()
            more.set()
            assert await second == ("late", "")
