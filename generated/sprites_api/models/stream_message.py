# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="StreamMessage")


@_attrs_define
class StreamMessage:
    """One line of the progress of a checkpoint or restore. Only `complete` proves success; an
    `error` ends the stream. `stdout` and `stderr` are named by clients and rarely seen.

    """

    type_: str
    """ Known values: `info`, `stdout`, `stderr`, `error`, `complete`. """
    data: str | Unset = UNSET
    """ The text, of every type but `error`. """
    error: str | Unset = UNSET
    """ The text of `error`. """
    time: str | Unset = UNSET
    """ When, to the nanosecond. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        data = self.data

        error = self.error

        time = self.time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if data is not UNSET:
            field_dict["data"] = data
        if error is not UNSET:
            field_dict["error"] = error
        if time is not UNSET:
            field_dict["time"] = time

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = d.pop("type")

        data = d.pop("data", UNSET)

        error = d.pop("error", UNSET)

        time = d.pop("time", UNSET)

        stream_message = cls(
            type_=type_,
            data=data,
            error=error,
            time=time,
        )

        stream_message.additional_properties = d
        return stream_message

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
