"""Everything a sprite's handle can do, on the client, with the sprite's name first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, overload

from sprites_facade._async.commands import DEFAULT_RUN_TIMEOUT
from sprites_facade._async.files import AsyncFiles
from sprites_facade._async.paths import AsyncSpritePath
from sprites_facade._async.sprite import AsyncSprite
from sprites_facade._async.streams import AsyncCheckpointStream, AsyncRestoreStream
from sprites_facade._concurrency import AsyncOpening
from sprites_facade._core.commands import InSprite, Words
from sprites_facade._core.files import RemotePath
from sprites_facade._core.models import (
    Checkpoint,
    Completed,
    RestartResult,
    SpriteHealth,
    SpriteInfo,
    UpgradeResult,
    UrlSettings,
)

if TYPE_CHECKING:
    from sprites_facade._async.transport import AsyncTransport


class AsyncByName:
    """Methods for programs that work across sprites; see `AsyncSprite` for what they do."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def sprite(self, name: str) -> AsyncSprite:
        """Return a handle for a sprite, without asking the server.

        Raises:
            InvalidNameError: If it cannot be the name of one.
        """
        return AsyncSprite(self._transport, name)

    async def update_sprite(
        self,
        name: str,
        *,
        labels: Sequence[str] | None = None,
        url_settings: UrlSettings | None = None,
    ) -> SpriteInfo:
        """Change settings of a sprite; what is not given stays as it is."""
        return await self.sprite(name).update(labels=labels, url_settings=url_settings)

    async def delete_sprite(self, name: str) -> None:
        """Remove a sprite with its disk, checkpoints and services, for good."""
        await self.sprite(name).delete()

    async def upgrade_sprite(self, name: str, version: str | None = None) -> UpgradeResult:
        """Ask for a newer environment; success means accepted, not finished."""
        return await self.sprite(name).upgrade(version)

    async def restart_sprite(self, name: str) -> RestartResult:
        """End all processes of a sprite and start the machine again; the files stay."""
        return await self.sprite(name).restart()

    async def check_sprite(self, name: str) -> SpriteHealth:
        """Return the health of a sprite, without waking it."""
        return await self.sprite(name).check()

    async def wait_ready(self, name: str, timeout: float | None = 60.0) -> None:
        """Wait until a sprite's environment answers, which wakes the sprite."""
        await self.sprite(name).wait_ready(timeout)

    def create_checkpoint(
        self, name: str, comment: str | None = None
    ) -> AsyncOpening[AsyncCheckpointStream]:
        """Save the state of a sprite and follow the progress."""
        return self.sprite(name).create_checkpoint(comment)

    def restore_checkpoint(self, name: str, checkpoint_id: str) -> AsyncOpening[AsyncRestoreStream]:
        """Bring a sprite back to a checkpoint and follow the progress."""
        return self.sprite(name).restore_checkpoint(checkpoint_id)

    async def list_checkpoints(
        self,
        name: str,
        history: str | None = None,
        *,
        include_auto: bool = False,
        include_current: bool = False,
    ) -> list[Checkpoint]:
        """Return the checkpoints of a sprite, those made by hand unless asked otherwise."""
        return await self.sprite(name).list_checkpoints(
            history, include_auto=include_auto, include_current=include_current
        )

    async def get_checkpoint(self, name: str, checkpoint_id: str) -> Checkpoint:
        """Return one checkpoint of a sprite."""
        return await self.sprite(name).get_checkpoint(checkpoint_id)

    async def delete_checkpoint(self, name: str, checkpoint_id: str) -> None:
        """Free the space of a checkpoint of a sprite."""
        await self.sprite(name).delete_checkpoint(checkpoint_id)

    def files(self, name: str) -> AsyncFiles:
        """Return the files of a sprite."""
        return self.sprite(name).files

    def path(self, name: str, path: RemotePath) -> AsyncSpritePath:
        """Return a path in a sprite, to be used as a `pathlib.Path`; nobody is asked."""
        return self.sprite(name).path(path)

    @overload
    async def run_http(
        self,
        name: str,
        args: Words,
        *,
        cwd: str | PathLike[str] | InSprite | None = ...,
        env: Mapping[str, str] | None = ...,
        input: str | bytes | None = ...,
        timeout: float | None = ...,
        check: bool = ...,
        text: Literal[True] = ...,
    ) -> Completed[str]: ...

    @overload
    async def run_http(
        self,
        name: str,
        args: Words,
        *,
        cwd: str | PathLike[str] | InSprite | None = ...,
        env: Mapping[str, str] | None = ...,
        input: str | bytes | None = ...,
        timeout: float | None = ...,
        check: bool = ...,
        text: Literal[False],
    ) -> Completed[bytes]: ...

    async def run_http(
        self,
        name: str,
        args: Words,
        *,
        cwd: str | PathLike[str] | InSprite | None = None,
        env: Mapping[str, str] | None = None,
        input: str | bytes | None = None,
        timeout: float | None = DEFAULT_RUN_TIMEOUT,
        check: bool = False,
        text: bool = True,
    ) -> Completed[str] | Completed[bytes]:
        """Run a command in a sprite in one HTTP request, without a terminal or a session."""
        options: dict[str, Any] = {
            "cwd": cwd,
            "env": env,
            "input": input,
            "timeout": timeout,
            "check": check,
        }
        sprite = self.sprite(name)
        if text:
            return await sprite.run_http(args, text=True, **options)
        return await sprite.run_http(args, text=False, **options)
