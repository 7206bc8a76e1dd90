# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Checkpoint")


@_attrs_define
class Checkpoint:
    """A saved state of a sprite; the union of the fields that sources show."""

    id: str
    """ `v0`, `v1`, and so on; `auto-` and more for those the platform made; `Current` for the
    live state.
     """
    create_time: str
    """ When the saved layer was begun, which can be before the request. """
    comment: None | str | Unset = UNSET
    """ Label given at creation. """
    source_id: None | str | Unset = UNSET
    """ The checkpoint it descends from. """
    history: list[str] | None | Unset = UNSET
    """ Ids of its ancestors, oldest first. """
    is_auto: bool | Unset = UNSET
    """ Whether the platform made it by itself. """
    health: None | str | Unset = UNSET
    """ Empty when healthy. Known values: `mount_failed`. """
    processes: None | str | Unset = UNSET
    """ Whether it holds the processes of its instant; known of the local server only, which
    leaves it out where none were asked for. Known values: `saved`, `refused`.
     """
    processes_reason: None | str | Unset = UNSET
    """ Why it holds no processes, where it does not. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        create_time = self.create_time

        comment: None | str | Unset
        if isinstance(self.comment, Unset):
            comment = UNSET
        else:
            comment = self.comment

        source_id: None | str | Unset
        if isinstance(self.source_id, Unset):
            source_id = UNSET
        else:
            source_id = self.source_id

        history: list[str] | None | Unset
        if isinstance(self.history, Unset):
            history = UNSET
        elif isinstance(self.history, list):
            history = self.history

        else:
            history = self.history

        is_auto = self.is_auto

        health: None | str | Unset
        if isinstance(self.health, Unset):
            health = UNSET
        else:
            health = self.health

        processes: None | str | Unset
        if isinstance(self.processes, Unset):
            processes = UNSET
        else:
            processes = self.processes

        processes_reason: None | str | Unset
        if isinstance(self.processes_reason, Unset):
            processes_reason = UNSET
        else:
            processes_reason = self.processes_reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "create_time": create_time,
            }
        )
        if comment is not UNSET:
            field_dict["comment"] = comment
        if source_id is not UNSET:
            field_dict["source_id"] = source_id
        if history is not UNSET:
            field_dict["history"] = history
        if is_auto is not UNSET:
            field_dict["is_auto"] = is_auto
        if health is not UNSET:
            field_dict["health"] = health
        if processes is not UNSET:
            field_dict["processes"] = processes
        if processes_reason is not UNSET:
            field_dict["processes_reason"] = processes_reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        create_time = d.pop("create_time")

        def _parse_comment(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        comment = _parse_comment(d.pop("comment", UNSET))

        def _parse_source_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        source_id = _parse_source_id(d.pop("source_id", UNSET))

        def _parse_history(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError()
            history_type_0 = cast(list[str], data)

            return history_type_0

        history = _parse_history(d.pop("history", UNSET))

        is_auto = d.pop("is_auto", UNSET)

        def _parse_health(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        health = _parse_health(d.pop("health", UNSET))

        def _parse_processes(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        processes = _parse_processes(d.pop("processes", UNSET))

        def _parse_processes_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        processes_reason = _parse_processes_reason(d.pop("processes_reason", UNSET))

        checkpoint = cls(
            id=id,
            create_time=create_time,
            comment=comment,
            source_id=source_id,
            history=history,
            is_auto=is_auto,
            health=health,
            processes=processes,
            processes_reason=processes_reason,
        )

        checkpoint.additional_properties = d
        return checkpoint

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
