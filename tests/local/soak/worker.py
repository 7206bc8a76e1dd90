"""A client that is careful with its sprites most of the time."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
import traceback
from collections import Counter
from typing import Any

from sprites_facade import AsyncSpritesClient, SpritesError
from tests.local.soak import actions
from tests.local.soak.actions import Place
from tests.local.soak.vanishing import Vanishing

_HANG = 90.0
"""Seconds that one thing may take on a machine that is busy with all of this."""
_ANOTHER = 0.1
_BORNE = (SpritesError, OSError, EOFError, AssertionError, LookupError, ValueError)


class Worker:
    """Works on sprites of its own, one thing at a time; now and then it is careless."""

    def __init__(
        self, client: AsyncSpritesClient, vanishing: Vanishing, name: str, seed: int, most: int
    ) -> None:
        self.counted: Counter[str] = Counter()
        self.faults: list[str] = []
        self._client = client
        self._vanishing = vanishing
        self._name = name
        self._random = random.Random(f"{seed}/{name}")
        self._most = most
        self._places: list[Place] = []
        self._made = 0

    async def work(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            await self._step()

    async def end(self) -> None:
        for place in self._places:
            await self._try("delete", place.sprite.delete())

    async def _step(self) -> None:
        room = len(self._places) < self._most
        if not self._places or (room and self._random.random() < _ANOTHER):
            return await self._create()
        place = self._random.choice(self._places)
        kind = self._random.choices(["act", "vanish", "storm", "delete"], [80, 15, 1, 2])[0]
        if kind == "vanish":
            await self._try("vanish", self._vanish(place))
        elif kind == "act":
            (action,) = self._random.choices([*actions.ACTIONS], [*actions.ACTIONS.values()])
            await self._try(action.__name__, action(place))
        else:
            self._places.remove(place)
            await self._try(kind, self._storm(place) if kind == "storm" else place.sprite.delete())
        return None

    async def _create(self) -> None:
        self._made += 1
        name = f"{self._name}-{self._made}"
        made: Any = await self._try("create", self._client.create_sprite(name))
        if made is not None:
            self._places.append(Place(made, self._random, _free_port()))

    async def _vanish(self, place: Place) -> None:
        await self._vanishing.vanish(place)
        await self._come_to_rest(place)

    async def _come_to_rest(self, place: Place) -> None:
        """What was begun goes on without its client, and may be a restore."""
        await actions.checkpoint(place)
        await actions.find_sessions(place)

    async def _storm(self, place: Place) -> None:
        """Do many things at once, delete the sprite amidst them, and take what comes."""
        chosen = self._random.choices([*actions.ACTIONS], k=8)
        tasks = [asyncio.ensure_future(self._bear(action(place))) for action in chosen]
        tasks += [asyncio.ensure_future(self._bear(self._vanishing.vanish(place)))] * 4
        await asyncio.sleep(self._random.choice([0, 0.05, 0.5]))
        await place.sprite.delete()
        await asyncio.gather(*tasks)

    async def _bear(self, doing: Any) -> None:
        with contextlib.suppress(*_BORNE):
            await doing

    async def _try(self, what: str, doing: Any) -> Any:
        self.counted[what] += 1
        try:
            async with asyncio.timeout(_HANG):
                return await doing
        except Exception as error:  # noqa: BLE001 - all of them are what is looked for
            text = "".join(traceback.format_exception(error)[-3:])
            self.faults.append(f"{self._name}: {what}: {error!r}\n{text}")
            return None


def _free_port() -> int:
    """Find a port for a service: where sprites share the machine's network it must be free."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
