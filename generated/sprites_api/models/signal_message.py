# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.socket_signal import SocketSignal, check_socket_signal

T = TypeVar("T", bound="SignalMessage")


@_attrs_define
class SignalMessage:
    """A signal for the command, if the server's capabilities name `signal`."""

    type_: Literal["signal"]
    """ Always `signal`. """
    signal: SocketSignal
    """ The signals that a socket carries, without `SIG`. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        signal: str = self.signal

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "signal": signal,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = cast(Literal["signal"], d.pop("type"))
        if type_ != "signal":
            raise ValueError(f"type must match const 'signal', got '{type_}'")

        signal = check_socket_signal(d.pop("signal"))

        signal_message = cls(
            type_=type_,
            signal=signal,
        )

        signal_message.additional_properties = d
        return signal_message

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
