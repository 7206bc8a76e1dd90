# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.file_mode_entry import FileModeEntry


T = TypeVar("T", bound="FileModeChanged")


@_attrs_define
class FileModeChanged:
    """Whose permissions were changed."""

    affected: list[FileModeEntry] | None | Unset = UNSET
    """ The files. """
    count: int | Unset = UNSET
    """ How many there are. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        affected: list[dict[str, Any]] | None | Unset
        if isinstance(self.affected, Unset):
            affected = UNSET
        elif isinstance(self.affected, list):
            affected = []
            for affected_type_0_item_data in self.affected:
                affected_type_0_item = affected_type_0_item_data.to_dict()
                affected.append(affected_type_0_item)

        else:
            affected = self.affected

        count = self.count

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if affected is not UNSET:
            field_dict["affected"] = affected
        if count is not UNSET:
            field_dict["count"] = count

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.file_mode_entry import FileModeEntry  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_affected(data: object) -> list[FileModeEntry] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError()
            affected_type_0 = []
            _affected_type_0 = data
            for affected_type_0_item_data in _affected_type_0:
                affected_type_0_item = FileModeEntry.from_dict(affected_type_0_item_data)

                affected_type_0.append(affected_type_0_item)

            return affected_type_0

        affected = _parse_affected(d.pop("affected", UNSET))

        count = d.pop("count", UNSET)

        file_mode_changed = cls(
            affected=affected,
            count=count,
        )

        file_mode_changed.additional_properties = d
        return file_mode_changed

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
