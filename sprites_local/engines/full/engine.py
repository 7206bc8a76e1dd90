"""The engine of the full tier."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Final, Literal, ParamSpec, TypeVar

from attrs import evolve

from sprites_local import linux, listeners
from sprites_local.egress import PUBLIC, Reach, door
from sprites_local.egress.gateway import Gateways
from sprites_local.engines import base
from sprites_local.engines.common import network
from sprites_local.engines.common.process import Command
from sprites_local.engines.full import adoption, host
from sprites_local.engines.full.ability import Ability
from sprites_local.engines.full.checkpoints import Checkpoints
from sprites_local.engines.full.files import AgentFiles
from sprites_local.engines.full.identifiers import PROBE, check_identifiers, host_name
from sprites_local.engines.full.probe import probe
from sprites_local.engines.full.sprite import Running

_THREADS: Final = 8
_STEERED_BY: Final = "sk_lookup (Linux 5.9)"

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
        python: Literal["auto", "private"] = "auto",
        process_state: Literal["auto", "on", "off"] = "auto",
        process_images: int = 10,
        criu_prefix: Path | None = None,
        reach: Reach = PUBLIC,
        grace: float = 0.0,
    ) -> None:
        """Set up an engine on a directory of its own; nothing happens before `open`.

        Args:
            data_dir: Where the pool is kept; one engine at a time.
            pool_size: Size of a new pool in bytes; by default what fits the disk, 48 GB at most.
            memory_limit: Bytes of memory for one sprite; by default three quarters of the host's.
            process_limit: Processes of one sprite.
            python: `private` copies the running interpreter even where /usr has a fitting one.
            process_state: `off` keeps files only. Otherwise processes are part of checkpoints
                where that works; `capabilities` tells whether.
            process_images: For how many checkpoints of a sprite processes are kept.
            criu_prefix: Where to look for a private CRIU.
            reach: What sprites may reach, as far as their policies let them.
            grace: How many seconds sprites run on when this process is killed, for another engine
                to adopt them.
        """
        self._settings = host.Settings(
            data_dir=data_dir,
            pool_size=pool_size,
            memory_limit=memory_limit or host.default_memory_limit(),
            process_limit=process_limit,
            # CRIU needs all rights in them: by being all-powerful, or else by being the owner.
            owned=process_state == "off" or linux.is_all_powerful(),
            private_python=python == "private",
            process_images=process_images,
            grace=grace,
        )
        self._ability = Ability(process_state, criu_prefix)
        self._gateways = Gateways(reach)
        self._host: host.Host | None = None
        self._running: dict[str, Running] = {}
        self._withdrawn: dict[str, tuple[base.Right, ...]] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sprites-engine")

    async def open(self) -> None:
        """Prepare the data directory, or say what this machine lacks."""
        host.require_root()
        opened = host.find(self._settings)
        try:
            await self._in_thread(opened.open)
            opened.start_helper()
            self._host = opened
            await self._gateways.explore(door.probe, _STEERED_BY)
            await probe(self, opened, self._in_thread)
            await self._ability.explore(self, opened, PROBE, self._in_thread)
        except BaseException:
            self._host = opened
            await self.close()
            raise

    async def close(self) -> None:
        """Stop everything and give all back; files stay."""
        opened, self._host = self._host, None
        if opened is None:
            return
        await self._gateways.close()
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
            processes=self._ability.processes is not None,
            isolation=(
                *("user", "pid", "mount", "uts", "ipc", "network"),
                *limits,
                "dropped capabilities",
                "system call filter",
            ),
            network="closed" if self._gateways.reason else "enforced",
            hints=(*self._ability.hints, *self._gateways.hints),
            withdrawable=("new privileges", "capabilities"),
        )

    async def recover(self, sprites: Mapping[str, Collection[str]]) -> None:
        """Adopt what an earlier server left running and bring the files in line."""
        for sprite in sprites:
            check_identifiers(sprite)
        if sprites:
            self._opened.require_old_pool()
        adopted = await adoption.adopt(self._opened, sprites, self._in_thread)
        self._running |= adopted
        for sprite, running in adopted.items():
            await self._gateways.attach(sprite, running)
        await self._in_thread(self._opened.store.recover, sprites)
        await self._in_thread(self._opened.images.recover, sprites)

    async def create(self, sprite: str, *, hostname: str | None = None) -> None:
        """Make a sprite's files."""
        check_identifiers(sprite)
        self._opened.require_space()
        await self._in_thread(self._opened.store.create, sprite, host_name(hostname or sprite))

    async def destroy(self, sprite: str) -> None:
        """Stop and delete a sprite."""
        check_identifiers(sprite)
        await self.stop(sprite)
        await self._in_thread(self._opened.store.destroy, sprite)
        await self._in_thread(self._opened.images.destroy, sprite)
        await self._gateways.forget(sprite)
        self._withdrawn.pop(sprite, None)

    async def start(self, sprite: str) -> None:
        """Boot a sprite unless it runs."""
        check_identifiers(sprite)
        if self.is_running(sprite):
            return
        await self._in_thread(self._opened.store.require, sprite)
        await self.stop(sprite)
        await self._in_thread(self._opened.store.settle, sprite)
        await self.hold(sprite, await Running.boot(self._opened, sprite, self._in_thread))

    async def hold(self, sprite: str, running: Running) -> None:
        """Take a sprite that has just been booted or brought back, and give it its way out."""
        self._running[sprite] = running
        await self._gateways.attach(sprite, running)

    async def stop(self, sprite: str) -> None:
        """End all processes of a sprite."""
        check_identifiers(sprite)
        running = self._running.pop(sprite, None)
        try:
            await self._in_thread(self._opened.groups.remove, sprite)
        finally:
            if running is not None:
                running.close()
            await self._gateways.detach(sprite)

    def is_running(self, sprite: str) -> bool:
        """Tell whether a sprite is booted."""
        return self._found(sprite) is not None

    async def pause(self, sprite: str) -> bool:
        """Freeze all processes of a sprite, the file agents in it too."""
        self._booted(sprite)
        await self._in_thread(self._freeze, sprite)
        return True

    async def resume(self, sprite: str) -> None:
        """Thaw a sprite."""
        if self.is_running(sprite):
            await self._in_thread(self._opened.groups.sprite(sprite).thaw)

    async def spawn(self, sprite: str, command: base.Command) -> Command:
        """Start a command."""
        booted, withdrawn = self._booted(sprite), self._withdrawn.get(sprite)
        if withdrawn:
            command = evolve(command, withdrawn=withdrawn)
        return await booted.control.spawn(command)

    def files(
        self, sprite: str, *, as_root: bool = False
    ) -> AbstractAsyncContextManager[AgentFiles]:
        """Open the file operations of a booted sprite."""
        return self._booted(sprite).files(as_root=as_root)

    async def connect(self, sprite: str, host: str, port: int) -> socket.socket:
        """Open a TCP connection from inside a sprite."""
        leads = partial(self._gateways.leads, sprite)
        return await network.connect(self._booted(sprite).make_socket, host, port, leads=leads)

    async def listen(self, sprite: str, path: str) -> socket.socket:
        """Let an agent make a listening socket inside a sprite."""
        async with self._booted(sprite).files(as_root=True) as agent:
            return await agent.listen(path)

    async def listeners(
        self, sprite: str, known: Collection[base.Listener] = ()
    ) -> list[base.Listener]:
        """List the ports that processes listen on."""
        running = self._booted(sprite)
        return await listeners.find(
            running.pid,
            known,
            asker=running.asker,
            in_thread=self._in_thread,
            shared=False,
            besides=[door.LISTENER],
        )

    async def ended(self, sprite: str) -> None:
        """Wait until a sprite has stopped."""
        await self._booted(sprite).control.ended.wait()

    async def limit_memory(self, sprite: str, limit: int | None) -> None:
        """Bound a sprite's memory."""
        check_identifiers(sprite)
        await self._in_thread(self._opened.groups.limit_memory, sprite, limit)

    async def limit_network(self, sprite: str, rules: Sequence[Mapping[str, str]]) -> None:
        """Restrict what a sprite reaches."""
        check_identifiers(sprite)
        self._gateways.limit(sprite, rules)

    async def withdraw(self, sprite: str, rights: Collection[base.Right]) -> None:
        """Take rights from what is started from now on."""
        check_identifiers(sprite)
        self._withdrawn[sprite] = tuple(rights)

    async def sessions(self, sprite: str) -> list[base.Process]:
        """Return the commands that the last restore brought back, or that were adopted."""
        return [*self._booted(sprite).sessions]

    async def checkpoint(
        self, sprite: str, checkpoint: str, *, still: Callable[[], None] | None = None
    ) -> base.Saved:
        """Keep files, and processes where that works, of one instant."""
        check_identifiers(sprite, checkpoint)
        return await self._checkpoints.take(sprite, checkpoint, self._found(sprite), still)

    async def restore(self, sprite: str, checkpoint: str) -> base.Restored:
        """Put the files back, then the processes or a fresh boot."""
        check_identifiers(sprite, checkpoint)
        restored = await self._checkpoints.restore(sprite, checkpoint)
        if restored.processes != "saved":
            await self.start(sprite)
        return restored

    async def show(self, sprite: str, checkpoints: Collection[str]) -> None:
        """Mount the files of these checkpoints in a sprite."""
        check_identifiers(sprite, *checkpoints)
        await self._booted(sprite).show(checkpoints)

    async def delete_checkpoint(self, sprite: str, checkpoint: str) -> None:
        """Delete a checkpoint, if it is there."""
        check_identifiers(sprite, checkpoint)
        await self._checkpoints.delete(sprite, checkpoint, self._found(sprite))

    @property
    def _opened(self) -> host.Host:
        if self._host is None:
            raise base.EngineError("the engine is not open")
        return self._host

    @property
    def _checkpoints(self) -> Checkpoints:
        return Checkpoints(self._opened, self._ability, self, self._in_thread)

    def _booted(self, sprite: str) -> Running:
        check_identifiers(sprite)
        running = self._found(sprite)
        if running is None:
            raise base.EngineError(f"the sprite {sprite} does not run")
        return running

    def _found(self, sprite: str) -> Running | None:
        running = self._running.get(sprite)
        return None if running is None or running.control.closed else running

    def _freeze(self, sprite: str) -> None:
        group = self._opened.groups.sprite(sprite)
        try:
            group.freeze()
        except BaseException:
            group.thaw()
            raise

    async def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call to its end, even if nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait({future})
            raise
