# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SessionInfoMessage")


@_attrs_define
class SessionInfoMessage:
    """What the socket is connected to; the first text message."""

    type_: str
    """ Known values: `session_info`. """
    session_id: str
    """ Id of the session. """
    command: str | Unset = UNSET
    """ Program and arguments as one text. """
    created: int | Unset = UNSET
    """ Unix seconds of its start. """
    cols: int | Unset = UNSET
    """ Width of the terminal; can be 0. """
    rows: int | Unset = UNSET
    """ Height of the terminal; can be 0. """
    is_owner: bool | Unset = UNSET
    """ Whether this client started the session. """
    tty: bool | Unset = UNSET
    """ Whether it has a terminal. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        session_id = self.session_id

        command = self.command

        created = self.created

        cols = self.cols

        rows = self.rows

        is_owner = self.is_owner

        tty = self.tty

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "session_id": session_id,
            }
        )
        if command is not UNSET:
            field_dict["command"] = command
        if created is not UNSET:
            field_dict["created"] = created
        if cols is not UNSET:
            field_dict["cols"] = cols
        if rows is not UNSET:
            field_dict["rows"] = rows
        if is_owner is not UNSET:
            field_dict["is_owner"] = is_owner
        if tty is not UNSET:
            field_dict["tty"] = tty

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = d.pop("type")

        session_id = d.pop("session_id")

        command = d.pop("command", UNSET)

        created = d.pop("created", UNSET)

        cols = d.pop("cols", UNSET)

        rows = d.pop("rows", UNSET)

        is_owner = d.pop("is_owner", UNSET)

        tty = d.pop("tty", UNSET)

        session_info_message = cls(
            type_=type_,
            session_id=session_id,
            command=command,
            created=created,
            cols=cols,
            rows=rows,
            is_owner=is_owner,
            tty=tty,
        )

        session_info_message.additional_properties = d
        return session_info_message

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
