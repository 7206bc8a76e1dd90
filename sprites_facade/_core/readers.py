"""From decoded JSON to the values that users get.

The generated models refuse unknown values and nulls, so the JSON is read directly; a drift test
proves that no field of the contract is forgotten.
"""

from __future__ import annotations

import attrs

from sprites_facade._core import models
from sprites_facade._core.reading import Fields, UnexpectedShapeError, kind, read_list

# The live state in a list of checkpoints; it can be neither restored nor deleted.
CURRENT = "Current"


def nothing(_: object) -> None:
    """Read an answer of which only the success counts."""


def url_settings(data: object) -> models.UrlSettings:
    """Read who may reach a sprite's URL."""
    fields = Fields(data, "the URL settings")
    return models.UrlSettings(
        auth=fields.text("auth"),
        private_access=fields.text("private_access"),
        extra=fields.rest(),
    )


def sprite_info(data: object) -> models.SpriteInfo:
    """Read a sprite."""
    fields = Fields(data, "the sprite")
    return models.SpriteInfo(
        name=fields.required("name"),
        id=fields.text("id"),
        organization=fields.text("organization"),
        url=fields.text("url"),
        status=fields.text("status"),
        created_at=fields.time("created_at"),
        updated_at=fields.time("updated_at"),
        url_settings=fields.value("url_settings", url_settings),
        labels=fields.texts("labels"),
        version=fields.text("version"),
        environment_version=fields.text("environment_version"),
        last_running_at=fields.time("last_running_at"),
        last_warming_at=fields.time("last_warming_at"),
        extra=fields.rest(),
    )


def organization(data: object) -> models.OrganizationCounters:
    """Read the counters of an organization."""
    return _counters(Fields(data, "the organization"))


def _counters(fields: Fields) -> models.OrganizationCounters:
    return models.OrganizationCounters(
        name=fields.text("name"),
        running=fields.count("running"),
        warm=fields.count("warm"),
        cold=fields.count("cold"),
        running_limit=fields.count("running_limit"),
        warm_limit=fields.count("warm_limit"),
        extra=fields.rest(),
    )


def sprite_page(data: object) -> models.SpritePage:
    """Read a page of sprites; its counters may be nested or not."""
    fields = Fields(data, "the list of sprites")
    rest = fields.rest()
    if "sprites" not in rest:
        raise UnexpectedShapeError("the list of sprites has no 'sprites'")
    sprites = read_list(rest.pop("sprites"), sprite_info, "'sprites'")
    more, token = fields.flag("has_more"), fields.text("next_continuation_token")
    nested = fields.value("org", organization)
    flat = _counters(fields)
    return models.SpritePage(
        sprites=sprites,
        next_token=None if more is False else token or None,
        has_more=more,
        org=nested or attrs.evolve(flat, extra={}),
        extra=flat.extra,
    )


def sprite_event(data: object) -> models.SpriteEvent:
    """Read a line of the stream of changes."""
    fields = Fields(data, "the event")
    return models.SpriteEvent(
        type=fields.text("type"),
        name=fields.text("name"),
        status=fields.text("status"),
        running_version=fields.text("running_version"),
        last_running_at=fields.time("last_running_at"),
        last_warming_at=fields.time("last_warming_at"),
        timestamp=fields.time("timestamp"),
        org=fields.value("org", organization),
        extra=fields.rest(),
    )


def upgrade_result(data: object) -> models.UpgradeResult:
    """Read the answer to an upgrade, which may have no body."""
    fields = Fields(data or {}, "the answer")
    return models.UpgradeResult(
        name=fields.text("name"), status=fields.text("status"), extra=fields.rest()
    )


def restart_result(data: object) -> models.RestartResult:
    """Read the answer to a restart, which may have no body."""
    fields = Fields(data or {}, "the answer")
    return models.RestartResult(
        sprite_name=fields.text("sprite_name"),
        machine_id=fields.text("machine_id"),
        message=fields.text("message"),
        extra=fields.rest(),
    )


def sprite_health(data: object) -> models.SpriteHealth:
    """Read the result of a health check."""
    fields = Fields(data, "the health check")
    return models.SpriteHealth(
        status=fields.required("status"),
        sprite_name=fields.text("sprite_name"),
        sprite_id=fields.text("sprite_id"),
        reason=fields.text("reason"),
        checked_at=fields.time("checked_at"),
        elapsed=fields.count("elapsed"),
        extra=fields.rest(),
    )


def checkpoint(data: object) -> models.Checkpoint:
    """Read a checkpoint."""
    fields = Fields(data, "the checkpoint")
    return models.Checkpoint(
        id=fields.required("id"),
        create_time=fields.time("create_time"),
        history=fields.texts("history"),
        comment=fields.text("comment"),
        is_auto=fields.flag("is_auto") or False,
        source_id=fields.text("source_id"),
        health=fields.text("health"),
        processes=fields.text("processes"),
        processes_reason=fields.text("processes_reason"),
        extra=fields.rest(),
    )


def checkpoints(data: object) -> list[models.Checkpoint]:
    """Read a list of checkpoints; null is an empty one."""
    if isinstance(data, str):
        raise UnexpectedShapeError(
            "with text instead of a list of checkpoints, as some servers do when asked for "
            "`history`; list them without it and read the `history` of each"
        )
    return list(read_list(data, checkpoint, "the list of checkpoints"))


def file_entry(data: object) -> models.FileEntry:
    """Read an entry of a directory, of which two spellings are known."""
    fields = Fields(data, "the directory entry")
    name, type_ = fields.required("name"), fields.text("type")
    flags = [fields.flag("isDir"), fields.flag("is_dir")]
    times = [fields.time("modTime"), fields.time("mod_time")]
    return models.FileEntry(
        name=name,
        path=fields.text("path"),
        type=type_,
        size=fields.count("size"),
        mode=fields.text("mode"),
        modified_at=next((time for time in times if time), None),
        is_dir=next((flag for flag in flags if flag is not None), type_ == "directory"),
        extra=fields.rest(),
    )


def file_entries(data: object) -> list[models.FileEntry]:
    """Read the listing of a directory; null entries are none."""
    if not isinstance(data, dict) or "entries" not in data:
        raise UnexpectedShapeError(f"the listing is {kind(data)} without 'entries'")
    return list(read_list(data["entries"], file_entry, "'entries'"))
