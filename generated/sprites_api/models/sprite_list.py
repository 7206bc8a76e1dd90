# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.organization_counters import OrganizationCounters
    from ..models.sprite_info import SpriteInfo


T = TypeVar("T", bound="SpriteList")


@_attrs_define
class SpriteList:
    """A page of sprites. There is a further page when `has_more` is true and the token is
    present: the platform was seen to send true with a null token on a complete list.

    """

    sprites: list[SpriteInfo] | None
    """ The sprites of this page. """
    has_more: bool | Unset = UNSET
    """ Whether there are more. """
    next_continuation_token: None | str | Unset = UNSET
    """ Opaque token for the next page. """
    name: str | Unset = UNSET
    """ Slug of the organization. """
    running: int | Unset = UNSET
    """ How many of them run. """
    warm: int | Unset = UNSET
    """ How many of them are suspended. """
    cold: int | Unset = UNSET
    """ How many of them are stopped. """
    running_limit: int | None | Unset = UNSET
    """ Limit of the organization. """
    warm_limit: int | None | Unset = UNSET
    """ Limit of the organization. """
    org: None | OrganizationCounters | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.organization_counters import OrganizationCounters  # noqa: PLC0415

        sprites: list[dict[str, Any]] | None
        if isinstance(self.sprites, list):
            sprites = []
            for sprites_type_0_item_data in self.sprites:
                sprites_type_0_item = sprites_type_0_item_data.to_dict()
                sprites.append(sprites_type_0_item)

        else:
            sprites = self.sprites

        has_more = self.has_more

        next_continuation_token: None | str | Unset
        if isinstance(self.next_continuation_token, Unset):
            next_continuation_token = UNSET
        else:
            next_continuation_token = self.next_continuation_token

        name = self.name

        running = self.running

        warm = self.warm

        cold = self.cold

        running_limit: int | None | Unset
        if isinstance(self.running_limit, Unset):
            running_limit = UNSET
        else:
            running_limit = self.running_limit

        warm_limit: int | None | Unset
        if isinstance(self.warm_limit, Unset):
            warm_limit = UNSET
        else:
            warm_limit = self.warm_limit

        org: dict[str, Any] | None | Unset
        if isinstance(self.org, Unset):
            org = UNSET
        elif isinstance(self.org, OrganizationCounters):
            org = self.org.to_dict()
        else:
            org = self.org

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "sprites": sprites,
            }
        )
        if has_more is not UNSET:
            field_dict["has_more"] = has_more
        if next_continuation_token is not UNSET:
            field_dict["next_continuation_token"] = next_continuation_token
        if name is not UNSET:
            field_dict["name"] = name
        if running is not UNSET:
            field_dict["running"] = running
        if warm is not UNSET:
            field_dict["warm"] = warm
        if cold is not UNSET:
            field_dict["cold"] = cold
        if running_limit is not UNSET:
            field_dict["running_limit"] = running_limit
        if warm_limit is not UNSET:
            field_dict["warm_limit"] = warm_limit
        if org is not UNSET:
            field_dict["org"] = org

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.organization_counters import OrganizationCounters  # noqa: PLC0415
        from ..models.sprite_info import SpriteInfo  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_sprites(data: object) -> list[SpriteInfo] | None:
            if data is None:
                return data
            if not isinstance(data, list):
                raise TypeError()
            sprites_type_0 = []
            _sprites_type_0 = data
            for sprites_type_0_item_data in _sprites_type_0:
                sprites_type_0_item = SpriteInfo.from_dict(sprites_type_0_item_data)

                sprites_type_0.append(sprites_type_0_item)

            return sprites_type_0

        sprites = _parse_sprites(d.pop("sprites"))

        has_more = d.pop("has_more", UNSET)

        def _parse_next_continuation_token(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        next_continuation_token = _parse_next_continuation_token(
            d.pop("next_continuation_token", UNSET)
        )

        name = d.pop("name", UNSET)

        running = d.pop("running", UNSET)

        warm = d.pop("warm", UNSET)

        cold = d.pop("cold", UNSET)

        def _parse_running_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        running_limit = _parse_running_limit(d.pop("running_limit", UNSET))

        def _parse_warm_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        warm_limit = _parse_warm_limit(d.pop("warm_limit", UNSET))

        def _parse_org(data: object) -> None | OrganizationCounters | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError()
            org_type_0 = OrganizationCounters.from_dict(data)

            return org_type_0

        org = _parse_org(d.pop("org", UNSET))

        sprite_list = cls(
            sprites=sprites,
            has_more=has_more,
            next_continuation_token=next_continuation_token,
            name=name,
            running=running,
            warm=warm,
            cold=cold,
            running_limit=running_limit,
            warm_limit=warm_limit,
            org=org,
        )

        sprite_list.additional_properties = d
        return sprite_list

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
