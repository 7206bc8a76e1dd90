# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="MemoryPolicyUpdate")


@_attrs_define
class MemoryPolicyUpdate:
    """How much memory the sprite shall be able to use."""

    limit_mb: float
    """ Megabytes. """
    autoscale: bool | Unset = UNSET
    """ Let the platform change it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        limit_mb = self.limit_mb

        autoscale = self.autoscale

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "limit_mb": limit_mb,
            }
        )
        if autoscale is not UNSET:
            field_dict["autoscale"] = autoscale

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        limit_mb = d.pop("limit_mb")

        autoscale = d.pop("autoscale", UNSET)

        memory_policy_update = cls(
            limit_mb=limit_mb,
            autoscale=autoscale,
        )

        memory_policy_update.additional_properties = d
        return memory_policy_update

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
