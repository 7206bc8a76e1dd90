# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.watch_action import WatchAction, check_watch_action
from ..types import UNSET, Unset

T = TypeVar("T", bound="WatchSubscription")


@_attrs_define
class WatchSubscription:
    """Which paths to watch, or to watch no longer."""

    type_: WatchAction
    """ What to do about the paths. """
    paths: list[str]
    """ The paths. """
    recursive: bool | Unset = UNSET
    """ All below a directory as well. """
    working_dir: str | Unset = UNSET
    """ What relative paths start from. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_: str = self.type_

        paths = self.paths

        recursive = self.recursive

        working_dir = self.working_dir

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "paths": paths,
            }
        )
        if recursive is not UNSET:
            field_dict["recursive"] = recursive
        if working_dir is not UNSET:
            field_dict["workingDir"] = working_dir

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = check_watch_action(d.pop("type"))

        paths = cast(list[str], d.pop("paths"))

        recursive = d.pop("recursive", UNSET)

        working_dir = d.pop("workingDir", UNSET)

        watch_subscription = cls(
            type_=type_,
            paths=paths,
            recursive=recursive,
            working_dir=working_dir,
        )

        watch_subscription.additional_properties = d
        return watch_subscription

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
