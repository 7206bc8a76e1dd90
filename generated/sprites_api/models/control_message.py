# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.control_arguments import ControlArguments


T = TypeVar("T", bound="ControlMessage")


@_attrs_define
class ControlMessage:
    """The envelope of the control socket."""

    type_: str
    """ Known values: `op.start` and `release` from the client, `op.complete` and `op.error`
    from the server, `dial` and `keepalive` to be ignored.
     """
    id: str | Unset = UNSET
    """ Chosen by the client. """
    op: str | Unset = UNSET
    """ Known values: `exec`, `proxy`, `fs.read`, `fs.write`, `fs.list`, `fs.delete`,
    `fs.chmod`, `fs.chown`, `fs.copy`, `fs.rename`.
     """
    args: ControlArguments | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.control_arguments import ControlArguments  # noqa: PLC0415

        type_ = self.type_

        id = self.id

        op = self.op

        args: dict[str, Any] | None | Unset
        if isinstance(self.args, Unset):
            args = UNSET
        elif isinstance(self.args, ControlArguments):
            args = self.args.to_dict()
        else:
            args = self.args

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if op is not UNSET:
            field_dict["op"] = op
        if args is not UNSET:
            field_dict["args"] = args

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.control_arguments import ControlArguments  # noqa: PLC0415

        d = dict(src_dict)
        type_ = d.pop("type")

        id = d.pop("id", UNSET)

        op = d.pop("op", UNSET)

        def _parse_args(data: object) -> ControlArguments | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError()
            args_type_0 = ControlArguments.from_dict(data)

            return args_type_0

        args = _parse_args(d.pop("args", UNSET))

        control_message = cls(
            type_=type_,
            id=id,
            op=op,
            args=args,
        )

        control_message.additional_properties = d
        return control_message

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
