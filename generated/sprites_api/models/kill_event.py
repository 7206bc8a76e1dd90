# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="KillEvent")


@_attrs_define
class KillEvent:
    """One step of ending a session, in the order `signal`, then `exited`, or `timeout` and
    `killed`, then `complete`. With a timeout of 0 the exit code can be unknown.

    """

    type_: str
    """ Known values: `signal`, `timeout`, `exited`, `killed`, `error`, `complete`.
     """
    message: str | Unset = UNSET
    """ The text. """
    data: str | Unset = UNSET
    """ The text again; some clients look for it here. """
    signal: str | Unset = UNSET
    """ The signal that was sent, of `signal`. """
    pid: int | Unset = UNSET
    """ The process that got it, of `signal`. """
    exit_code: int | None | Unset = UNSET
    """ The exit code, of `complete`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        message = self.message

        data = self.data

        signal = self.signal

        pid = self.pid

        exit_code: int | None | Unset
        if isinstance(self.exit_code, Unset):
            exit_code = UNSET
        else:
            exit_code = self.exit_code

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if message is not UNSET:
            field_dict["message"] = message
        if data is not UNSET:
            field_dict["data"] = data
        if signal is not UNSET:
            field_dict["signal"] = signal
        if pid is not UNSET:
            field_dict["pid"] = pid
        if exit_code is not UNSET:
            field_dict["exit_code"] = exit_code

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = d.pop("type")

        message = d.pop("message", UNSET)

        data = d.pop("data", UNSET)

        signal = d.pop("signal", UNSET)

        pid = d.pop("pid", UNSET)

        def _parse_exit_code(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        exit_code = _parse_exit_code(d.pop("exit_code", UNSET))

        kill_event = cls(
            type_=type_,
            message=message,
            data=data,
            signal=signal,
            pid=pid,
            exit_code=exit_code,
        )

        kill_event.additional_properties = d
        return kill_event

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
