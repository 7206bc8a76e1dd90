# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.file_pair import FilePair


T = TypeVar("T", bound="FileCopied")


@_attrs_define
class FileCopied:
    """What was copied; one source shows it as a single pair."""

    copied: list[FilePair] | None | Unset = UNSET
    """ The files. """
    count: int | Unset = UNSET
    """ How many there are. """
    total_bytes: int | Unset = UNSET
    """ Their size together. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        copied: list[dict[str, Any]] | None | Unset
        if isinstance(self.copied, Unset):
            copied = UNSET
        elif isinstance(self.copied, list):
            copied = []
            for copied_type_0_item_data in self.copied:
                copied_type_0_item = copied_type_0_item_data.to_dict()
                copied.append(copied_type_0_item)

        else:
            copied = self.copied

        count = self.count

        total_bytes = self.total_bytes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if copied is not UNSET:
            field_dict["copied"] = copied
        if count is not UNSET:
            field_dict["count"] = count
        if total_bytes is not UNSET:
            field_dict["totalBytes"] = total_bytes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.file_pair import FilePair  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_copied(data: object) -> list[FilePair] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError()
            copied_type_0 = []
            _copied_type_0 = data
            for copied_type_0_item_data in _copied_type_0:
                copied_type_0_item = FilePair.from_dict(copied_type_0_item_data)

                copied_type_0.append(copied_type_0_item)

            return copied_type_0

        copied = _parse_copied(d.pop("copied", UNSET))

        count = d.pop("count", UNSET)

        total_bytes = d.pop("totalBytes", UNSET)

        file_copied = cls(
            copied=copied,
            count=count,
            total_bytes=total_bytes,
        )

        file_copied.additional_properties = d
        return file_copied

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
