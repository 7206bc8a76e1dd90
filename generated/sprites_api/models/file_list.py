# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.file_entry import FileEntry


T = TypeVar("T", bound="FileList")


@_attrs_define
class FileList:
    """The entries of a directory."""

    entries: list[FileEntry] | None
    """ The entries. """
    path: str | Unset = UNSET
    """ The directory. """
    count: int | Unset = UNSET
    """ How many there are. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        entries: list[dict[str, Any]] | None
        if isinstance(self.entries, list):
            entries = []
            for entries_type_0_item_data in self.entries:
                entries_type_0_item = entries_type_0_item_data.to_dict()
                entries.append(entries_type_0_item)

        else:
            entries = self.entries

        path = self.path

        count = self.count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "entries": entries,
            }
        )
        if path is not UNSET:
            field_dict["path"] = path
        if count is not UNSET:
            field_dict["count"] = count

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.file_entry import FileEntry  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_entries(data: object) -> list[FileEntry] | None:
            if data is None:
                return data
            if not isinstance(data, list):
                raise TypeError()
            entries_type_0 = []
            _entries_type_0 = data
            for entries_type_0_item_data in _entries_type_0:
                entries_type_0_item = FileEntry.from_dict(entries_type_0_item_data)

                entries_type_0.append(entries_type_0_item)

            return entries_type_0

        entries = _parse_entries(d.pop("entries"))

        path = d.pop("path", UNSET)

        count = d.pop("count", UNSET)

        file_list = cls(
            entries=entries,
            path=path,
            count=count,
        )

        file_list.additional_properties = d
        return file_list

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
