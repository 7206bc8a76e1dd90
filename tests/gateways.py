"""Real gateways on loopback: one that ends TLS before a server, and proxies that obey CONNECT."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

import trustme
from attrs import define, field

Address = tuple[str, int]


@define
class Gateway:
    """Forwards connections; use it as a context manager.

    With a target everything goes there. Without one, each connection says by CONNECT where to.
    """

    target: str | None = None
    """The URL of the server behind."""
    tls: ssl.SSLContext | None = None
    credentials: str | None = None
    """`user:password`, which a proxy wants to see."""
    address: Address = ("127.0.0.1", 0)
    asked: list[str] = field(factory=list)
    """What connections said to a proxy."""
    heads: list[list[str]] = field(factory=list)
    """The same, with all headers."""
    callers: list[Address] = field(factory=list)
    """Where connections came from."""
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.new_event_loop)
    _tasks: set[asyncio.Task[None]] = field(factory=set)
    _server: asyncio.Server = field(init=False)
    _thread: threading.Thread = field(init=False)

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Its URL, by a name that its certificate is for."""
        host = "localhost" if self.address[0] == "127.0.0.1" else self.address[0]
        return f"http{'s' if self.tls else ''}://{host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        opening = asyncio.start_server(self._accept, *self.address, ssl=self.tls)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers.append(writer.get_extra_info("peername")[:2])
        if self.target is not None:
            parts = urlsplit(self.target)
            address = (parts.hostname or "", parts.port or 80)
        elif (found := await self._obey(reader, writer)) is not None:
            address = found
        else:
            return
        there, back = await asyncio.open_connection(*address)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, back))
                group.create_task(_pump(there, writer))
        finally:
            back.transport.abort()

    async def _obey(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Address | None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        self.asked.append(head[0])
        self.heads.append(head[1:])
        if self.credentials is not None:
            encoded = base64.b64encode(self.credentials.encode()).decode()
            if f"proxy-authorization: basic {encoded}".lower() not in map(str.lower, head):
                writer.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                return None
        host, _, port = head[0].split()[1].rpartition(":")
        writer.write(b"HTTP/1.1 200 Yes\r\n\r\n")
        return "127.0.0.1" if host == "localhost" else host, int(port)


@define
class Socks(Gateway):
    """A proxy that speaks SOCKS 5 (RFC 1928, and RFC 1929 for passwords)."""

    scheme: str = "socks5"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def _obey(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Address | None:
        version, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        method = 0 if self.credentials is None else 2
        if version != 5 or method not in offered:
            writer.write(b"\x05\xff")
            await writer.drain()
            return None
        writer.write(bytes([5, method]))
        if method and not await self._knows(reader, writer):
            return None
        _, command, _, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            raw = await reader.readexactly(4 if kind == 1 else 16)
            host = socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, raw)
        port = int.from_bytes(await reader.readexactly(2))
        self.asked.append(f"{command} {host}:{port}")
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        return "127.0.0.1" if host == "localhost" else host, port

    async def _knows(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        said = []
        await reader.readexactly(1)
        for _ in range(2):
            said.append(await reader.readexactly((await reader.readexactly(1))[0]))
        known = b":".join(said).decode() == self.credentials
        writer.write(b"\x01" + bytes([not known]))
        await writer.drain()
        return known


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()


def server_tls(authority: trustme.CA, *, wants: trustme.CA | None = None) -> ssl.SSLContext:
    """Return what a server proves itself by, and whose clients it accepts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.2").configure_cert(context)
    if wants is not None:
        wants.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return what trusts an authority, and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context
