# Written by scripts/unasync.py from sprites_facade/_async/by_name.py. Do not edit.
"""Everything a sprite's handle can do, on the client, with the sprite's name first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, overload

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
from sprites_facade._sync.commands import DEFAULT_RUN_TIMEOUT
from sprites_facade._sync.files import Files
from sprites_facade._sync.paths import SpritePath
from sprites_facade._sync.sprite import Sprite
from sprites_facade._sync.streams import CheckpointStream, RestoreStream

if TYPE_CHECKING:
    from sprites_facade._sync.transport import Transport


class ByName:
    """Methods for programs that work across sprites; see `Sprite` for what they do."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def sprite(self, name: str) -> Sprite:
        """Return a handle for a sprite, without asking the server.

        Raises:
            InvalidNameError: If it cannot be the name of one.
        """
        return Sprite(self._transport, name)

    def update_sprite(
        self,
        name: str,
        *,
        labels: Sequence[str] | None = None,
        url_settings: UrlSettings | None = None,
    ) -> SpriteInfo:
        """Change settings of a sprite; what is not given stays as it is."""
        return self.sprite(name).update(labels=labels, url_settings=url_settings)

    def delete_sprite(self, name: str) -> None:
        """Remove a sprite with its disk, checkpoints and services, for good."""
        self.sprite(name).delete()

    def upgrade_sprite(self, name: str, version: str | None = None) -> UpgradeResult:
        """Ask for a newer environment; success means accepted, not finished."""
        return self.sprite(name).upgrade(version)

    def restart_sprite(self, name: str) -> RestartResult:
        """End all processes of a sprite and start the machine again; the files stay."""
        return self.sprite(name).restart()

    def check_sprite(self, name: str) -> SpriteHealth:
        """Return the health of a sprite, without waking it."""
        return self.sprite(name).check()

    def wait_ready(self, name: str, timeout: float | None = 60.0) -> None:
        """Wait until a sprite's environment answers, which wakes the sprite."""
        self.sprite(name).wait_ready(timeout)

    def create_checkpoint(self, name: str, comment: str | None = None) -> CheckpointStream:
        """Save the state of a sprite and follow the progress."""
        return self.sprite(name).create_checkpoint(comment)

    def restore_checkpoint(self, name: str, checkpoint_id: str) -> RestoreStream:
        """Bring a sprite back to a checkpoint and follow the progress."""
        return self.sprite(name).restore_checkpoint(checkpoint_id)

    def list_checkpoints(
        self,
        name: str,
        history: str | None = None,
        *,
        include_auto: bool = False,
        include_current: bool = False,
    ) -> list[Checkpoint]:
        """Return the checkpoints of a sprite, those made by hand unless asked otherwise."""
        return self.sprite(name).list_checkpoints(
            history, include_auto=include_auto, include_current=include_current
        )

    def get_checkpoint(self, name: str, checkpoint_id: str) -> Checkpoint:
        """Return one checkpoint of a sprite."""
        return self.sprite(name).get_checkpoint(checkpoint_id)

    def delete_checkpoint(self, name: str, checkpoint_id: str) -> None:
        """Free the space of a checkpoint of a sprite."""
        self.sprite(name).delete_checkpoint(checkpoint_id)

    def files(self, name: str) -> Files:
        """Return the files of a sprite."""
        return self.sprite(name).files

    def path(self, name: str, path: RemotePath) -> SpritePath:
        """Return a path in a sprite, to be used as a `pathlib.Path`; nobody is asked."""
        return self.sprite(name).path(path)

    @overload
    def run_http(
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
    def run_http(
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

    def run_http(
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
            return sprite.run_http(args, text=True, **options)
        return sprite.run_http(args, text=False, **options)
