# Written by scripts/unasync.py from sprites_facade/_async/sprite.py. Do not edit.
"""One sprite: its life, its checkpoints, commands, files, services and network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sprites_facade._core import bodies, operations
from sprites_facade._core.files import RemotePath
from sprites_facade._core.models import (
    RestartResult,
    SpriteHealth,
    SpriteInfo,
    UpgradeResult,
    UrlSettings,
)
from sprites_facade._sync.checkpoints import SpriteCheckpoints
from sprites_facade._sync.commands import SpriteCommands
from sprites_facade._sync.execution import SpriteExecution
from sprites_facade._sync.files import Files
from sprites_facade._sync.network import SpriteNetwork
from sprites_facade._sync.paths import SpritePath
from sprites_facade._sync.ready import wait_ready
from sprites_facade._sync.services import SpriteServices

if TYPE_CHECKING:
    from sprites_facade._sync.transport import Transport


class Sprite(
    SpriteCheckpoints,
    SpriteCommands,
    SpriteExecution,
    SpriteServices,
    SpriteNetwork,
):
    """A handle for a sprite; making one asks nobody whether it exists."""

    def __init__(self, transport: Transport, name: str, info: SpriteInfo | None = None) -> None:
        super().__init__(transport, name)
        self._info = info
        self._files = Files(transport, name)

    @property
    def info(self) -> SpriteInfo | None:
        """What the server last said of the sprite; None until it was asked."""
        return self._info

    @property
    def files(self) -> Files:
        """The sprite's files."""
        return self._files

    def path(self, path: RemotePath) -> SpritePath:
        """Return a path in the sprite, to be used as a `pathlib.Path`; nobody is asked."""
        return SpritePath(self._files, path)

    def refresh(self) -> SpriteInfo:
        """Ask the server for the sprite, keep the answer in `info`, and return it.

        Raises:
            NotFoundError: If there is no such sprite.
        """
        self._info = self._transport.send(operations.get_sprite(self._name).about(self._self))
        return self._info

    def update(
        self, *, labels: Sequence[str] | None = None, url_settings: UrlSettings | None = None
    ) -> SpriteInfo:
        """Change settings; what is not given stays as it is.

        Args:
            labels: All labels that the sprite shall have; an empty list removes them.
            url_settings: Who may reach the URL of the sprite.
        """
        body = bodies.sprite_update(labels=labels, url_settings=url_settings)
        self._info = self._transport.send(
            operations.update_sprite(self._name, body=body).about(self._self)
        )
        return self._info

    def delete(self) -> None:
        """Remove the sprite with its disk, checkpoints and services, for good."""
        self._transport.send(operations.delete_sprite(self._name).about(self._self))

    def upgrade(self, version: str | None = None) -> UpgradeResult:
        """Ask for a newer environment; success means accepted, not finished.

        Args:
            version: The environment's version; the newest one if left out.
        """
        body = bodies.sprite_upgrade(version)
        return self._transport.send(
            operations.upgrade_sprite(self._name, body=body).about(self._self)
        )

    def restart(self) -> RestartResult:
        """End all processes and start the machine again; the files stay."""
        return self._transport.send(operations.restart_sprite(self._name).about(self._self))

    def check(self) -> SpriteHealth:
        """Return the health of the sprite, without waking it."""
        return self._transport.send(operations.check_sprite(self._name).about(self._self))

    def wait_ready(self, timeout: float | None = 60.0) -> None:
        """Wait until the sprite's environment answers, which wakes the sprite.

        Nothing is started or written inside the sprite.

        Args:
            timeout: How many seconds to wait; None waits without a bound.

        Raises:
            APITimeoutError: If it did not answer in time; the last reason is its cause.
            NotFoundError: If there is no such sprite.
        """
        wait_ready(self._transport, self._name, timeout)
