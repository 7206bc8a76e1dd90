# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="WatchEvent")


@_attrs_define
class WatchEvent:
    """The answer to a subscription (`subscribed`, with `paths`), a change (`event`), or a failure
    (`error`, with `message`).

    """

    type_: str
    """ Known values: `subscribed`, `event`, `error`. """
    paths: list[str] | None | Unset = UNSET
    """ The paths of the subscription. """
    path: str | Unset = UNSET
    """ What changed. """
    event: str | Unset = UNSET
    """ Known values: `write`, `create`, `remove`, `rename`, `chmod`. """
    timestamp: str | Unset = UNSET
    """ When it changed. """
    size: int | None | Unset = UNSET
    """ Size in bytes. """
    is_dir: bool | Unset = UNSET
    """ Whether it is a directory. """
    message: str | Unset = UNSET
    """ Why it failed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        paths: list[str] | None | Unset
        if isinstance(self.paths, Unset):
            paths = UNSET
        elif isinstance(self.paths, list):
            paths = self.paths

        else:
            paths = self.paths

        path = self.path

        event = self.event

        timestamp = self.timestamp

        size: int | None | Unset
        if isinstance(self.size, Unset):
            size = UNSET
        else:
            size = self.size

        is_dir = self.is_dir

        message = self.message

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if paths is not UNSET:
            field_dict["paths"] = paths
        if path is not UNSET:
            field_dict["path"] = path
        if event is not UNSET:
            field_dict["event"] = event
        if timestamp is not UNSET:
            field_dict["timestamp"] = timestamp
        if size is not UNSET:
            field_dict["size"] = size
        if is_dir is not UNSET:
            field_dict["isDir"] = is_dir
        if message is not UNSET:
            field_dict["message"] = message

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = d.pop("type")

        def _parse_paths(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError()
            paths_type_0 = cast(list[str], data)

            return paths_type_0

        paths = _parse_paths(d.pop("paths", UNSET))

        path = d.pop("path", UNSET)

        event = d.pop("event", UNSET)

        timestamp = d.pop("timestamp", UNSET)

        def _parse_size(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        size = _parse_size(d.pop("size", UNSET))

        is_dir = d.pop("isDir", UNSET)

        message = d.pop("message", UNSET)

        watch_event = cls(
            type_=type_,
            paths=paths,
            path=path,
            event=event,
            timestamp=timestamp,
            size=size,
            is_dir=is_dir,
            message=message,
        )

        watch_event.additional_properties = d
        return watch_event

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
