"""Which CRIU works on this machine: found out by using it, once for each start of the machine.

Versions tell nothing: there are CRIUs that call themselves fit for a kernel and fail at every
network socket. So a probe sprite with a listening socket, a connection and a pipe, which shows an
older checkpoint, is checkpointed and brought back, and must continue where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Final, Protocol

from sprites_local.engines.base import Command, EngineError, Process, Restored, Saved
from sprites_local.engines.full.criu import Criu

CACHE: Final = Path("/run/sprites-local")
"""What stays true until the machine is started again, for all servers on it."""

_TEST: Final = 2
"""Changes with what is tested."""

_TIMEOUT: Final = 30.0
_CHECKPOINT: Final = "probe"
_SHOWN: Final = "shown"
_PROGRAM: Final = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
reader, writer = os.pipe()
count = 0
print("ready", flush=True)
for line in sys.stdin:
    another = socket.create_connection(listener.getsockname())
    listener.accept()[0].close()
    os.write(writer, b"%d" % count)
    count = int(os.read(reader, 20)) + 1
    client.sendall(b"%d" % count)
    print(int(server.recv(20)), flush=True)
    os.write(writer, b"%d" % count)
    count = int(os.read(reader, 20))
"""


class Subject(Protocol):
    """What the test needs of an engine."""

    async def create(self, sprite: str) -> None:
        """Make a sprite."""

    async def destroy(self, sprite: str) -> None:
        """Delete it."""

    async def start(self, sprite: str) -> None:
        """Boot it."""

    async def show(self, sprite: str, checkpoints: Collection[str]) -> None:
        """Show checkpoints in it."""

    async def spawn(self, sprite: str, command: Command) -> Process:
        """Start a command."""

    async def checkpoint(self, sprite: str, checkpoint: str) -> Saved:
        """Take a checkpoint."""

    async def restore(self, sprite: str, checkpoint: str) -> Restored:
        """Put it back."""

    async def sessions(self, sprite: str) -> list[Process]:
        """Return what came back."""


def is_known(program: Criu, boot: str) -> bool:
    """Tell whether this CRIU was seen working since the machine started."""
    try:
        return _mark(program).read_text() == boot
    except FileNotFoundError:
        return False


def note(program: Criu, boot: str) -> None:
    """Remember that this CRIU works."""
    _mark(program).write_text(boot)


def prepare_cache(boot: str) -> None:
    """Make the cache; forget what is older than the machine's start."""
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    started = CACHE / "boot"
    if started.exists() and started.read_text() == boot:
        return
    for path in CACHE.iterdir():
        path.unlink()
    started.write_text(boot)


async def run(engine: Subject, sprite: str, python: str) -> None:
    """Write a sprite down and bring it back.

    Raises:
        EngineError: If anything is not as it should be.
    """
    try:
        async with asyncio.timeout(_TIMEOUT):
            await engine.create(sprite)
            await engine.checkpoint(sprite, _SHOWN)
            await engine.start(sprite)
            await engine.show(sprite, [_SHOWN])
            await _try(engine, sprite, python)
    except (OSError, StopAsyncIteration, ValueError) as error:
        raise EngineError(f"the self-test of CRIU failed: {error!r}") from error
    finally:
        await engine.destroy(sprite)


async def _try(engine: Subject, sprite: str, python: str) -> None:
    command = Command((python, "-I", "-S", "-c", _PROGRAM), {"PATH": "/usr/bin"}, "/")
    process = await engine.spawn(sprite, command)
    output = process.stdout()
    if await _line(output) != "ready":
        raise EngineError("the self-test of CRIU could not begin")
    first = await _step(process, output)
    saved = await engine.checkpoint(sprite, _CHECKPOINT)
    if saved.processes != "saved":
        raise EngineError(saved.reason)
    second = await _step(process, output)
    restored = await engine.restore(sprite, _CHECKPOINT)
    if restored.processes != "saved":
        raise EngineError(restored.reason)
    (again,) = await engine.sessions(sprite)
    third = await _step(again, again.stdout())
    if (first, second, third) != ("1", "2", "2"):
        raise EngineError(f"CRIU restored something else: {first}, {second}, {third}")


async def _step(process: Process, output: AsyncIterator[tuple[int, bytes]]) -> str:
    await process.write(b"\n")
    return await _line(output)


async def _line(output: AsyncIterator[tuple[int, bytes]]) -> str:
    text = b""
    while not text.endswith(b"\n"):
        text += (await anext(output))[1]
    return text.decode().strip()


def _mark(program: Criu) -> Path:
    return CACHE / f"works-{_TEST}-{program.identity[:32]}"
