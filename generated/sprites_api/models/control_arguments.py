# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ControlArguments")


@_attrs_define
class ControlArguments:
    """Arguments of an operation, texts or lists of texts under the names of its query; or its
    result. Always sent at the end of `exec`, because clients take a missing code for 0.

    """

    exit_code: int | Unset = UNSET
    """ Exit code of an operation that is complete. """
    ok: bool | Unset = UNSET
    """ Whether the operation succeeded. """
    error: str | Unset = UNSET
    """ Why it failed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        exit_code = self.exit_code

        ok = self.ok

        error = self.error

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if exit_code is not UNSET:
            field_dict["exitCode"] = exit_code
        if ok is not UNSET:
            field_dict["ok"] = ok
        if error is not UNSET:
            field_dict["error"] = error

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        exit_code = d.pop("exitCode", UNSET)

        ok = d.pop("ok", UNSET)

        error = d.pop("error", UNSET)

        control_arguments = cls(
            exit_code=exit_code,
            ok=ok,
            error=error,
        )

        control_arguments.additional_properties = d
        return control_arguments

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
