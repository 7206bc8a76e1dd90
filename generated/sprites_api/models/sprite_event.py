# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.organization_counters import OrganizationCounters


T = TypeVar("T", bound="SpriteEvent")


@_attrs_define
class SpriteEvent:
    """One line of the stream of sprites: a line without `type` is a change of one sprite, a
    `heartbeat` carries counters only. There is no last line.

    """

    type_: str | Unset = UNSET
    """ Known values: `heartbeat`, or left out for a change. """
    name: str | Unset = UNSET
    """ Name of the sprite that changed. """
    status: str | Unset = UNSET
    """ Known values: `cold`, `warm`, `running`, `deleted`. The last one is known of the local
    server only.
     """
    running_version: None | str | Unset = UNSET
    """ Version that runs. """
    last_running_at: None | str | Unset = UNSET
    """ When it last ran. """
    last_warming_at: None | str | Unset = UNSET
    """ When it last woke. """
    timestamp: None | str | Unset = UNSET
    """ When the server wrote the line. """
    org: None | OrganizationCounters | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.organization_counters import OrganizationCounters  # noqa: PLC0415

        type_ = self.type_

        name = self.name

        status = self.status

        running_version: None | str | Unset
        if isinstance(self.running_version, Unset):
            running_version = UNSET
        else:
            running_version = self.running_version

        last_running_at: None | str | Unset
        if isinstance(self.last_running_at, Unset):
            last_running_at = UNSET
        else:
            last_running_at = self.last_running_at

        last_warming_at: None | str | Unset
        if isinstance(self.last_warming_at, Unset):
            last_warming_at = UNSET
        else:
            last_warming_at = self.last_warming_at

        timestamp: None | str | Unset
        if isinstance(self.timestamp, Unset):
            timestamp = UNSET
        else:
            timestamp = self.timestamp

        org: dict[str, Any] | None | Unset
        if isinstance(self.org, Unset):
            org = UNSET
        elif isinstance(self.org, OrganizationCounters):
            org = self.org.to_dict()
        else:
            org = self.org

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if type_ is not UNSET:
            field_dict["type"] = type_
        if name is not UNSET:
            field_dict["name"] = name
        if status is not UNSET:
            field_dict["status"] = status
        if running_version is not UNSET:
            field_dict["running_version"] = running_version
        if last_running_at is not UNSET:
            field_dict["last_running_at"] = last_running_at
        if last_warming_at is not UNSET:
            field_dict["last_warming_at"] = last_warming_at
        if timestamp is not UNSET:
            field_dict["timestamp"] = timestamp
        if org is not UNSET:
            field_dict["org"] = org

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.organization_counters import OrganizationCounters  # noqa: PLC0415

        d = dict(src_dict)
        type_ = d.pop("type", UNSET)

        name = d.pop("name", UNSET)

        status = d.pop("status", UNSET)

        def _parse_running_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        running_version = _parse_running_version(d.pop("running_version", UNSET))

        def _parse_last_running_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_running_at = _parse_last_running_at(d.pop("last_running_at", UNSET))

        def _parse_last_warming_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_warming_at = _parse_last_warming_at(d.pop("last_warming_at", UNSET))

        def _parse_timestamp(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        timestamp = _parse_timestamp(d.pop("timestamp", UNSET))

        def _parse_org(data: object) -> None | OrganizationCounters | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError()
            org_type_0 = OrganizationCounters.from_dict(data)

            return org_type_0

        org = _parse_org(d.pop("org", UNSET))

        sprite_event = cls(
            type_=type_,
            name=name,
            status=status,
            running_version=running_version,
            last_running_at=last_running_at,
            last_warming_at=last_warming_at,
            timestamp=timestamp,
            org=org,
        )

        sprite_event.additional_properties = d
        return sprite_event

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
