"""Answers a sprite's questions about names."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

from sprites_local.egress import dns, rules
from sprites_local.egress.guard import Guard
from sprites_local.egress.lookups import Lookups
from sprites_local.turns import Turns

MOST_QUESTIONS: Final = 64
TTL: Final = 30
"""Seconds that answers may be kept; what the system was told is not known."""
_AFTER_FAILURE: Final = 0.1


class Resolver:
    """Reads from a socket, answers what is asked, drops what is too much."""

    def __init__(self, sock: socket.socket, guard: Guard, lookups: Lookups) -> None:
        self._sock = sock
        self._guard = guard
        self._lookups = lookups
        self._answers: set[asyncio.Task[None]] = set()

    async def serve(self) -> None:
        """Answer until cancelled."""
        loop, turns = asyncio.get_running_loop(), Turns()
        try:
            while True:
                await turns.took()
                try:
                    packet, sender = await loop.sock_recvfrom(self._sock, dns.LONGEST)
                except OSError:
                    await asyncio.sleep(_AFTER_FAILURE)
                    continue
                # Who asks again after a while is answered then.
                if len(self._answers) < MOST_QUESTIONS:
                    task = asyncio.ensure_future(self._answer(packet, sender))
                    self._answers.add(task)
                    task.add_done_callback(self._answers.discard)
        finally:
            for task in self._answers:
                task.cancel()

    async def _answer(self, packet: bytes, sender: Any) -> None:
        query = dns.read(packet)
        if query is None:
            return
        answer = await reply(query, self._guard, self._lookups)
        try:
            self._sock.sendto(answer, sender)
        except OSError:  # a full buffer or a reader that is gone: as if it were lost on the way
            return


async def reply(query: dns.Query, guard: Guard, lookups: Lookups) -> bytes:
    """Find out what to answer."""
    if query.problem:
        return dns.answer(query, query.problem)
    name = rules.normal(query.name)
    if name is None:
        return dns.answer(query, dns.NO_SUCH_NAME)
    if not guard.rules.allow(name):
        return dns.answer(query, dns.REFUSED)
    found = await lookups.find(name)
    if not guard.rules.allow(name):  # since a moment ago
        return dns.answer(query, dns.REFUSED)
    usable = guard.learn(name, found.addresses)
    return dns.answer(query, found.code, usable if query.kind == dns.A else (), TTL)
