# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ServiceState")


@_attrs_define
class ServiceState:
    """What a service does now. The last two fields are not in the official document."""

    status: str
    """ Known values: `stopped`, `starting`, `running`, `stopping`, `failed`.
     """
    name: str | Unset = UNSET
    """ Name of the service. """
    pid: int | None | Unset = UNSET
    """ Id of its process. """
    started_at: None | str | Unset = UNSET
    """ When it was started. """
    error: None | str | Unset = UNSET
    """ Why it failed. """
    restart_count: int | None | Unset = UNSET
    """ How often it was started again. """
    next_restart_at: None | str | Unset = UNSET
    """ When it will be started again. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        name = self.name

        pid: int | None | Unset
        if isinstance(self.pid, Unset):
            pid = UNSET
        else:
            pid = self.pid

        started_at: None | str | Unset
        if isinstance(self.started_at, Unset):
            started_at = UNSET
        else:
            started_at = self.started_at

        error: None | str | Unset
        if isinstance(self.error, Unset):
            error = UNSET
        else:
            error = self.error

        restart_count: int | None | Unset
        if isinstance(self.restart_count, Unset):
            restart_count = UNSET
        else:
            restart_count = self.restart_count

        next_restart_at: None | str | Unset
        if isinstance(self.next_restart_at, Unset):
            next_restart_at = UNSET
        else:
            next_restart_at = self.next_restart_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "status": status,
            }
        )
        if name is not UNSET:
            field_dict["name"] = name
        if pid is not UNSET:
            field_dict["pid"] = pid
        if started_at is not UNSET:
            field_dict["started_at"] = started_at
        if error is not UNSET:
            field_dict["error"] = error
        if restart_count is not UNSET:
            field_dict["restart_count"] = restart_count
        if next_restart_at is not UNSET:
            field_dict["next_restart_at"] = next_restart_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        status = d.pop("status")

        name = d.pop("name", UNSET)

        def _parse_pid(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        pid = _parse_pid(d.pop("pid", UNSET))

        def _parse_started_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        started_at = _parse_started_at(d.pop("started_at", UNSET))

        def _parse_error(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        error = _parse_error(d.pop("error", UNSET))

        def _parse_restart_count(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        restart_count = _parse_restart_count(d.pop("restart_count", UNSET))

        def _parse_next_restart_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        next_restart_at = _parse_next_restart_at(d.pop("next_restart_at", UNSET))

        service_state = cls(
            status=status,
            name=name,
            pid=pid,
            started_at=started_at,
            error=error,
            restart_count=restart_count,
            next_restart_at=next_restart_at,
        )

        service_state.additional_properties = d
        return service_state

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
