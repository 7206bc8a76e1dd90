# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Organization")


@_attrs_define
class Organization:
    """An organization and its limits."""

    slug: str | Unset = UNSET
    """ Its short name. """
    sprites_enabled: bool | Unset = UNSET
    """ Whether it may use sprites. """
    active_sprites: list[Any] | Unset = UNSET
    """ Its sprites that are active; their form is not published. """
    max_sprites: int | None | Unset = UNSET
    """ How many it may have. """
    active_sprite_limit: int | None | Unset = UNSET
    """ How many may be active. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        slug = self.slug

        sprites_enabled = self.sprites_enabled

        active_sprites: list[Any] | Unset = UNSET
        if not isinstance(self.active_sprites, Unset):
            active_sprites = self.active_sprites

        max_sprites: int | None | Unset
        if isinstance(self.max_sprites, Unset):
            max_sprites = UNSET
        else:
            max_sprites = self.max_sprites

        active_sprite_limit: int | None | Unset
        if isinstance(self.active_sprite_limit, Unset):
            active_sprite_limit = UNSET
        else:
            active_sprite_limit = self.active_sprite_limit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if slug is not UNSET:
            field_dict["slug"] = slug
        if sprites_enabled is not UNSET:
            field_dict["sprites_enabled"] = sprites_enabled
        if active_sprites is not UNSET:
            field_dict["active_sprites"] = active_sprites
        if max_sprites is not UNSET:
            field_dict["max_sprites"] = max_sprites
        if active_sprite_limit is not UNSET:
            field_dict["active_sprite_limit"] = active_sprite_limit

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        slug = d.pop("slug", UNSET)

        sprites_enabled = d.pop("sprites_enabled", UNSET)

        active_sprites = cast(list[Any], d.pop("active_sprites", UNSET))

        def _parse_max_sprites(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_sprites = _parse_max_sprites(d.pop("max_sprites", UNSET))

        def _parse_active_sprite_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        active_sprite_limit = _parse_active_sprite_limit(d.pop("active_sprite_limit", UNSET))

        organization = cls(
            slug=slug,
            sprites_enabled=sprites_enabled,
            active_sprites=active_sprites,
            max_sprites=max_sprites,
            active_sprite_limit=active_sprite_limit,
        )

        organization.additional_properties = d
        return organization

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
