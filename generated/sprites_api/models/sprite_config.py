# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SpriteConfig")


@_attrs_define
class SpriteConfig:
    """A wished size; the platform manages sizes by itself and may ignore it."""

    ram_mb: int | Unset = UNSET
    """ Memory in megabytes. """
    cpus: int | Unset = UNSET
    """ Number of processors. """
    region: str | Unset = UNSET
    """ Where to run. """
    storage_gb: int | Unset = UNSET
    """ Disk in gigabytes. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        ram_mb = self.ram_mb

        cpus = self.cpus

        region = self.region

        storage_gb = self.storage_gb

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if ram_mb is not UNSET:
            field_dict["ram_mb"] = ram_mb
        if cpus is not UNSET:
            field_dict["cpus"] = cpus
        if region is not UNSET:
            field_dict["region"] = region
        if storage_gb is not UNSET:
            field_dict["storage_gb"] = storage_gb

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ram_mb = d.pop("ram_mb", UNSET)

        cpus = d.pop("cpus", UNSET)

        region = d.pop("region", UNSET)

        storage_gb = d.pop("storage_gb", UNSET)

        sprite_config = cls(
            ram_mb=ram_mb,
            cpus=cpus,
            region=region,
            storage_gb=storage_gb,
        )

        sprite_config.additional_properties = d
        return sprite_config

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
