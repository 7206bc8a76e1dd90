# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.url_settings import UrlSettings


T = TypeVar("T", bound="SpriteInfo")


@_attrs_define
class SpriteInfo:
    """A sprite. Only its name is certain in every list a server may send."""

    name: str
    """ Unique in the organization. """
    id: str | Unset = UNSET
    """ Opaque and stable for the life of the sprite, across restores as well. """
    organization: str | Unset = UNSET
    """ Slug of the organization. """
    url: str | Unset = UNSET
    """ Where the sprite's own HTTP service answers. """
    status: str | Unset = UNSET
    """ Known values: `cold`, `warm`, `running`. """
    created_at: str | Unset = UNSET
    """ When the sprite was created. """
    updated_at: str | Unset = UNSET
    """ When it was last changed. """
    url_settings: None | Unset | UrlSettings = UNSET
    labels: list[str] | None | Unset = UNSET
    """ Labels of the sprite; left out when there are none. """
    version: None | str | Unset = UNSET
    """ Version that is configured or running. """
    environment_version: None | str | Unset = UNSET
    """ Version of the environment inside the sprite. """
    last_running_at: None | str | Unset = UNSET
    """ When it last ran; null when not tracked, as for a cold sprite. """
    last_warming_at: None | str | Unset = UNSET
    """ When it last woke; null when not tracked. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.url_settings import UrlSettings  # noqa: PLC0415

        name = self.name

        id = self.id

        organization = self.organization

        url = self.url

        status = self.status

        created_at = self.created_at

        updated_at = self.updated_at

        url_settings: dict[str, Any] | None | Unset
        if isinstance(self.url_settings, Unset):
            url_settings = UNSET
        elif isinstance(self.url_settings, UrlSettings):
            url_settings = self.url_settings.to_dict()
        else:
            url_settings = self.url_settings

        labels: list[str] | None | Unset
        if isinstance(self.labels, Unset):
            labels = UNSET
        elif isinstance(self.labels, list):
            labels = self.labels

        else:
            labels = self.labels

        version: None | str | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

        environment_version: None | str | Unset
        if isinstance(self.environment_version, Unset):
            environment_version = UNSET
        else:
            environment_version = self.environment_version

        last_running_at: None | str | Unset
        if isinstance(self.last_running_at, Unset):
            last_running_at = UNSET
        else:
            last_running_at = self.last_running_at

        last_warming_at: None | str | Unset
        if isinstance(self.last_warming_at, Unset):
            last_warming_at = UNSET
        else:
            last_warming_at = self.last_warming_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id
        if organization is not UNSET:
            field_dict["organization"] = organization
        if url is not UNSET:
            field_dict["url"] = url
        if status is not UNSET:
            field_dict["status"] = status
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if updated_at is not UNSET:
            field_dict["updated_at"] = updated_at
        if url_settings is not UNSET:
            field_dict["url_settings"] = url_settings
        if labels is not UNSET:
            field_dict["labels"] = labels
        if version is not UNSET:
            field_dict["version"] = version
        if environment_version is not UNSET:
            field_dict["environment_version"] = environment_version
        if last_running_at is not UNSET:
            field_dict["last_running_at"] = last_running_at
        if last_warming_at is not UNSET:
            field_dict["last_warming_at"] = last_warming_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.url_settings import UrlSettings  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        id = d.pop("id", UNSET)

        organization = d.pop("organization", UNSET)

        url = d.pop("url", UNSET)

        status = d.pop("status", UNSET)

        created_at = d.pop("created_at", UNSET)

        updated_at = d.pop("updated_at", UNSET)

        def _parse_url_settings(data: object) -> None | Unset | UrlSettings:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError()
            url_settings_type_0 = UrlSettings.from_dict(data)

            return url_settings_type_0

        url_settings = _parse_url_settings(d.pop("url_settings", UNSET))

        def _parse_labels(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError()
            labels_type_0 = cast(list[str], data)

            return labels_type_0

        labels = _parse_labels(d.pop("labels", UNSET))

        def _parse_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        version = _parse_version(d.pop("version", UNSET))

        def _parse_environment_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        environment_version = _parse_environment_version(d.pop("environment_version", UNSET))

        def _parse_last_running_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_running_at = _parse_last_running_at(d.pop("last_running_at", UNSET))

        def _parse_last_warming_at(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        last_warming_at = _parse_last_warming_at(d.pop("last_warming_at", UNSET))

        sprite_info = cls(
            name=name,
            id=id,
            organization=organization,
            url=url,
            status=status,
            created_at=created_at,
            updated_at=updated_at,
            url_settings=url_settings,
            labels=labels,
            version=version,
            environment_version=environment_version,
            last_running_at=last_running_at,
            last_warming_at=last_warming_at,
        )

        sprite_info.additional_properties = d
        return sprite_info

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
