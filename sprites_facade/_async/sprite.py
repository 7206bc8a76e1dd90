"""One sprite: its life, its checkpoints, commands, files, services and network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sprites_facade._async.checkpoints import AsyncSpriteCheckpoints
from sprites_facade._async.commands import AsyncSpriteCommands
from sprites_facade._async.execution import AsyncSpriteExecution
from sprites_facade._async.files import AsyncFiles
from sprites_facade._async.network import AsyncSpriteNetwork
from sprites_facade._async.paths import AsyncSpritePath
from sprites_facade._async.ready import async_wait_ready
from sprites_facade._async.services import AsyncSpriteServices
from sprites_facade._core import bodies, operations
from sprites_facade._core.files import RemotePath
from sprites_facade._core.models import (
    RestartResult,
    SpriteHealth,
    SpriteInfo,
    UpgradeResult,
    UrlSettings,
)

if TYPE_CHECKING:
    from sprites_facade._async.transport import AsyncTransport


class AsyncSprite(
    AsyncSpriteCheckpoints,
    AsyncSpriteCommands,
    AsyncSpriteExecution,
    AsyncSpriteServices,
    AsyncSpriteNetwork,
):
    """A handle for a sprite; making one asks nobody whether it exists."""

    def __init__(
        self, transport: AsyncTransport, name: str, info: SpriteInfo | None = None
    ) -> None:
        super().__init__(transport, name)
        self._info = info
        self._files = AsyncFiles(transport, name)

    @property
    def info(self) -> SpriteInfo | None:
        """What the server last said of the sprite; None until it was asked."""
        return self._info

    @property
    def files(self) -> AsyncFiles:
        """The sprite's files."""
        return self._files

    def path(self, path: RemotePath) -> AsyncSpritePath:
        """Return a path in the sprite, to be used as a `pathlib.Path`; nobody is asked."""
        return AsyncSpritePath(self._files, path)

    async def refresh(self) -> SpriteInfo:
        """Ask the server for the sprite, keep the answer in `info`, and return it.

        Raises:
            NotFoundError: If there is no such sprite.
        """
        self._info = await self._transport.send(operations.get_sprite(self._name).about(self._self))
        return self._info

    async def update(
        self, *, labels: Sequence[str] | None = None, url_settings: UrlSettings | None = None
    ) -> SpriteInfo:
        """Change settings; what is not given stays as it is.

        Args:
            labels: All labels that the sprite shall have; an empty list removes them.
            url_settings: Who may reach the URL of the sprite.
        """
        body = bodies.sprite_update(labels=labels, url_settings=url_settings)
        self._info = await self._transport.send(
            operations.update_sprite(self._name, body=body).about(self._self)
        )
        return self._info

    async def delete(self) -> None:
        """Remove the sprite with its disk, checkpoints and services, for good."""
        await self._transport.send(operations.delete_sprite(self._name).about(self._self))

    async def upgrade(self, version: str | None = None) -> UpgradeResult:
        """Ask for a newer environment; success means accepted, not finished.

        Args:
            version: The environment's version; the newest one if left out.
        """
        body = bodies.sprite_upgrade(version)
        return await self._transport.send(
            operations.upgrade_sprite(self._name, body=body).about(self._self)
        )

    async def restart(self) -> RestartResult:
        """End all processes and start the machine again; the files stay."""
        return await self._transport.send(operations.restart_sprite(self._name).about(self._self))

    async def check(self) -> SpriteHealth:
        """Return the health of the sprite, without waking it."""
        return await self._transport.send(operations.check_sprite(self._name).about(self._self))

    async def wait_ready(self, timeout: float | None = 60.0) -> None:
        """Wait until the sprite's environment answers, which wakes the sprite.

        Nothing is started or written inside the sprite.

        Args:
            timeout: How many seconds to wait; None waits without a bound.

        Raises:
            APITimeoutError: If it did not answer in time; the last reason is its cause.
            NotFoundError: If there is no such sprite.
        """
        await async_wait_ready(self._transport, self._name, timeout)
