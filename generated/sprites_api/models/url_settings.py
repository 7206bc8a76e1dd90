# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="UrlSettings")


@_attrs_define
class UrlSettings:
    """Who may reach the URL of a sprite."""

    auth: str | Unset = UNSET
    """ Known values: `sprite` (token or login of the organization), `public` (no check).
     """
    private_access: None | str | Unset = UNSET
    """ Who of the organization may enter. Known values: `admins`, `org_users`, and
    `organization`, which the official document has in place of `org_users`.
     """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        auth = self.auth

        private_access: None | str | Unset
        if isinstance(self.private_access, Unset):
            private_access = UNSET
        else:
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
        auth = d.pop("auth", UNSET)

        def _parse_private_access(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        private_access = _parse_private_access(d.pop("private_access", UNSET))

        url_settings = cls(
            auth=auth,
            private_access=private_access,
        )

        url_settings.additional_properties = d
        return url_settings

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
