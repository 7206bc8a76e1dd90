# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="MemoryPolicy")


@_attrs_define
class MemoryPolicy:
    """How much memory the sprite may use. Names are in snake case, as on the wire."""

    limit_mb: float | None | Unset = UNSET
    """ Megabytes. """
    autoscale: bool | None | Unset = UNSET
    """ Whether the platform may change it. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        limit_mb: float | None | Unset
        if isinstance(self.limit_mb, Unset):
            limit_mb = UNSET
        else:
            limit_mb = self.limit_mb

        autoscale: bool | None | Unset
        if isinstance(self.autoscale, Unset):
            autoscale = UNSET
        else:
            autoscale = self.autoscale

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if limit_mb is not UNSET:
            field_dict["limit_mb"] = limit_mb
        if autoscale is not UNSET:
            field_dict["autoscale"] = autoscale

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_limit_mb(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        limit_mb = _parse_limit_mb(d.pop("limit_mb", UNSET))

        def _parse_autoscale(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        autoscale = _parse_autoscale(d.pop("autoscale", UNSET))

        memory_policy = cls(
            limit_mb=limit_mb,
            autoscale=autoscale,
        )

        memory_policy.additional_properties = d
        return memory_policy

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
