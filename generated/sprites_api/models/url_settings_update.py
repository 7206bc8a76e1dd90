# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.private_access import PrivateAccess, check_private_access
from ..models.url_auth import UrlAuth, check_url_auth
from ..types import UNSET, Unset

T = TypeVar("T", bound="UrlSettingsUpdate")


@_attrs_define
class UrlSettingsUpdate:
    """Who shall reach the URL of a sprite."""

    auth: UrlAuth | Unset = UNSET
    """ Whether the URL asks for a token or login of the organization. """
    private_access: PrivateAccess | Unset = UNSET
    """ Who of the organization may enter; sources name two spellings for everybody. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        auth: str | Unset = UNSET
        if not isinstance(self.auth, Unset):
            auth = self.auth

        private_access: str | Unset = UNSET
        if not isinstance(self.private_access, Unset):
            private_access = self.private_access

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if auth is not UNSET:
            field_dict["auth"] = auth
        if private_access is not UNSET:
            field_dict["private_access"] = private_access

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        _auth = d.pop("auth", UNSET)
        auth: UrlAuth | Unset
        if isinstance(_auth, Unset):
            auth = UNSET
        else:
            auth = check_url_auth(_auth)

        _private_access = d.pop("private_access", UNSET)
        private_access: PrivateAccess | Unset
        if isinstance(_private_access, Unset):
            private_access = UNSET
        else:
            private_access = check_private_access(_private_access)

        url_settings_update = cls(
            auth=auth,
            private_access=private_access,
        )

        url_settings_update.additional_properties = d
        return url_settings_update

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
