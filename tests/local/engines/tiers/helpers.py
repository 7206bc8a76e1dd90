"""Running commands to their end."""

from pathlib import Path
from typing import Any

import pytest

from sprites_local.engines.base import Command, Process
from sprites_local.engines.common.engine import TreeEngine
from sprites_local.engines.rootless import host

needs_user_namespaces = pytest.mark.skipif(
    host.switched_off() is not None, reason=f"this machine forbids them: {host.switched_off()}"
)

ENV = {
    "HOME": "/home/sprite",
    "LANG": "C.UTF-8",
    "PATH": "/home/sprite/.local/bin:/usr/local/bin:/usr/bin:/bin",
}


def command(*argv: str, **kwargs: Any) -> Command:
    """Return a command with the server's defaults."""
    return Command(argv=argv, env=ENV, cwd=kwargs.pop("cwd", "/home/sprite"), **kwargs)


async def start(engine: TreeEngine, sprite: str, script: str, **kwargs: Any) -> Process:
    """Start a shell script."""
    return await engine.spawn(sprite, command("sh", "-c", script, **kwargs))


async def finish(process: Process) -> tuple[int, bytes, bytes]:
    """Read everything; return code, output and errors."""
    streams = {1: b"", 2: b""}
    async for stream, data in process.stdout():
        streams[stream] += data
    return await process.wait(), streams[1], streams[2]


async def run(engine: TreeEngine, sprite: str, script: str, **kwargs: Any) -> tuple[int, str, str]:
    """Run a shell script without input to its end."""
    process = await start(engine, sprite, script, **kwargs)
    await process.close_stdin()
    code, out, err = await finish(process)
    return code, out.decode(), err.decode()


def live(engine: TreeEngine, sprite: str) -> Path:
    """Return where the sprite's files are on the host."""
    return engine.directory / "sprites" / sprite / "live"
