# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="PrivilegesPolicy")


@_attrs_define
class PrivilegesPolicy:
    """What processes in the sprite may do. Names are in camel case, as on the wire."""

    profile: None | str | Unset = UNSET
    """ Known values: empty, `minimal`, `standard`, `privileged`. """
    devices: list[str] | None | Unset = UNSET
    """ Devices that can be used. """
    no_new_privileges: bool | None | Unset = UNSET
    """ Whether processes cannot gain privileges. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        profile: None | str | Unset
        if isinstance(self.profile, Unset):
            profile = UNSET
        else:
            profile = self.profile

        devices: list[str] | None | Unset
        if isinstance(self.devices, Unset):
            devices = UNSET
        elif isinstance(self.devices, list):
            devices = self.devices

        else:
            devices = self.devices

        no_new_privileges: bool | None | Unset
        if isinstance(self.no_new_privileges, Unset):
            no_new_privileges = UNSET
        else:
            no_new_privileges = self.no_new_privileges

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if profile is not UNSET:
            field_dict["profile"] = profile
        if devices is not UNSET:
            field_dict["devices"] = devices
        if no_new_privileges is not UNSET:
            field_dict["noNewPrivileges"] = no_new_privileges

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_profile(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        profile = _parse_profile(d.pop("profile", UNSET))

        def _parse_devices(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError()
            devices_type_0 = cast(list[str], data)

            return devices_type_0

        devices = _parse_devices(d.pop("devices", UNSET))

        def _parse_no_new_privileges(data: object) -> bool | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(bool | None | Unset, data)

        no_new_privileges = _parse_no_new_privileges(d.pop("noNewPrivileges", UNSET))

        privileges_policy = cls(
            profile=profile,
            devices=devices,
            no_new_privileges=no_new_privileges,
        )

        privileges_policy.additional_properties = d
        return privileges_policy

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
