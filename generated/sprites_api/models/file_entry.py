# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FileEntry")


@_attrs_define
class FileEntry:
    """A file, directory or link. Names are in camel case, as on the wire."""

    name: str
    """ Last part of the path. """
    path: str
    """ The path. """
    type_: str
    """ Known values: `file`, `directory`, `symlink`. """
    size: int
    """ Size in bytes. """
    mode: str | Unset = UNSET
    """ Permissions in octal. """
    mod_time: str | Unset = UNSET
    """ When it was last modified. """
    is_dir: bool | Unset = UNSET
    """ Whether it is a directory. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        path = self.path

        type_ = self.type_

        size = self.size

        mode = self.mode

        mod_time = self.mod_time

        is_dir = self.is_dir

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "path": path,
                "type": type_,
                "size": size,
            }
        )
        if mode is not UNSET:
            field_dict["mode"] = mode
        if mod_time is not UNSET:
            field_dict["modTime"] = mod_time
        if is_dir is not UNSET:
            field_dict["isDir"] = is_dir

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        path = d.pop("path")

        type_ = d.pop("type")

        size = d.pop("size")

        mode = d.pop("mode", UNSET)

        mod_time = d.pop("modTime", UNSET)

        is_dir = d.pop("isDir", UNSET)

        file_entry = cls(
            name=name,
            path=path,
            type_=type_,
            size=size,
            mode=mode,
            mod_time=mod_time,
            is_dir=is_dir,
        )

        file_entry.additional_properties = d
        return file_entry

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
