"""Clients that vanish: they begin something, and reset the connection in the midst of it."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

from attrs import define, field

from tests.local.soak.actions import MEGABYTE, Place

_LINGER_NOT = struct.pack("ii", 1, 0)
_PATIENCE = 60.0
_MASK = b"\0\0\0\0"
Request = tuple[str, str, bytes, int]
"""Method, path, what is sent of a body, and how long the body is said to be."""


@define
class Vanishing:
    """Raw connections to a server."""

    url: str
    token: str = field(repr=False)

    async def vanish(self, place: Place) -> None:
        """Do one of the things that a client may break off, and break off."""
        method, path, body, length = place.random.choice(list(_requests(place)))
        upgrade = method == "WS"
        head = [f"{'GET' if upgrade else method} /v1/sprites/{place.sprite.name}{path} HTTP/1.1"]
        head += [f"Host: {urlsplit(self.url).netloc}", f"Authorization: Bearer {self.token}"]
        if upgrade:
            key = base64.b64encode(place.random.randbytes(16)).decode()
            head += ["Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {key}"]
            head += ["Sec-WebSocket-Version: 13"]
        else:
            head += [f"Content-Length: {length}", "Content-Type: application/json"]
        text = "\r\n".join([*head, "", ""]).encode()
        await self._send_and_reset(
            text if upgrade else text + body, body, place.random, upgrade=upgrade
        )

    async def _send_and_reset(
        self, text: bytes, frames: bytes, chance: random.Random, *, upgrade: bool
    ) -> None:
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(text)
            if upgrade and chance.random() < 0.9:
                await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _PATIENCE)
                writer.write(frames)
            # Who goes on to use the sprite must know that what changes its life has begun.
            begins = b"/checkpoint " in text or b"/restore " in text
            patience = _PATIENCE if begins else chance.choice([0.0, 0.01, 0.1, 0.5])
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(chance.choice([1, 1000, 100_000])), patience)
        finally:
            raw: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):  # the server ended it first
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            writer.transport.abort()


def _requests(place: Place) -> Iterable[Request]:
    yield _get("/exec", "WS", cmd=["cat"], stdin="true")
    yield "WS", _path("/exec", cmd=["cat"], stdin="true"), _frame(b"\0" + bytes(MEGABYTE)), 0
    yield _get("/exec", "WS", cmd=["yes"])
    yield _get("/exec", "WS", cmd=["sh"], tty="true")
    yield _get("/exec", "WS", cmd=["sleep", "30"], max_run_after_disconnect="1s")
    yield _get("/exec", "POST", cmd=["yes"])
    yield _get("/exec", "POST", cmd=["sleep", "30"])
    yield "POST", _path("/exec", cmd=["cat"], stdin="true"), bytes(1000), MEGABYTE
    yield "POST", "/checkpoint", b"{}", 2
    if place.checkpoints:
        chosen = place.random.choice(place.checkpoints)
        yield "POST", f"/checkpoints/{chosen}/restore", b"", 0
    yield "PUT", _path("/fs/write", path=["/home/sprite/torn"]), bytes(70_000), 4 * MEGABYTE
    yield _get("/fs/read", "GET", path=["/home/sprite/data/blob"])
    yield _get("/fs/list", "GET", path=["/usr"], recursive="true")
    yield _get("/ports/watch", "WS")
    watch = json.dumps({"type": "subscribe", "paths": ["/home/sprite"], "recursive": True})
    yield "WS", "/fs/watch", _frame(watch.encode(), text=True), 0
    target = json.dumps({"host": "localhost", "port": place.port})
    yield "WS", "/proxy", _frame(target.encode(), text=True) + _frame(b"x" * 70_000), 0
    yield "WS", "/control", b"", 0
    order = 'control:{"type":"op.start","op":"exec","args":{"cmd":["yes"]}}'
    yield "WS", "/control", _frame(order.encode(), text=True), 0
    for name in place.services:
        yield _get(f"/services/{name}/logs", "GET", duration="20s")
        yield _get(f"/services/{name}/restart", "POST", duration="20s")


def _get(route: str, method: str, /, **query: object) -> Request:
    return method, _path(route, **query), b"", 0


def _path(route: str, /, **query: object) -> str:
    return f"{route}?{urlencode(query, doseq=True)}"


def _frame(data: bytes, *, text: bool = False) -> bytes:
    """Write a message as a client does, with a mask that changes nothing."""
    first = 0x81 if text else 0x82
    size = len(data)
    if size < 126:
        return bytes([first, 0x80 | size]) + _MASK + data
    if size < 1 << 16:
        return bytes([first, 0x80 | 126]) + struct.pack(">H", size) + _MASK + data
    return bytes([first, 0x80 | 127]) + struct.pack(">Q", size) + _MASK + data
