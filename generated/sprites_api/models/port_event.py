# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="PortEvent")


@_attrs_define
class PortEvent:
    """A process began or ceased to listen on a port."""

    type_: str
    """ Known values: `port_opened`, `port_closed`. """
    port: int
    """ The port. """
    address: str | Unset = UNSET
    """ The address it listens on; the official document speaks of a URL. """
    pid: int | Unset = UNSET
    """ Id of the process. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        port = self.port

        address = self.address

        pid = self.pid

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "port": port,
            }
        )
        if address is not UNSET:
            field_dict["address"] = address
        if pid is not UNSET:
            field_dict["pid"] = pid

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = d.pop("type")

        port = d.pop("port")

        address = d.pop("address", UNSET)

        pid = d.pop("pid", UNSET)

        port_event = cls(
            type_=type_,
            port=port,
            address=address,
            pid=pid,
        )

        port_event.additional_properties = d
        return port_event

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
