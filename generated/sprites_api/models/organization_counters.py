# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="OrganizationCounters")


@_attrs_define
class OrganizationCounters:
    """How many sprites of an organization are in which state, and its limits."""

    name: str | Unset = UNSET
    """ Slug of the organization. """
    running: int | Unset = UNSET
    """ Running sprites. """
    warm: int | Unset = UNSET
    """ Suspended sprites. """
    cold: int | Unset = UNSET
    """ Stopped sprites. """
    running_limit: int | None | Unset = UNSET
    """ Most that may run. """
    warm_limit: int | None | Unset = UNSET
    """ Most that may be suspended. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        running = self.running

        warm = self.warm

        cold = self.cold

        running_limit: int | None | Unset
        if isinstance(self.running_limit, Unset):
            running_limit = UNSET
        else:
            running_limit = self.running_limit

        warm_limit: int | None | Unset
        if isinstance(self.warm_limit, Unset):
            warm_limit = UNSET
        else:
            warm_limit = self.warm_limit

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if running is not UNSET:
            field_dict["running"] = running
        if warm is not UNSET:
            field_dict["warm"] = warm
        if cold is not UNSET:
            field_dict["cold"] = cold
        if running_limit is not UNSET:
            field_dict["running_limit"] = running_limit
        if warm_limit is not UNSET:
            field_dict["warm_limit"] = warm_limit

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name", UNSET)

        running = d.pop("running", UNSET)

        warm = d.pop("warm", UNSET)

        cold = d.pop("cold", UNSET)

        def _parse_running_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        running_limit = _parse_running_limit(d.pop("running_limit", UNSET))

        def _parse_warm_limit(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        warm_limit = _parse_warm_limit(d.pop("warm_limit", UNSET))

        organization_counters = cls(
            name=name,
            running=running,
            warm=warm,
            cold=cold,
            running_limit=running_limit,
            warm_limit=warm_limit,
        )

        organization_counters.additional_properties = d
        return organization_counters

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
