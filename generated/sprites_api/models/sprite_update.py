# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.url_settings_update import UrlSettingsUpdate


T = TypeVar("T", bound="SpriteUpdate")


@_attrs_define
class SpriteUpdate:
    """A change of settings, with at least one field."""

    url_settings: UrlSettingsUpdate | Unset = UNSET
    """ Who shall reach the URL of a sprite. """
    labels: list[str] | Unset = UNSET
    """ Replaces the whole list of labels. """
    clear_labels: bool | Unset = UNSET
    """ Remove all labels. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        url_settings: dict[str, Any] | Unset = UNSET
        if not isinstance(self.url_settings, Unset):
            url_settings = self.url_settings.to_dict()

        labels: list[str] | Unset = UNSET
        if not isinstance(self.labels, Unset):
            labels = self.labels

        clear_labels = self.clear_labels

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if url_settings is not UNSET:
            field_dict["url_settings"] = url_settings
        if labels is not UNSET:
            field_dict["labels"] = labels
        if clear_labels is not UNSET:
            field_dict["clear_labels"] = clear_labels

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.url_settings_update import UrlSettingsUpdate  # noqa: PLC0415

        d = dict(src_dict)
        _url_settings = d.pop("url_settings", UNSET)
        url_settings: UrlSettingsUpdate | Unset
        if isinstance(_url_settings, Unset):
            url_settings = UNSET
        else:
            url_settings = UrlSettingsUpdate.from_dict(_url_settings)

        labels = cast(list[str], d.pop("labels", UNSET))

        clear_labels = d.pop("clear_labels", UNSET)

        sprite_update = cls(
            url_settings=url_settings,
            labels=labels,
            clear_labels=clear_labels,
        )

        sprite_update.additional_properties = d
        return sprite_update

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
