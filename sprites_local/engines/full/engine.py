"""The engine of the full tier."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final, Literal, ParamSpec, TypeVar

from sprites_local import listeners
from sprites_local.engines import base
from sprites_local.engines.common import network
from sprites_local.engines.full import host
from sprites_local.engines.full.files import AgentFiles
from sprites_local.engines.full.process import Command
from sprites_local.engines.full.sprite import Running

_PROBE: Final = "_probe"
_IDENTIFIER: Final = re.compile(rf"{_PROBE}|[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}")
_THREADS: Final = 8
_NO_PROCESSES: Final = "this machine keeps files only"

P = ParamSpec("P")
T = TypeVar("T")


class FullEngine:
    """Runs sprites as separate Linux systems; implements `base.Engine`. Needs root."""

    def __init__(
        self,
        data_dir: Path,
        *,
        pool_size: int | None = None,
        memory_limit: int | None = None,
        process_limit: int = 8192,
        uid_base: int = 100_000,
        python: Literal["auto", "private"] = "auto",
    ) -> None:
        """Set up an engine on a directory of its own; nothing happens before `open`.

        Args:
            data_dir: Where the pool is kept; one engine at a time.
            pool_size: Size of a new pool in bytes; by default what fits the disk, 64 GB at most.
            memory_limit: Bytes of memory for one sprite; by default three quarters of the host's.
            process_limit: Processes of one sprite.
            uid_base: First of the 65536 host ids that a sprite's users become.
            python: `private` copies the running interpreter even where /usr has a fitting one.
        """
        self._settings = host.Settings(
            data_dir=data_dir,
            pool_size=pool_size,
            memory_limit=memory_limit or host.default_memory_limit(),
            process_limit=process_limit,
            uid_base=uid_base,
            private_python=python == "private",
        )
        self._host: host.Host | None = None
        self._running: dict[str, Running] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sprites-engine")

    async def open(self) -> None:
        """Prepare the data directory, or say what this machine lacks."""
        host.require_root()
        opened = host.Host(self._settings)
        try:
            await self._in_thread(opened.open)
            opened.start_helper()
            self._host = opened
            await self._probe()
        except BaseException:
            self._host = opened
            await self.close()
            raise

    async def close(self) -> None:
        """Stop everything and give all back; files stay."""
        opened, self._host = self._host, None
        if opened is None:
            return
        for running in self._running.values():
            running.close()
        self._running.clear()
        await self._in_thread(opened.stop_sprites)
        await opened.stop_helper()
        await self._in_thread(opened.close)

    def capabilities(self) -> base.Capabilities:
        """Say what the tier does here."""
        limits = [f"{name} limit" for name in sorted(self._opened.groups.limited)]
        return base.Capabilities(
            tier="full",
            files="btrfs snapshot",
            processes=False,
            isolation=(
                *("user", "pid", "mount", "uts", "ipc", "network"),
                *limits,
                "dropped capabilities",
                "system call filter",
            ),
            hints=(f"Processes are not part of checkpoints: {_NO_PROCESSES}.",),
        )

    async def recover(self, sprites: Mapping[str, Collection[str]]) -> None:
        """Stop what an earlier server left running and bring the files in line."""
        for sprite in sprites:
            _check_identifier(sprite)
        await self._in_thread(self._opened.groups.remove_all)
        await self._in_thread(self._opened.store.recover, sprites)

    async def create(self, sprite: str, *, hostname: str | None = None) -> None:
        """Make a sprite's files."""
        _check_identifier(sprite)
        self._opened.require_space()
        await self._in_thread(self._opened.store.create, sprite, _host_name(hostname or sprite))

    async def destroy(self, sprite: str) -> None:
        """Stop and delete a sprite."""
        _check_identifier(sprite)
        await self.stop(sprite)
        await self._in_thread(self._opened.store.destroy, sprite)

    async def start(self, sprite: str) -> None:
        """Boot a sprite unless it runs."""
        _check_identifier(sprite)
        if self.is_running(sprite):
            return
        await self._in_thread(self._opened.store.require, sprite)
        await self.stop(sprite)
        await self._in_thread(self._opened.store.settle, sprite)
        self._running[sprite] = await Running.boot(self._opened, sprite, self._in_thread)

    async def stop(self, sprite: str) -> None:
        """End all processes of a sprite."""
        _check_identifier(sprite)
        running = self._running.pop(sprite, None)
        try:
            await self._in_thread(self._opened.groups.remove, sprite)
        finally:
            if running is not None:
                running.close()

    def is_running(self, sprite: str) -> bool:
        """Tell whether a sprite is booted."""
        running = self._running.get(sprite)
        return running is not None and not running.control.closed

    async def spawn(self, sprite: str, command: base.Command) -> Command:
        """Start a command."""
        return await self._booted(sprite).control.spawn(command)

    def files(
        self, sprite: str, *, as_root: bool = False
    ) -> AbstractAsyncContextManager[AgentFiles]:
        """Open the file operations of a booted sprite."""
        return self._booted(sprite).files(as_root=as_root)

    async def connect(self, sprite: str, host: str, port: int) -> socket.socket:
        """Open a TCP connection from inside a sprite."""
        return await network.connect(self._booted(sprite).make_socket, host, port)

    async def listeners(
        self, sprite: str, known: Collection[base.Listener] = ()
    ) -> list[base.Listener]:
        """List the ports that processes listen on."""
        pid = self._booted(sprite).pid
        return await self._in_thread(listeners.find, pid, known, shared=False)

    async def ended(self, sprite: str) -> None:
        """Wait until a sprite has stopped."""
        await self._booted(sprite).control.ended.wait()

    async def limit_memory(self, sprite: str, limit: int | None) -> None:
        """Bound a sprite's memory."""
        _check_identifier(sprite)
        await self._in_thread(self._opened.groups.limit_memory, sprite, limit)

    async def checkpoint(self, sprite: str, checkpoint: str) -> base.Saved:
        """Snapshot the files of one instant."""
        _check_identifier(sprite, checkpoint)
        self._opened.require_space()
        store = self._opened.store
        store.require(sprite)
        if self.is_running(sprite):
            await self._in_thread(store.sync)
            await self._in_thread(self._snapshot_frozen, sprite, checkpoint)
        else:
            await self._in_thread(store.checkpoint, sprite, checkpoint)
        return base.Saved("none", _NO_PROCESSES)

    async def restore(self, sprite: str, checkpoint: str) -> base.Restored:
        """Put the files back and boot."""
        _check_identifier(sprite, checkpoint)
        store = self._opened.store
        if not store.has_checkpoint(sprite, checkpoint):
            raise base.EngineError(f"there is no checkpoint {checkpoint}")
        await self._in_thread(store.begin_restore, sprite, checkpoint)
        await self.stop(sprite)
        await self._in_thread(store.finish_restore, sprite, checkpoint)
        await self.start(sprite)
        return base.Restored("none", _NO_PROCESSES)

    async def delete_checkpoint(self, sprite: str, checkpoint: str) -> None:
        """Delete a checkpoint, if it is there."""
        _check_identifier(sprite, checkpoint)
        await self._in_thread(self._opened.store.delete_checkpoint, sprite, checkpoint)

    @property
    def _opened(self) -> host.Host:
        if self._host is None:
            raise base.EngineError("the engine is not open")
        return self._host

    def _booted(self, sprite: str) -> Running:
        _check_identifier(sprite)
        if not self.is_running(sprite):
            raise base.EngineError(f"the sprite {sprite} does not run")
        return self._running[sprite]

    def _snapshot_frozen(self, sprite: str, checkpoint: str) -> None:
        group = self._opened.groups.sprite(sprite)
        try:
            group.freeze()
            self._opened.store.checkpoint(sprite, checkpoint)
        finally:
            group.thaw()

    async def _probe(self) -> None:
        """Boot a throw-away sprite once per machine start: nothing proves more than doing it."""
        if self._opened.was_probed():
            return
        await self._in_thread(self._opened.store.destroy, _PROBE)
        try:
            await self.create(_PROBE)
            await self.start(_PROBE)
            await self.checkpoint(_PROBE, _PROBE)
            await self.destroy(_PROBE)
        except (base.EngineError, OSError) as error:
            raise base.EngineUnavailableError(host.explain(error)) from error
        self._opened.note_probed()

    async def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call to its end, even if nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait({future})
            raise


def _host_name(name: str) -> str:
    """Return what a kernel and /etc/hosts take as a host name."""
    return re.sub(r"[^A-Za-z0-9-]", "-", name)[:63].strip("-") or "sprite"


def _check_identifier(*identifiers: str) -> None:
    """Refuse ids that could mean another path."""
    for identifier in identifiers:
        if not _IDENTIFIER.fullmatch(identifier):
            raise base.EngineError(f"not a usable id: {identifier!r}")
