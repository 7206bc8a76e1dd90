"""The log of a service, a file inside the sprite."""

from __future__ import annotations

import asyncio
import errno
import functools
import logging
import os
import posixpath
from collections.abc import Iterable
from typing import Final

from sprites_local.engines.base import Engine, EngineError, Files
from sprites_local.services.output import Printed, log_lines, read_log

log = logging.getLogger(__name__)

DIRECTORY: Final = "/.sprite/logs/services"
_TAIL: Final = 1 << 20


def log_path(service: str) -> str:
    """Return where the log of a service is, inside its sprite."""
    return posixpath.join(DIRECTORY, f"{service}.log")


class LogFile:
    """An open log, or none where the sprite does not allow for one: a service runs without."""

    def __init__(self, descriptor: int, gate: asyncio.Lock) -> None:
        self._descriptor = descriptor
        self._gate = gate

    async def write(self, printed: Iterable[Printed]) -> None:
        """Append lines, at a time when no checkpoint is being taken."""
        data = b"".join(map(log_lines, printed))
        async with self._gate:
            if self._descriptor < 0:
                return
            writing = asyncio.get_running_loop().run_in_executor(
                None, _write_all, self._descriptor, data
            )
            try:
                await asyncio.shield(writing)
            except asyncio.CancelledError:
                # The descriptor's number must not become another file's under the thread.
                await asyncio.wait({writing})
                raise
            except OSError as error:
                log.warning("The log of a service ends here: %s", error)
                self.close()

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


async def open_log(engine: Engine, sprite_id: str, service: str, gate: asyncio.Lock) -> LogFile:
    """Open the log of a service for appending."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    try:
        async with engine.files(sprite_id, as_root=True) as files:
            await _make_directories(files)
            descriptor = await files.open(log_path(service), flags, 0o644)
    except (OSError, EngineError) as error:
        log.warning("No log of the service %s in %s: %s", service, sprite_id, error)
        descriptor = -1
    return LogFile(descriptor, gate)


async def read_tail(files: Files, service: str) -> list[Printed]:
    """Return what an earlier life of the sprite left of a service's output."""
    try:
        descriptor = await files.open(log_path(service), os.O_RDONLY)
    except OSError:
        return []
    data = await asyncio.get_running_loop().run_in_executor(
        None, functools.partial(_read_end, descriptor)
    )
    return list(read_log(data))


async def _make_directories(files: Files) -> None:
    path = ""
    for part in DIRECTORY.strip("/").split("/"):
        path = f"{path}/{part}"
        try:
            await files.mkdir(path)
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _read_end(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(size - _TAIL, 0))
        return file.read(_TAIL)
