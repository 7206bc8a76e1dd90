"""The engine of the rootless tier."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from attrs import evolve

from sprites_local import linux, rooted
from sprites_local.egress import PUBLIC, Reach, door
from sprites_local.egress.gateway import Gateways
from sprites_local.engines import base
from sprites_local.engines.common import python
from sprites_local.engines.common.engine import TreeEngine
from sprites_local.engines.common.files import OnlyUser
from sprites_local.engines.common.identifiers import check_identifiers
from sprites_local.engines.common.process import Command
from sprites_local.engines.copies.dirfds import open_directory
from sprites_local.engines.copies.remove import remove_tree
from sprites_local.engines.rootless import host, inhabitants, skeleton
from sprites_local.engines.rootless.booted import Booted, Launcher
from sprites_local.init import launch
from sprites_local.init.unprivileged import SPRITE_USER

_HOSTNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}")
_PROBE: Final = "probe"
_HINTS: Final = (
    "A sprite has one user, `sprite`: there is no root inside, hence no sudo and no apt; "
    "install with `pip install --user` and the like.",
    "Restores bring back files, not processes; memory and processes are not limited.",
)
_STEERED_BY: Final = "nf_tables and nft_tproxy, in a network of its own"
_AS_ROOT: Final = "Run the server as root for the tier full, which has all of that."


class RootlessEngine(TreeEngine):
    """Runs sprites in the namespaces of an ordinary user; implements `base.Engine`."""

    def __init__(self, data_dir: Path, *, reach: Reach = PUBLIC, grace: float = 0.0) -> None:
        """Set up an engine on a directory; nothing happens before `open`.

        Args:
            data_dir: Where everything is kept.
            reach: What sprites may reach, as far as their policies let them.
            grace: How many seconds sprites run on when this process is killed, for another engine
                to adopt them.
        """
        super().__init__(data_dir / "rootless", self._take_rights, grace=grace)
        self._ids = (os.geteuid(), os.getegid())
        self._python: str | None = None
        self._gateways = Gateways(reach)
        self._bound: set[str] = set()
        """The sprites whose commands may not become more than they are."""

    async def probe(self) -> None:
        """Boot a throw-away sprite: nothing proves more than doing it."""
        if sys.platform != "linux":
            raise base.EngineUnavailableError("the rootless tier needs Linux")
        try:
            self._ids = host.sprite_ids()
            await self.in_thread(self._find_python)
            await self.destroy(_PROBE)
            await self.create(_PROBE)
            await self.start(_PROBE)
            await self.destroy(_PROBE)
        except (base.EngineError, OSError) as error:
            raise base.EngineUnavailableError(host.explain(error)) from error

    def capabilities(self) -> base.Capabilities:
        """Say what the tier does here."""
        # Root is told what else the tier full lacks where it was tried.
        hints = () if os.geteuid() == 0 else (_AS_ROOT,)
        return base.Capabilities(
            tier="rootless",
            files="content-addressed copies",
            processes=False,
            isolation=("user", "pid", "mount", "uts", "ipc", "network", "system call filter"),
            network="closed" if self._gateways.reason else "enforced",
            hints=(*_HINTS, *hints, *self._gateways.hints),
            # The second one no command has, nor can get: all is mounted without setuid.
            withdrawable=("new privileges", "capabilities"),
        )

    async def withdraw(self, sprite: str, rights: Collection[base.Right]) -> None:
        """Take rights from what is started from now on."""
        await super().withdraw(sprite, rights)
        if "new privileges" in rights:
            self._bound.add(sprite)
        else:
            self._bound.discard(sprite)

    async def spawn(self, sprite: str, command: base.Command) -> Command:
        """Start a command."""
        withdrawn: tuple[base.Right, ...] = ("new privileges",) if sprite in self._bound else ()
        return await super().spawn(sprite, evolve(command, withdrawn=withdrawn))

    async def limit_network(self, sprite: str, rules: Sequence[Mapping[str, str]]) -> None:
        """Restrict what a sprite reaches."""
        check_identifiers(sprite)
        self._gateways.limit(sprite, rules)

    async def stop(self, sprite: str) -> None:
        """End all processes of a sprite, and its way out."""
        lost = sprite in self._running and not self.is_running(sprite)
        try:
            await super().stop(sprite)
            if lost:  # its launcher may have been killed
                await self.in_thread(self.clear, sprite)
        finally:
            await self._gateways.detach(sprite)

    async def destroy(self, sprite: str) -> None:
        """Stop and delete a sprite."""
        await super().destroy(sprite)
        await self._gateways.forget(sprite)
        self._bound.discard(sprite)

    @property
    def besides(self) -> tuple[tuple[str, int], ...]:
        """Where a sprite's door is."""
        return (door.LISTENER,)

    def leads(self, sprite: str, host: str) -> bool:
        """Tell whether a connection from inside a sprite may lead anywhere."""
        return self._gateways.leads(sprite, host)

    def populate(self, live: Path, hostname: str) -> None:
        """Make a small system of the host's public configuration."""
        skeleton.build(live, hostname, SPRITE_USER)
        if self._is_somebody_else:
            skeleton.give_away(live, *self._ids)

    async def boot(self, sprite: str, live: Path) -> Booted:
        """Boot a sprite in namespaces of its own."""
        private = self._python is None
        request: dict[str, Any] = {
            "root": str(live),
            "python": str(self._private_python) if private else None,
            "pythons": [launch.PRIVATE_PYTHON if private else self._python],
            "hostname": await self.in_thread(_hostname, live, sprite),
            "uid": self._ids[0],
            "gid": self._ids[1],
        }
        trees, seconds = self.trees, 0.0 if sprite == _PROBE else self.grace
        with trees.guardians.inheritance(sprite, trees.lock, seconds) as inheritance:
            launcher = Launcher.start(request, inheritance)
        return await self._let_out(sprite, await Booted.boot(launcher))

    async def take_over(self, sprite: str, guardian: socket.socket) -> Booted:
        """Take over a sprite from its launcher."""
        booted = await Booted.adopt(guardian, self.trees.lock, self.grace)
        return await self._let_out(sprite, booted)

    def clear(self, sprite: str) -> None:
        """End who is in a sprite without its launcher; the kernel is about to."""
        inhabitants.end(self.trees.tree(sprite).live)

    async def _let_out(self, sprite: str, booted: Booted) -> Booted:
        """Give a sprite its way out; the first one is there to find out whether that works."""
        try:
            if sprite == _PROBE:
                await self._gateways.explore(partial(door.probe_in, booted), _STEERED_BY)
            else:
                await self._gateways.attach(sprite, booted)
        except BaseException:
            await booted.end()
            raise
        return booted

    @property
    def only_user(self) -> OnlyUser:
        """The user `sprite`: an ordinary user may map one id."""
        return OnlyUser(SPRITE_USER, *self._ids)

    @property
    def _is_somebody_else(self) -> bool:
        """Whether a sprite is another user than the server."""
        return self._ids[0] != os.geteuid()

    @property
    def _private_python(self) -> Path:
        return self.directory / "python"

    def _find_python(self) -> None:
        """Find an interpreter that sprites see, or copy this one for them."""
        self._python = python.find_system_python()
        if self._python is None and not self._private_python.exists():
            draft = self._private_python.with_name("python.new")
            remove_tree(draft)
            python.copy_running_python(draft)
            draft.rename(self._private_python)

    def _take_rights(self) -> None:
        """Make a thread work on files just as the sprite's user would."""
        if sys.platform == "linux":
            linux.unshare(linux.CLONE_FS)  # a file mode mask of its own
            os.umask(0)
            if self._is_somebody_else:
                linux.set_file_ids(*self._ids)
                # The kernel tells who may do more than work on files what nobody else is told.
                linux.drop_rights()


def _hostname(live: Path, default: str) -> str:
    """Return the name that a sprite gives itself."""
    try:
        name = _read_start(live, "/etc/hostname").strip()
    except OSError:
        return default
    return name if _HOSTNAME.fullmatch(name) else default


def _read_start(live: Path, path: str) -> str:
    root = open_directory(live)
    try:
        fd = rooted.open_file(root, path, os.O_RDONLY)
        try:
            return os.read(fd, 100).decode(errors="replace")
        finally:
            os.close(fd)
    finally:
        os.close(root)
