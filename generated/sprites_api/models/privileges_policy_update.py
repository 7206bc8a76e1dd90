# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.privileges_profile import PrivilegesProfile, check_privileges_profile
from ..types import UNSET, Unset

T = TypeVar("T", bound="PrivilegesPolicyUpdate")


@_attrs_define
class PrivilegesPolicyUpdate:
    """What processes in the sprite shall be able to do."""

    profile: PrivilegesProfile | Unset = UNSET
    """ A bundle of privileges; empty for the usual one. """
    devices: list[str] | Unset = UNSET
    """ Devices that can be used. """
    no_new_privileges: bool | Unset = UNSET
    """ Keep processes from gaining privileges. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        profile: str | Unset = UNSET
        if not isinstance(self.profile, Unset):
            profile = self.profile

        devices: list[str] | Unset = UNSET
        if not isinstance(self.devices, Unset):
            devices = self.devices

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
        _profile = d.pop("profile", UNSET)
        profile: PrivilegesProfile | Unset
        if isinstance(_profile, Unset):
            profile = UNSET
        else:
            profile = check_privileges_profile(_profile)

        devices = cast(list[str], d.pop("devices", UNSET))

        no_new_privileges = d.pop("noNewPrivileges", UNSET)

        privileges_policy_update = cls(
            profile=profile,
            devices=devices,
            no_new_privileges=no_new_privileges,
        )

        privileges_policy_update.additional_properties = d
        return privileges_policy_update

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
