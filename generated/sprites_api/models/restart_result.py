# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RestartResult")


@_attrs_define
class RestartResult:
    """What was restarted."""

    sprite_name: str | Unset = UNSET
    """ Name of the sprite. """
    machine_id: str | Unset = UNSET
    """ Id of the machine that runs it. """
    message: str | Unset = UNSET
    """ What happened. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        sprite_name = self.sprite_name

        machine_id = self.machine_id

        message = self.message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if sprite_name is not UNSET:
            field_dict["sprite_name"] = sprite_name
        if machine_id is not UNSET:
            field_dict["machine_id"] = machine_id
        if message is not UNSET:
            field_dict["message"] = message

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        sprite_name = d.pop("sprite_name", UNSET)

        machine_id = d.pop("machine_id", UNSET)

        message = d.pop("message", UNSET)

        restart_result = cls(
            sprite_name=sprite_name,
            machine_id=machine_id,
            message=message,
        )

        restart_result.additional_properties = d
        return restart_result

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
