"""Looking names up as this machine does."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from ipaddress import IPv4Address
from typing import Final

from attrs import frozen

from sprites_local.egress import dns

MOST_AT_ONCE: Final = 32
MOST_OF_ONE: Final = 8
MOST_WAITING: Final = 64
PATIENCE: Final = 10.0
_NO_SUCH_NAME: Final = (socket.EAI_NONAME,)
_NO_ADDRESS: Final = tuple(
    getattr(socket, name) for name in ("EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, name)
)


@frozen
class Found:
    """What a name stands for."""

    code: int
    addresses: tuple[IPv4Address, ...] = ()


class Lookups:
    """The lookups of one sprite: a bounded number at once, equal ones together."""

    def __init__(self, everybody: asyncio.Semaphore) -> None:
        self._everybody = everybody
        self._own = asyncio.Semaphore(MOST_OF_ONE)
        self._running: dict[str, asyncio.Task[Found]] = {}

    async def find(self, name: str) -> Found:
        """Look a name up, within `PATIENCE`."""
        task = self._running.get(name)
        if task is None:
            if len(self._running) >= MOST_WAITING:
                return Found(dns.SERVER_FAILURE)
            task = asyncio.ensure_future(self._find(name))
            self._running[name] = task
            task.add_done_callback(lambda _: self._running.pop(name, None))
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(task)
        except TimeoutError:
            return Found(dns.SERVER_FAILURE)

    async def _find(self, name: str) -> Found:
        # Held until the system has answered: nothing can interrupt it.
        async with self._own, self._everybody:
            return await _in_thread(name)


async def _in_thread(name: str) -> Found:
    """Ask the system in a thread that nobody waits for at the server's end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Found] = loop.create_future()

    def tell(found: Found) -> None:
        if not future.done():
            future.set_result(found)

    def ask() -> None:
        found = resolve(name)
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=ask, name="sprites-lookup", daemon=True).start()
    return await future


def resolve(name: str) -> Found:
    """Ask the system for a name's addresses."""
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in _NO_SUCH_NAME:
            return Found(dns.NO_SUCH_NAME)
        return Found(dns.NO_ERROR if error.errno in _NO_ADDRESS else dns.SERVER_FAILURE)
    except (OSError, UnicodeError):
        return Found(dns.SERVER_FAILURE)
    texts = [str(address[0]) for family, *_, address in answers if family == socket.AF_INET]
    return Found(dns.NO_ERROR, tuple(IPv4Address(text) for text in dict.fromkeys(texts)))
