"""Request bodies, made of the generated models from what users pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sprites_api import models as api
from sprites_facade._core.calls import given
from sprites_facade._core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sprites_facade._core.models import UrlSettings

Runtime = Literal["default", "dev"]


def sprite_create(
    name: str,
    *,
    labels: Iterable[str] | None,
    url_settings: UrlSettings | None,
    wait_for_capacity: bool | None,
    runtime: Runtime | None,
) -> api.SpriteCreate:
    """Return the body that creates a sprite."""
    return api.SpriteCreate(
        name=name,
        labels=given(_labels(labels)),
        url_settings=given(_url_settings(url_settings)),
        wait_for_capacity=given(wait_for_capacity),
        runtime=given(runtime),
    )


def sprite_update(
    *, labels: Iterable[str] | None, url_settings: UrlSettings | None
) -> api.SpriteUpdate:
    """Return the body that changes a sprite; it must change something."""
    if labels is None and url_settings is None:
        raise ConfigurationError("nothing to change: pass labels=... or url_settings=...")
    return api.SpriteUpdate(
        labels=given(_labels(labels)), url_settings=given(_url_settings(url_settings))
    )


def sprite_upgrade(version: str | None) -> api.SpriteUpgrade:
    """Return the body that asks for an upgrade."""
    if version == "":
        raise ConfigurationError("the version is empty; leave it out for the newest one")
    return api.SpriteUpgrade(version=given(version))


def checkpoint_create(comment: str | None) -> api.CheckpointCreate:
    """Return the body that creates a checkpoint."""
    return api.CheckpointCreate(comment=given(comment))


def _labels(labels: Iterable[str] | None) -> list[str] | None:
    if isinstance(labels, str):
        raise ConfigurationError("labels must be a list of texts, not one text")
    return None if labels is None else list(labels)


def _url_settings(settings: UrlSettings | None) -> api.UrlSettingsUpdate | None:
    if settings is None:
        return None
    # Unknown words go to the server, which may be newer than this package.
    fields = {"auth": settings.auth, "private_access": settings.private_access}
    return api.UrlSettingsUpdate.from_dict(
        {name: value for name, value in fields.items() if value is not None}
    )
