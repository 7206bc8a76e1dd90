# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SpriteHealth")


@_attrs_define
class SpriteHealth:
    """The result of a health check."""

    status: str
    """ Known values: `healthy`, `hibernated`, `unhealthy`, `error`. """
    sprite_name: str | Unset = UNSET
    """ Name of the sprite. """
    sprite_id: str | Unset = UNSET
    """ Id of the sprite. """
    reason: None | str | Unset = UNSET
    """ Why it is not healthy. """
    checked_at: str | Unset = UNSET
    """ When it was checked. """
    elapsed: int | None | Unset = UNSET
    """ Duration of the check in milliseconds. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        sprite_name = self.sprite_name

        sprite_id = self.sprite_id

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        checked_at = self.checked_at

        elapsed: int | None | Unset
        if isinstance(self.elapsed, Unset):
            elapsed = UNSET
        else:
            elapsed = self.elapsed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
            }
        )
        if sprite_name is not UNSET:
            field_dict["sprite_name"] = sprite_name
        if sprite_id is not UNSET:
            field_dict["sprite_id"] = sprite_id
        if reason is not UNSET:
            field_dict["reason"] = reason
        if checked_at is not UNSET:
            field_dict["checked_at"] = checked_at
        if elapsed is not UNSET:
            field_dict["elapsed"] = elapsed

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = d.pop("status")

        sprite_name = d.pop("sprite_name", UNSET)

        sprite_id = d.pop("sprite_id", UNSET)

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        checked_at = d.pop("checked_at", UNSET)

        def _parse_elapsed(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        elapsed = _parse_elapsed(d.pop("elapsed", UNSET))

        sprite_health = cls(
            status=status,
            sprite_name=sprite_name,
            sprite_id=sprite_id,
            reason=reason,
            checked_at=checked_at,
            elapsed=elapsed,
        )

        sprite_health.additional_properties = d
        return sprite_health

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
