"""What only the synchronous world knows: Ctrl-C, which reaches the main thread wherever it is."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sprites_facade import APITimeoutError, SpritesClient
from tests.wire import Exchange, Wire, wait_for
from tests.ws_wire import KILLED, Peer, be_killed, websocket

MAIN = threading.main_thread()


def interrupt() -> None:
    """Press Ctrl-C."""
    assert MAIN.ident is not None
    signal.pthread_kill(MAIN.ident, signal.SIGINT)


def interrupting(script: Callable[[Peer], None]) -> Callable[[Exchange], None]:
    """Answer a handshake whose client was interrupted while it waited for the answer."""

    def handler(exchange: Exchange) -> None:
        interrupt()
        websocket(script)(exchange)

    return handler


@pytest.mark.parametrize("tty", [False, True])
@pytest.mark.parametrize("how", ["run", "start"])
def test_a_command_whose_caller_is_interrupted_in_the_handshake(how: str, *, tty: bool) -> None:
    """The server has begun it, and one with a terminal would run for ever."""
    taken: list[Any] = []
    over = threading.Event()

    def script(peer: Peer) -> None:
        be_killed(peer, taken, tty=tty)
        over.set()

    with Wire() as wire:
        wire.then(interrupting(script))
        with SpritesClient("t", base_url=wire.url) as client:
            begin = client.run if how == "run" else client.start
            with pytest.raises(KeyboardInterrupt):
                begin("demo", ["sleep", "100"], tty=tty)
            wait_for(over)  # while the client is open still
    assert taken[-1] == KILLED


@pytest.mark.parametrize("what", ["attach", "watch_ports", "watch_files"])
def test_a_connection_whose_opener_is_interrupted_is_closed(what: str) -> None:
    """Nobody else would ever close it; what it was to look at is left alone."""
    taken: list[Any] = []
    over = threading.Event()

    def script(peer: Peer) -> None:
        taken.extend(peer.receive_all())
        over.set()

    with Wire() as wire:
        wire.then(interrupting(script))
        with SpritesClient("t", base_url=wire.url) as client:
            opening: dict[str, Callable[[], object]] = {
                "attach": lambda: client.attach("demo", "1"),
                "watch_ports": lambda: client.watch_ports("demo"),
                "watch_files": lambda: client.files("demo").watch("."),
            }
            with pytest.raises(KeyboardInterrupt):
                opening[what]()
            wait_for(over)
    assert KILLED not in taken


def test_an_interrupt_does_not_wait_for_a_handshake_that_is_never_answered() -> None:
    done = threading.Event()

    def handler(_: Exchange) -> None:
        interrupt()
        wait_for(done)

    with Wire() as wire:
        wire.then(handler)
        with SpritesClient("t", base_url=wire.url) as client:
            with pytest.raises(KeyboardInterrupt):
                client.run("demo", ["sleep", "100"])
            done.set()


def test_a_command_of_another_thread_needs_no_thread_of_its_own() -> None:
    """None but the main one is interrupted."""
    done = threading.Event()
    seen: list[str] = []

    def handler(_: Exchange) -> None:
        seen.extend(thread.name for thread in threading.enumerate())
        wait_for(done)

    def work(client: SpritesClient) -> None:
        with pytest.raises(APITimeoutError):
            client.run("demo", ["true"], timeout=0.2)
        done.set()

    with Wire() as wire:
        wire.then(handler)
        with SpritesClient("t", base_url=wire.url, max_retries=0) as client:
            thread = threading.Thread(target=work, args=(client,))
            thread.start()
            thread.join()
    assert "sprites-opening" not in seen
