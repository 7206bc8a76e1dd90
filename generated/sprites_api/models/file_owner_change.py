# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FileOwnerChange")


@_attrs_define
class FileOwnerChange:
    """Whose owner or group to change; at least one of `uid` and `gid`."""

    path: str
    """ The path. """
    working_dir: str | Unset = UNSET
    """ What a relative path starts from. """
    uid: int | str | Unset = UNSET
    """ A user or group, by number or by name. """
    gid: int | str | Unset = UNSET
    """ A user or group, by number or by name. """
    recursive: bool | Unset = UNSET
    """ All below a directory as well. """
    as_root: bool | Unset = UNSET
    """ Act as root. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        path = self.path

        working_dir = self.working_dir

        uid: int | str | Unset
        if isinstance(self.uid, Unset):
            uid = UNSET
        else:
            uid = self.uid

        gid: int | str | Unset
        if isinstance(self.gid, Unset):
            gid = UNSET
        else:
            gid = self.gid

        recursive = self.recursive

        as_root = self.as_root

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "path": path,
            }
        )
        if working_dir is not UNSET:
            field_dict["workingDir"] = working_dir
        if uid is not UNSET:
            field_dict["uid"] = uid
        if gid is not UNSET:
            field_dict["gid"] = gid
        if recursive is not UNSET:
            field_dict["recursive"] = recursive
        if as_root is not UNSET:
            field_dict["asRoot"] = as_root

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        path = d.pop("path")

        working_dir = d.pop("workingDir", UNSET)

        def _parse_uid(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        uid = _parse_uid(d.pop("uid", UNSET))

        def _parse_gid(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        gid = _parse_gid(d.pop("gid", UNSET))

        recursive = d.pop("recursive", UNSET)

        as_root = d.pop("asRoot", UNSET)

        file_owner_change = cls(
            path=path,
            working_dir=working_dir,
            uid=uid,
            gid=gid,
            recursive=recursive,
            as_root=as_root,
        )

        file_owner_change.additional_properties = d
        return file_owner_change

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
