# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FileDelete")


@_attrs_define
class FileDelete:
    """What to delete, for clients that send it as a body."""

    path: str | Unset = UNSET
    """ The path. """
    working_dir: str | Unset = UNSET
    """ What a relative path starts from. """
    recursive: bool | Unset = UNSET
    """ Also delete what a directory contains. """
    as_root: bool | Unset = UNSET
    """ Act as root. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        path = self.path

        working_dir = self.working_dir

        recursive = self.recursive

        as_root = self.as_root

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if path is not UNSET:
            field_dict["path"] = path
        if working_dir is not UNSET:
            field_dict["workingDir"] = working_dir
        if recursive is not UNSET:
            field_dict["recursive"] = recursive
        if as_root is not UNSET:
            field_dict["asRoot"] = as_root

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        path = d.pop("path", UNSET)

        working_dir = d.pop("workingDir", UNSET)

        recursive = d.pop("recursive", UNSET)

        as_root = d.pop("asRoot", UNSET)

        file_delete = cls(
            path=path,
            working_dir=working_dir,
            recursive=recursive,
            as_root=as_root,
        )

        file_delete.additional_properties = d
        return file_delete

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
