"""The values that users get; readers.py makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AnyStr, Generic

import attrs

from sprites_facade._core.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sprites_facade._core.commands import Words

# Fields that a server sent and this version does not know, or could not read, as they came.
_extra: Any = attrs.field(factory=dict, hash=False)


@attrs.frozen(kw_only=True)
class UrlSettings:
    """Who may reach the URL of a sprite."""

    auth: str | None = None
    """`sprite` (token or login of the organization) or `public` (no check at all)."""
    private_access: str | None = None
    """Who of the organization may enter: `admins` or `org_users`."""
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class SpriteInfo:
    """A sprite as the server described it; None where it said nothing."""

    name: str
    """Unique in the organization."""
    id: str | None = None
    """Stable for the sprite's life; another sprite of the same name has another id."""
    organization: str | None = None
    url: str | None = None
    """Where the sprite's own HTTP service answers."""
    status: str | None = None
    """`cold`, `warm`, `running`, or what a newer server says."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    url_settings: UrlSettings | None = None
    labels: tuple[str, ...] = ()
    version: str | None = None
    environment_version: str | None = None
    last_running_at: datetime | None = None
    last_warming_at: datetime | None = None
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class OrganizationCounters:
    """How many sprites of an organization are in which state, and its limits."""

    name: str | None = None
    running: int | None = None
    warm: int | None = None
    cold: int | None = None
    running_limit: int | None = None
    warm_limit: int | None = None
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class SpritePage:
    """One page of a list of sprites."""

    sprites: tuple[SpriteInfo, ...]
    next_token: str | None = None
    """Where the next page begins; None on the last one, whatever `has_more` says."""
    has_more: bool | None = None
    """What the server said; it was seen to say true on the last page."""
    org: OrganizationCounters | None = None
    """The counters beside the list."""
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class SpriteEvent:
    """A change of one sprite, or a sign of life of the stream that reports them."""

    type: str | None = None
    """None for a change; `heartbeat` for a line that holds counters only."""
    name: str | None = None
    """The sprite that changed."""
    status: str | None = None
    running_version: str | None = None
    last_running_at: datetime | None = None
    last_warming_at: datetime | None = None
    timestamp: datetime | None = None
    org: OrganizationCounters | None = None
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class UpgradeResult:
    """What the server said to the request for an upgrade; accepted is not finished."""

    name: str | None = None
    status: str | None = None
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class RestartResult:
    """What the server said to the request for a restart; accepted is not finished."""

    sprite_name: str | None = None
    machine_id: str | None = None
    message: str | None = None
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class SpriteHealth:
    """The result of a health check, which does not wake the sprite."""

    status: str
    """`healthy`, `hibernated`, `unhealthy`, `error`, or what a newer server says."""
    sprite_name: str | None = None
    sprite_id: str | None = None
    reason: str | None = None
    checked_at: datetime | None = None
    elapsed: int | None = None
    """How long the check took, in milliseconds."""
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class Checkpoint:
    """A saved state of a sprite."""

    id: str
    """Pass it to `get_checkpoint` or `restore_checkpoint` of the same sprite."""
    create_time: datetime | None = None
    """When it was taken, with its time zone; None if the server sent no time."""
    history: tuple[str, ...] = ()
    """The ids of its ancestors, oldest first."""
    comment: str | None = None
    """The label it was given."""
    is_auto: bool = False
    """Whether the platform made it by itself."""
    source_id: str | None = None
    """The checkpoint it descends from."""
    health: str | None = None
    """Empty or None when healthy; `mount_failed` is known."""
    processes: str | None = None
    """`saved` if it holds the processes of its instant, `refused` if it could not; else None."""
    processes_reason: str | None = None
    """Why it holds no processes, where the server says so."""
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class FileEntry:
    """An entry of a directory of a sprite."""

    name: str
    path: str | None = None
    type: str | None = None
    """`file`, `directory`, `symlink`, or what a newer server says."""
    size: int | None = None
    mode: str | None = None
    """The permissions in octal, such as `0644`."""
    modified_at: datetime | None = None
    is_dir: bool = False
    extra: Mapping[str, Any] = _extra


@attrs.frozen
class Completed(Generic[AnyStr]):
    """A command that has ended."""

    args: Words = attrs.field(repr=False)
    returncode: int
    stdout: AnyStr
    stderr: AnyStr

    def check_returncode(self) -> None:
        """Raise `CommandFailedError` if the exit status is not 0."""
        if self.returncode != 0:
            raise CommandFailedError(
                returncode=self.returncode, stdout=self.stdout, stderr=self.stderr
            )
