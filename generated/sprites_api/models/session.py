# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="Session")


@_attrs_define
class Session:
    """A command that runs, or ran a moment ago."""

    id: str
    """ The process id in decimal; some servers send a number. """
    command: str | Unset = UNSET
    """ Program and arguments as one text. """
    workdir: str | Unset = UNSET
    """ Its working directory. """
    created: str | Unset = UNSET
    """ When it was started. """
    bytes_per_second: float | Unset = UNSET
    """ How much it prints. """
    is_active: bool | Unset = UNSET
    """ Whether it still runs. """
    tty: bool | Unset = UNSET
    """ Whether it has a terminal. """
    last_activity: None | str | Unset = UNSET
    """ When it last printed or read something. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        command = self.command

        workdir = self.workdir

        created = self.created

        bytes_per_second = self.bytes_per_second

        is_active = self.is_active

        tty = self.tty

        last_activity: None | str | Unset
        if isinstance(self.last_activity, Unset):
            last_activity = UNSET
        else:
            last_activity = self.last_activity

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
            }
        )
        if command is not UNSET:
            field_dict["command"] = command
        if workdir is not UNSET:
            field_dict["workdir"] = workdir
        if created is not UNSET:
            field_dict["created"] = created
        if bytes_per_second is not UNSET:
            field_dict["bytes_per_second"] = bytes_per_second
        if is_active is not UNSET:
            field_dict["is_active"] = is_active
        if tty is not UNSET:
            field_dict["tty"] = tty
        if last_activity is not UNSET:
            field_dict["last_activity"] = last_activity

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        command = d.pop("command", UNSET)

        workdir = d.pop("workdir", UNSET)

        created = d.pop("created", UNSET)

        bytes_per_second = d.pop("bytes_per_second", UNSET)

        is_active = d.pop("is_active", UNSET)

        tty = d.pop("tty", UNSET)

        def _parse_last_activity(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_activity = _parse_last_activity(d.pop("last_activity", UNSET))

        session = cls(
            id=id,
            command=command,
            workdir=workdir,
            created=created,
            bytes_per_second=bytes_per_second,
            is_active=is_active,
            tty=tty,
            last_activity=last_activity,
        )

        session.additional_properties = d
        return session

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
