"""The engine of the portable tier."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Final

from sprites_local.engines import base
from sprites_local.engines.common import network
from sprites_local.engines.common.engine import TreeEngine
from sprites_local.engines.common.process import Command
from sprites_local.engines.portable.leftovers import Leftovers
from sprites_local.engines.portable.mapping import map_command
from sprites_local.engines.portable.supervised import Supervised

_DIRECTORIES: Final = ("home/sprite", "opt", "srv", "tmp", "usr/local/bin", "var/tmp")
_WARNING: Final = (
    "NO ISOLATION: commands run as ordinary processes of this machine with all your rights; "
    "absolute paths inside them are this machine's, not the sprite's."
)
_AS_ROOT: Final = "The server runs as root, and so do the commands of its sprites."
_ADVICE: Final = (
    "For isolation there are the tiers rootless (Linux with user namespaces) and full (root and "
    "btrfs); `python -m sprites_local doctor` tells what this machine lacks for each."
)


class PortableEngine(TreeEngine):
    """Runs commands as plain processes in a directory; implements `base.Engine`.

    There is NO ISOLATION: a command can do whatever the server's user can. Its program, working
    directory, HOME, TMPDIR and PATH are mapped into the sprite's directory; absolute paths that
    it uses by itself are the host's.
    """

    def __init__(self, data_dir: Path, *, grace: float = 0.0) -> None:
        """Set up an engine on a directory; nothing happens before `open`."""
        super().__init__(data_dir / "portable", grace=grace)

    async def probe(self) -> None:
        """Accept every system that has the calls of Unix."""
        if not hasattr(os, "fork"):
            raise base.EngineUnavailableError("the portable tier needs Linux, macOS or a BSD")

    def capabilities(self) -> base.Capabilities:
        """Say how little there is."""
        as_root = (_AS_ROOT,) if os.geteuid() == 0 else ()
        files_only = "Restores bring back files, not processes."
        xattrs = () if sys.platform == "linux" else ("Extended attributes are not kept.",)
        return base.Capabilities(
            tier="portable",
            files="content-addressed copies",
            processes=False,
            isolation=(),
            network="open",
            hints=(_WARNING, *as_root, files_only, *xattrs, _ADVICE),
        )

    def populate(self, live: Path, hostname: str) -> None:
        """Make the few directories that clients expect."""
        for name in _DIRECTORIES:
            (live / name).mkdir(parents=True)

    async def boot(self, sprite: str, live: Path) -> Supervised:
        """Start the sprite's supervisor."""
        trees, leftovers = self.trees, self._leftovers(sprite)
        with trees.guardians.inheritance(sprite, trees.lock, self.grace) as inheritance:
            return Supervised.start(leftovers, inheritance)

    async def take_over(self, sprite: str, guardian: socket.socket) -> Supervised:
        """Take over a sprite from its supervisor."""
        leftovers = self._leftovers(sprite)
        return await Supervised.adopt(leftovers, guardian, self.trees.lock, self.grace)

    def clear(self, sprite: str) -> None:
        """End what a supervisor left that was killed together with its server."""
        self._leftovers(sprite).end()

    def _leftovers(self, sprite: str) -> Leftovers:
        notes = self.trees.guardians.path(sprite, ".notes")
        return Leftovers(self.trees.tree(sprite).live, notes)

    async def connect(self, sprite: str, host: str, port: int) -> socket.socket:
        """Open a TCP connection; the sprite's network is the host's, and only loopback is open."""
        for _, address in network.addresses(host):
            if not ipaddress.ip_address(address).is_loopback:
                raise PermissionError(errno.EACCES, "only loopback addresses can be reached")
        return await super().connect(sprite, host, port)

    async def listen(self, sprite: str, path: str) -> None:
        """Make no socket: commands would look for it among the host's files."""
        del sprite, path

    async def spawn(self, sprite: str, command: base.Command) -> Command:
        """Start a command with its paths mapped."""
        live = self.trees.tree(sprite).live
        try:
            return await super().spawn(sprite, map_command(command, live))
        except base.CommandNotFoundError as error:
            raise base.CommandNotFoundError(str(error).replace(str(live), "")) from None
