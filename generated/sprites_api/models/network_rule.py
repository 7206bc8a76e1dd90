# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="NetworkRule")


@_attrs_define
class NetworkRule:
    """A rule for a domain, or a bundle of rules."""

    domain: str | Unset = UNSET
    """ A host, `*.` and a domain, or `*`. """
    action: str | Unset = UNSET
    """ Known values: `allow`, `deny`. """
    include: str | Unset = UNSET
    """ Known values: `defaults`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        domain = self.domain

        action = self.action

        include = self.include

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if domain is not UNSET:
            field_dict["domain"] = domain
        if action is not UNSET:
            field_dict["action"] = action
        if include is not UNSET:
            field_dict["include"] = include

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        domain = d.pop("domain", UNSET)

        action = d.pop("action", UNSET)

        include = d.pop("include", UNSET)

        network_rule = cls(
            domain=domain,
            action=action,
            include=include,
        )

        network_rule.additional_properties = d
        return network_rule

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
