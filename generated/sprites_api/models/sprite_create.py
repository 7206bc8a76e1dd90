# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.runtime import Runtime, check_runtime
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.environment import Environment
    from ..models.sprite_config import SpriteConfig
    from ..models.url_settings_update import UrlSettingsUpdate


T = TypeVar("T", bound="SpriteCreate")


@_attrs_define
class SpriteCreate:
    """A sprite to create. The official document knows `name` and `url_settings` only; the other
    fields come from the official clients.

    """

    name: str
    """ A DNS label, unique in the organization. Names of more than about 48 characters give a
    URL that cannot be reached.
     """
    url_settings: UrlSettingsUpdate | Unset = UNSET
    """ Who shall reach the URL of a sprite. """
    labels: list[str] | Unset = UNSET
    """ Labels to give it. """
    wait_for_capacity: bool | Unset = UNSET
    """ Wait for a free place instead of failing; false when left out. """
    runtime: Runtime | Unset = UNSET
    """ Which environment to run; `default` when left out. """
    config: SpriteConfig | Unset = UNSET
    """ A wished size; the platform manages sizes by itself and may ignore it. """
    environment: Environment | Unset = UNSET
    """ Environment variables by name; their values may be secrets. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        url_settings: dict[str, Any] | Unset = UNSET
        if not isinstance(self.url_settings, Unset):
            url_settings = self.url_settings.to_dict()

        labels: list[str] | Unset = UNSET
        if not isinstance(self.labels, Unset):
            labels = self.labels

        wait_for_capacity = self.wait_for_capacity

        runtime: str | Unset = UNSET
        if not isinstance(self.runtime, Unset):
            runtime = self.runtime

        config: dict[str, Any] | Unset = UNSET
        if not isinstance(self.config, Unset):
            config = self.config.to_dict()

        environment: dict[str, Any] | Unset = UNSET
        if not isinstance(self.environment, Unset):
            environment = self.environment.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
            }
        )
        if url_settings is not UNSET:
            field_dict["url_settings"] = url_settings
        if labels is not UNSET:
            field_dict["labels"] = labels
        if wait_for_capacity is not UNSET:
            field_dict["wait_for_capacity"] = wait_for_capacity
        if runtime is not UNSET:
            field_dict["runtime"] = runtime
        if config is not UNSET:
            field_dict["config"] = config
        if environment is not UNSET:
            field_dict["environment"] = environment

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.environment import Environment  # noqa: PLC0415
        from ..models.sprite_config import SpriteConfig  # noqa: PLC0415
        from ..models.url_settings_update import UrlSettingsUpdate  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        _url_settings = d.pop("url_settings", UNSET)
        url_settings: UrlSettingsUpdate | Unset
        if isinstance(_url_settings, Unset):
            url_settings = UNSET
        else:
            url_settings = UrlSettingsUpdate.from_dict(_url_settings)

        labels = cast(list[str], d.pop("labels", UNSET))

        wait_for_capacity = d.pop("wait_for_capacity", UNSET)

        _runtime = d.pop("runtime", UNSET)
        runtime: Runtime | Unset
        if isinstance(_runtime, Unset):
            runtime = UNSET
        else:
            runtime = check_runtime(_runtime)

        _config = d.pop("config", UNSET)
        config: SpriteConfig | Unset
        if isinstance(_config, Unset):
            config = UNSET
        else:
            config = SpriteConfig.from_dict(_config)

        _environment = d.pop("environment", UNSET)
        environment: Environment | Unset
        if isinstance(_environment, Unset):
            environment = UNSET
        else:
            environment = Environment.from_dict(_environment)

        sprite_create = cls(
            name=name,
            url_settings=url_settings,
            labels=labels,
            wait_for_capacity=wait_for_capacity,
            runtime=runtime,
            config=config,
            environment=environment,
        )

        sprite_create.additional_properties = d
        return sprite_create

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
