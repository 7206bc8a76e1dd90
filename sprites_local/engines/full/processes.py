"""Processes in checkpoints: written down by CRIU while the sprite stands still, and brought back.

Files and memory are of one instant: the sprite is frozen from before the dump until after the
snapshot. Whatever CRIU cannot write down makes it a checkpoint of files only, and the sprite runs
on in any case.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from sprites_local import sock_diag
from sprites_local.engines.base import EngineError, Saved
from sprites_local.engines.common.channel import Message
from sprites_local.engines.full import criu, showing
from sprites_local.engines.full.cgroup import Group
from sprites_local.engines.full.host import Host
from sprites_local.engines.full.sprite import Running

_TIMEOUT: Final = 60.0
InThread = Callable[..., Awaitable[Any]]


class Processes:
    """Checkpoints and restores with processes, by one CRIU."""

    def __init__(self, host: Host, program: criu.Criu, cache: Path, in_thread: InThread) -> None:
        self._host = host
        self._program = program
        self._cache = cache
        self._in_thread = in_thread

    async def checkpoint(
        self, sprite: str, checkpoint: str, running: Running, still: Callable[[], None] | None
    ) -> Saved:
        """Keep files and processes of one instant; `still` is called at that instant."""
        await self._in_thread(self._host.store.sync)
        try:
            await running.pause()
        except EngineError as error:
            await self._in_thread(self._host.snapshot_frozen, sprite, checkpoint)
            saved = Saved("refused", str(error))
            await self._in_thread(self._host.images.draft, sprite)
        else:
            try:
                saved = await self._frozen(sprite, checkpoint, running, still)
            finally:
                await running.resume(self._in_thread)
        return await self._keep(sprite, checkpoint, saved)

    async def restore(self, sprite: str, checkpoint: str) -> Running:
        """Bring the processes back whose files are in place; nothing of the sprite runs yet.

        Raises:
            EngineError: If they did not come back; some may run.
        """
        await self._in_thread(self._host.groups.make, sprite)
        images = self._host.images.process(sprite, checkpoint)
        shown, options = showing.at_restore(self._host, sprite, images)
        request = {
            **self._host.boot_request(sprite),
            **self._request("restore", images, [*self._program.restore(), *options]),
            **shown,
        }
        try:
            code = await self._host.helper.criu(request, _TIMEOUT)
        except TimeoutError:
            raise EngineError("bringing the processes back took too long") from None
        if code:
            raise EngineError(criu.explain(code, images / criu.RESTORE_LOG))
        group = self._host.groups.sprite(sprite).path / "main"
        pid = await self._in_thread(find_init, group)
        return await Running.adopt(self._host, sprite, pid, self._in_thread)

    async def _frozen(
        self, sprite: str, checkpoint: str, running: Running, still: Callable[[], None] | None
    ) -> Saved:
        store, top = self._host.store, self._host.groups.sprite(sprite).path
        # Each by itself, because CRIU thaws and freezes the main group for its own ends.
        parts = [Group(top / "agents"), Group(top / "main")]
        try:
            for part in parts:
                await self._in_thread(part.freeze)
            if still is not None:
                still()
            snapshot = _Once(partial(self._in_thread, store.checkpoint, sprite, checkpoint))
            saved = await self._dump(sprite, running, top / "main", snapshot.take)
            if saved.processes != "saved" or not snapshot.taken:
                # A CRIU that failed may have thawed the processes, or left names of its own.
                await self._in_thread(parts[1].freeze)
                await self._in_thread(store.delete_checkpoint, sprite, checkpoint)
                await self._in_thread(store.checkpoint, sprite, checkpoint)
        finally:
            for part in reversed(parts):
                part.thaw()
        return saved

    async def _dump(
        self, sprite: str, running: Running, frozen: Path, snapshot: Callable[[], Awaitable[None]]
    ) -> Saved:
        images = await self._in_thread(self._host.images.draft, sprite)
        group = self._host.groups.operations(sprite)
        group.make()
        try:
            await self._in_thread(self._require_room, frozen)
            unsent = await self._has_unsent(running)
            options = showing.at_dump(running.pid, images)
            program = self._program.dump(running.pid, frozen, unsent=unsent)
            request = self._request("dump", images, [*program, *options])
            request["cgroups"] = [str(group.path / "cgroup.procs")]
            parts = (frozen, frozen.with_name("agents"))
            request["frozen"] = [str(part / "cgroup.freeze") for part in parts]
            code = await self._host.helper.criu(request, _TIMEOUT, snapshot)
        except TimeoutError:
            return Saved("refused", "writing the processes down took too long")
        except EngineError as error:
            return Saved("refused", str(error))
        finally:
            await self._in_thread(_end, group)
        if code:
            return Saved("refused", criu.explain(code, images / criu.DUMP_LOG))
        return Saved("saved")

    async def _has_unsent(self, running: Running) -> bool:
        """Tell of data that the peers of the sprite's connections have not taken yet.

        Raises:
            EngineError: If some is of a program that has closed its end: the kernel alone sends
                it, and there is nobody to write it down from.
        """
        try:
            with await running.make_socket(socket.AF_NETLINK) as asking:
                unsent = dict(await self._in_thread(lambda: list(sock_diag.unsent(asking))))
        except OSError as error:
            raise EngineError(f"the kernel tells of no connections: {error.strerror}") from None
        if 0 in unsent:
            raise EngineError("a closed connection still has data on its way")
        return bool(unsent)

    async def _keep(self, sprite: str, checkpoint: str, saved: Saved) -> Saved:
        try:
            await self._in_thread(self._host.images.keep, sprite, checkpoint, saved)
        except OSError as error:
            await self._in_thread(self._host.images.delete, sprite, checkpoint)
            return Saved("refused", f"the processes could not be stored: {error.strerror}")
        return saved

    def _require_room(self, group: Path) -> None:
        """Raise if what a group has in memory does not fit on the disk: better than to fill it."""
        needed = sum(_resident(pid) for pid in (group / "cgroup.procs").read_text().split())
        if not self._host.has_room(needed):
            raise EngineError("the disk has no room for the memory of the processes")

    def _request(self, operation: str, images: Path, program: list[str]) -> Message:
        return {
            "op": operation,
            "stage": self._host.stage,
            "images": str(images),
            "cache": str(self._cache),
            "program": program,
            "directory": self._program.directory,
        }


class _Once:
    """A snapshot, and whether it was taken."""

    def __init__(self, take: Callable[[], Awaitable[Any]]) -> None:
        self._take = take
        self.taken = False

    async def take(self) -> None:
        await self._take()
        self.taken = True


def _end(group: Group) -> None:
    group.kill()
    group.remove()


def _resident(pid: str) -> int:
    """Return the bytes that a process has in memory, what it shares with others included."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def find_init(group: Path) -> int:
    """Find the process of a group that is PID 1 of a pid namespace directly below ours."""
    for pid in (group / "cgroup.procs").read_text().split():
        try:
            status = Path(f"/proc/{pid}/status").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # At the beginning of a line: the first line is the name that the process gave itself.
        numbers = status.partition(b"\nNSpid:")[2].partition(b"\n")[0].split()
        if numbers == [pid.encode(), b"1"]:
            return int(pid)
    raise EngineError("the sprite has no init")
