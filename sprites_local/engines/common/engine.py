"""An engine whose sprites are directory trees, checkpointed by copies."""

from __future__ import annotations

import asyncio
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from sprites_local import listeners
from sprites_local.engines import base
from sprites_local.engines.common import guarded, network
from sprites_local.engines.common.files import OnlyUser, RootedFiles
from sprites_local.engines.common.guardians import key
from sprites_local.engines.common.identifiers import check_identifiers
from sprites_local.engines.common.process import Command
from sprites_local.engines.common.running import Running, listen, paused
from sprites_local.engines.common.trees import Trees
from sprites_local.engines.copies import Kept, UnknownCheckpointError

_THREADS: Final = 8
_FILES_ONLY: Final = "this tier keeps files only"
_UNSETTLED: Final = "files were changed while they were read, so they are not all of one instant"

P = ParamSpec("P")
T = TypeVar("T")


class TreeEngine(ABC):
    """What the tiers `rootless` and `portable` have in common; implements `base.Engine`."""

    def __init__(
        self,
        directory: Path,
        take_rights: Callable[[], None] | None = None,
        *,
        grace: float = 0.0,
    ) -> None:
        """Set up an engine; nothing happens before `open`.

        Args:
            directory: Where everything is kept.
            grace: How many seconds sprites run on when this process is killed, for another engine
                to adopt them.
            take_rights: Gives a thread that works on files the rights to work with; without it
                they are the server's.
        """
        self.directory = directory.absolute()
        self.trees = Trees(self.directory)
        self.grace = grace
        self._running: dict[str, Running] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sprites-engine")
        self._file_threads = ThreadPoolExecutor(
            _THREADS, thread_name_prefix="sprites-files", initializer=take_rights
        )

    @abstractmethod
    async def probe(self) -> None:
        """Try whether the tier works here.

        Raises:
            EngineUnavailableError: If it does not, with the reason.
        """

    @property
    def only_user(self) -> OnlyUser | None:
        """The user of a sprite, if its numbers inside are not the host's."""
        return None

    @property
    def besides(self) -> tuple[tuple[str, int], ...]:
        """Where the server itself listens in a sprite's network."""
        return ()

    def leads(self, sprite: str, host: str) -> bool:
        """Tell whether a connection from inside a sprite to an address may lead anywhere."""
        del sprite, host
        return True

    @abstractmethod
    def populate(self, live: Path, hostname: str) -> None:
        """Make the files of a new sprite in an empty directory."""

    @abstractmethod
    async def boot(self, sprite: str, live: Path) -> Running:
        """Boot a sprite."""

    @abstractmethod
    async def take_over(self, sprite: str, guardian: socket.socket) -> Running:
        """Take over a booted sprite from the guardian that waits at the other end.

        Raises:
            EngineError: If it cannot be. The guardian waits again then.
        """

    def clear(self, sprite: str) -> None:
        """End what may run of a sprite without its guardian: nothing, unless a tier differs."""
        del sprite

    @abstractmethod
    def capabilities(self) -> base.Capabilities:
        """Say what this tier does here."""

    async def open(self) -> None:
        """Prepare the data directory."""
        try:
            await self.in_thread(self.trees.open)
            await self.probe()
        except OSError as error:
            await self.close()
            raise base.EngineUnavailableError(str(error)) from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop every process; files stay."""
        stops = map(self.stop, list(self._running))
        outcomes = await asyncio.gather(*stops, return_exceptions=True)
        self.trees.close()
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def recover(self, sprites: Mapping[str, Collection[str]]) -> None:
        """Adopt what an earlier server left running and bring the files in line."""
        check_identifiers(*sprites)
        self._running |= await guarded.adopt(self.trees, sprites, self.take_over, self.in_thread)
        await self.in_thread(guarded.clear, self.trees, self._running, self.clear)
        await self.in_thread(self.trees.recover, sprites)

    async def create(self, sprite: str, *, hostname: str | None = None) -> None:
        """Make a sprite's files."""
        tree = self.trees.tree(sprite)
        name = (hostname or sprite)[:63]
        if tree.directory.exists():
            raise base.EngineError(f"there is a sprite {sprite} already")
        await self.in_thread(tree.create, lambda live: self.populate(live, name))

    async def destroy(self, sprite: str) -> None:
        """Stop and delete a sprite."""
        await self.stop(sprite)
        await self.in_thread(self.trees.tree(sprite).destroy)
        self.trees.forget(sprite)

    async def start(self, sprite: str) -> None:
        """Boot a sprite unless it runs."""
        if self.is_running(sprite):
            return
        await self.stop(sprite)
        tree = self.trees.require(sprite)
        self._running[sprite] = await self.boot(sprite, tree.live)

    async def stop(self, sprite: str) -> None:
        """End all processes of a sprite."""
        check_identifiers(sprite)
        running = self._running.pop(sprite, None)
        if running is not None:
            await running.end()
            await self.in_thread(self.trees.guardians.remove, key(sprite))

    def is_running(self, sprite: str) -> bool:
        """Tell whether a sprite is booted."""
        running = self._running.get(sprite)
        return running is not None and not running.control.closed

    async def pause(self, sprite: str) -> bool:
        """Do nothing: signals that stop processes would be seen by their parents."""
        self._booted(sprite)
        return False

    async def resume(self, sprite: str) -> None:
        """Do nothing: no sprite is ever paused."""
        check_identifiers(sprite)

    async def spawn(self, sprite: str, command: base.Command) -> Command:
        """Start a command."""
        return await self._booted(sprite).control.spawn(command)

    @asynccontextmanager
    async def files(self, sprite: str, *, as_root: bool = False) -> AsyncIterator[base.Files]:
        """Open the file operations of a booted sprite; there is one user only."""
        root = self._booted(sprite).open_root()
        files = RootedFiles(root, self._file_threads, self.only_user)
        try:
            yield files
        finally:
            files.close()

    async def connect(self, sprite: str, host: str, port: int) -> socket.socket:
        """Open a TCP connection from inside a sprite."""
        leads = partial(self.leads, sprite)
        return await network.connect(self._booted(sprite).make_socket, host, port, leads=leads)

    async def listen(self, sprite: str, path: str) -> socket.socket | None:
        """Make a listening socket in a sprite's own root."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._file_threads, listen, self._booted(sprite), path)

    async def listeners(
        self, sprite: str, known: Collection[base.Listener] = ()
    ) -> list[base.Listener]:
        """List the ports that processes listen on."""
        running = self._booted(sprite)
        return await listeners.find(
            running.pid,
            known,
            asker=running.asker,
            in_thread=self.in_thread,
            shared=running.shares_network,
            besides=self.besides,
        )

    async def ended(self, sprite: str) -> None:
        """Wait until a sprite has stopped."""
        await self._booted(sprite).control.ended.wait()

    async def limit_memory(self, sprite: str, limit: int | None) -> None:
        """Do nothing: without control groups there is nothing to bound memory with."""
        check_identifiers(sprite)

    async def limit_network(self, sprite: str, rules: Sequence[Mapping[str, str]]) -> None:
        """Do nothing: sprites reach nothing or, without namespaces, what this machine does."""
        del rules
        check_identifiers(sprite)

    async def withdraw(self, sprite: str, rights: Collection[base.Right]) -> None:
        """Do nothing, unless a tier can."""
        check_identifiers(sprite)

    async def sessions(self, sprite: str) -> list[base.Process]:
        """Return the commands that were adopted; no restore brings any back here."""
        return [*self._booted(sprite).sessions]

    async def checkpoint(
        self,
        sprite: str,
        checkpoint: str,
        *,
        still: Callable[[], None] | None = None,
    ) -> base.Saved:
        """Keep the files of one instant, if the sprite's processes can be stopped for it."""
        check_identifiers(checkpoint)
        tree = self.trees.require(sprite)
        loop = asyncio.get_running_loop()
        pause = paused(self._running[sprite], loop) if self.is_running(sprite) else None
        kept: Kept = await self.in_thread(tree.checkpoint, checkpoint, pause)
        reason = _FILES_ONLY if kept.stable else f"{_FILES_ONLY}; {_UNSETTLED}"
        return base.Saved("none", reason)

    async def restore(self, sprite: str, checkpoint: str) -> base.Restored:
        """End the processes, exchange the files, boot."""
        check_identifiers(checkpoint)
        tree = self.trees.require(sprite)
        if not await self.in_thread(tree.has, checkpoint):
            raise UnknownCheckpointError(f"there is no checkpoint {checkpoint}")
        await self.stop(sprite)
        try:
            await self.in_thread(tree.restore, checkpoint)
        finally:
            await self.start(sprite)
        return base.Restored("none", _FILES_ONLY)

    async def show(self, sprite: str, checkpoints: Collection[str]) -> None:
        """Do nothing: what the copies are made of is no tree that could be looked at."""
        check_identifiers(sprite, *checkpoints)

    async def delete_checkpoint(self, sprite: str, checkpoint: str) -> None:
        """Delete a checkpoint, if it is there."""
        check_identifiers(checkpoint)
        await self.in_thread(self.trees.require(sprite).delete, checkpoint)

    def _booted(self, sprite: str) -> Running:
        if not self.is_running(sprite):
            raise base.EngineError(f"the sprite {sprite} does not run")
        return self._running[sprite]

    async def in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what blocks in one of the engine's threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: call(*args, **kwargs))
