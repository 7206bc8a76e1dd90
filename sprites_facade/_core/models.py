"""The values that users get, read straight from what a server sent.

They do not depend on the generated models, which refuse unknown values and nulls; a drift test
proves that no field of the contract is forgotten here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AnyStr, Generic

import attrs

from sprites_facade._core.reading import Fields, UnexpectedShapeError, kind, read_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

# Fields that a server sent and this version does not know, or could not read, as they came.
_extra: Any = attrs.field(factory=dict, hash=False)
# The live state in a list of checkpoints; it can be neither restored nor deleted.
CURRENT = "Current"


@attrs.frozen(kw_only=True)
class UrlSettings:
    """Who may reach the URL of a sprite."""

    auth: str | None = None
    """`sprite` (token or login of the organization) or `public` (no check at all)."""
    private_access: str | None = None
    """Who of the organization may enter: `admins` or `org_users`."""
    extra: Mapping[str, Any] = _extra

    @classmethod
    def read(cls, data: object) -> UrlSettings:
        """Return the value of decoded JSON."""
        fields = Fields(data, "the URL settings")
        return cls(
            auth=fields.text("auth"),
            private_access=fields.text("private_access"),
            extra=fields.rest(),
        )


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

    @classmethod
    def read(cls, data: object) -> SpriteInfo:
        """Return the value of decoded JSON."""
        fields = Fields(data, "the sprite")
        return cls(
            name=fields.required("name"),
            id=fields.text("id"),
            organization=fields.text("organization"),
            url=fields.text("url"),
            status=fields.text("status"),
            created_at=fields.time("created_at"),
            updated_at=fields.time("updated_at"),
            url_settings=fields.value("url_settings", UrlSettings.read),
            labels=fields.texts("labels"),
            version=fields.text("version"),
            environment_version=fields.text("environment_version"),
            last_running_at=fields.time("last_running_at"),
            last_warming_at=fields.time("last_warming_at"),
            extra=fields.rest(),
        )


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

    @classmethod
    def read(cls, data: object) -> OrganizationCounters:
        """Return the value of decoded JSON."""
        return cls._take(Fields(data, "the organization"))

    @classmethod
    def _take(cls, fields: Fields) -> OrganizationCounters:
        return cls(
            name=fields.text("name"),
            running=fields.count("running"),
            warm=fields.count("warm"),
            cold=fields.count("cold"),
            running_limit=fields.count("running_limit"),
            warm_limit=fields.count("warm_limit"),
            extra=fields.rest(),
        )


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

    @classmethod
    def read(cls, data: object) -> SpritePage:
        """Return the value of decoded JSON; the counters may be nested or not."""
        fields = Fields(data, "the list of sprites")
        rest = fields.rest()
        if "sprites" not in rest:
            raise UnexpectedShapeError("the list of sprites has no 'sprites'")
        sprites = read_list(rest.pop("sprites"), SpriteInfo.read, "'sprites'")
        more, token = fields.flag("has_more"), fields.text("next_continuation_token")
        nested = fields.value("org", OrganizationCounters.read)
        flat = OrganizationCounters._take(fields)
        return cls(
            sprites=sprites,
            next_token=None if more is False else token or None,
            has_more=more,
            org=nested or attrs.evolve(flat, extra={}),
            extra=flat.extra,
        )


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

    @classmethod
    def read(cls, data: object) -> SpriteEvent:
        """Return the value of decoded JSON."""
        fields = Fields(data, "the event")
        return cls(
            type=fields.text("type"),
            name=fields.text("name"),
            status=fields.text("status"),
            running_version=fields.text("running_version"),
            last_running_at=fields.time("last_running_at"),
            last_warming_at=fields.time("last_warming_at"),
            timestamp=fields.time("timestamp"),
            org=fields.value("org", OrganizationCounters.read),
            extra=fields.rest(),
        )


@attrs.frozen(kw_only=True)
class UpgradeResult:
    """What the server said to the request for an upgrade; accepted is not finished."""

    name: str | None = None
    status: str | None = None
    extra: Mapping[str, Any] = _extra

    @classmethod
    def read(cls, data: object) -> UpgradeResult:
        """Return the value of decoded JSON; an answer without a body is an empty one."""
        fields = Fields({} if data is None else data, "the answer")
        return cls(name=fields.text("name"), status=fields.text("status"), extra=fields.rest())


@attrs.frozen(kw_only=True)
class RestartResult:
    """What the server said to the request for a restart; accepted is not finished."""

    sprite_name: str | None = None
    machine_id: str | None = None
    message: str | None = None
    extra: Mapping[str, Any] = _extra

    @classmethod
    def read(cls, data: object) -> RestartResult:
        """Return the value of decoded JSON; an answer without a body is an empty one."""
        fields = Fields({} if data is None else data, "the answer")
        return cls(
            sprite_name=fields.text("sprite_name"),
            machine_id=fields.text("machine_id"),
            message=fields.text("message"),
            extra=fields.rest(),
        )


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

    @classmethod
    def read(cls, data: object) -> SpriteHealth:
        """Return the value of decoded JSON."""
        fields = Fields(data, "the health check")
        return cls(
            status=fields.required("status"),
            sprite_name=fields.text("sprite_name"),
            sprite_id=fields.text("sprite_id"),
            reason=fields.text("reason"),
            checked_at=fields.time("checked_at"),
            elapsed=fields.count("elapsed"),
            extra=fields.rest(),
        )


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
    extra: Mapping[str, Any] = _extra

    @classmethod
    def read(cls, data: object) -> Checkpoint:
        """Return the value of decoded JSON."""
        fields = Fields(data, "the checkpoint")
        return cls(
            id=fields.required("id"),
            create_time=fields.time("create_time"),
            history=fields.texts("history"),
            comment=fields.text("comment"),
            is_auto=fields.flag("is_auto") or False,
            source_id=fields.text("source_id"),
            health=fields.text("health"),
            extra=fields.rest(),
        )

    @classmethod
    def read_list(cls, data: object) -> list[Checkpoint]:
        """Return the values of a decoded list; null is an empty one."""
        if isinstance(data, str):
            raise UnexpectedShapeError(
                "this server answers `history` with text, not with checkpoints; "
                "list them without it and read their `history`"
            )
        return list(read_list(data, cls.read, "the list of checkpoints"))


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

    @classmethod
    def read(cls, data: object) -> FileEntry:
        """Return the value of decoded JSON, which is spelled in two ways."""
        fields = Fields(data, "the directory entry")
        name, kind_ = fields.required("name"), fields.text("type")
        flags = [fields.flag("isDir"), fields.flag("is_dir")]
        times = [fields.time("modTime"), fields.time("mod_time")]
        return cls(
            name=name,
            path=fields.text("path"),
            type=kind_,
            size=fields.count("size"),
            mode=fields.text("mode"),
            modified_at=next((time for time in times if time), None),
            is_dir=next((flag for flag in flags if flag is not None), kind_ == "directory"),
            extra=fields.rest(),
        )

    @classmethod
    def read_list(cls, data: object) -> list[FileEntry]:
        """Return the entries of a decoded listing; null is an empty one."""
        if not isinstance(data, dict) or "entries" not in data:
            raise UnexpectedShapeError(f"the listing is {kind(data)} without 'entries'")
        return list(read_list(data["entries"], cls.read, "'entries'"))


@attrs.frozen
class Completed(Generic[AnyStr]):
    """A command that has ended."""

    args: str | Sequence[str] = attrs.field(repr=False)
    returncode: int
    stdout: AnyStr
    stderr: AnyStr
