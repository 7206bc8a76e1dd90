"""Organizations and their tokens, as values, and what the wire says of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from sprites_api import models as api
from sprites_facade._core.calls import given
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.reading import Fields, UnexpectedShapeError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MACAROON: Final = re.compile(r"[\x21-\x7e]+")
_SCHEME: Final = "FlyV1"
# Fields that a server sent and this version does not know, or could not read, as they came.
_extra: Any = attrs.field(factory=dict, hash=False)


@attrs.frozen(kw_only=True)
class Organization:
    """An organization and its limits; None where the server said nothing."""

    slug: str | None = None
    """Its short name."""
    sprites_enabled: bool | None = None
    """Whether it may use sprites."""
    active_sprites: tuple[Any, ...] = attrs.field(default=(), hash=False)
    """Its sprites that are active, in whatever form the server tells them."""
    max_sprites: int | None = None
    """How many it may have."""
    active_sprite_limit: int | None = None
    """How many may be active."""
    extra: Mapping[str, Any] = _extra


def organization(data: object) -> Organization:
    """Read an organization, which stands in an object of its own."""
    if not isinstance(data, dict) or not isinstance(data.get("organization"), dict):
        raise UnexpectedShapeError("the answer has no 'organization'")
    fields = Fields(data["organization"], "the organization")
    active = fields.rest().get("active_sprites")
    if active is None or isinstance(active, list):
        fields.rest().pop("active_sprites", None)
    return Organization(
        slug=fields.text("slug"),
        sprites_enabled=fields.flag("sprites_enabled"),
        active_sprites=tuple(active) if isinstance(active, list) else (),
        max_sprites=fields.count("max_sprites"),
        active_sprite_limit=fields.count("active_sprite_limit"),
        extra=fields.rest(),
    )


def access_token(data: object) -> str:
    """Read a new token; a message of an error must not repeat it."""
    return Fields(data, "the answer").required("token")


def token_create(description: str | None, invite_code: str | None) -> api.TokenCreate:
    """Return the body that asks for a token."""
    return api.TokenCreate(description=given(description), invite_code=given(invite_code))


def macaroon_header(macaroon: str) -> dict[str, str]:
    """Return the header that proves who asks for a token, with or without its scheme given.

    Raises:
        ConfigurationError: If it cannot be one; the message does not repeat it.
    """
    words = macaroon.split() if isinstance(macaroon, str) else []
    if words and words[0].lower() == _SCHEME.lower():
        del words[0]
    bare = " ".join(words)
    if not _MACAROON.fullmatch(bare):
        raise ConfigurationError("the macaroon is empty, or holds a space or what is not ASCII")
    return {"Authorization": f"{_SCHEME} {bare}"}
