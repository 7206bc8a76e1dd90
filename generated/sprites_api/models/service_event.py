# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.log_files import LogFiles


T = TypeVar("T", bound="ServiceEvent")


@_attrs_define
class ServiceEvent:
    """One line of the life of a service. `stdout`, `stderr` and `error` have `data`, `exit` and
    `stopped` have `exit_code`, `complete` has `log_files` and ends the stream.

    """

    type_: str
    """ Known values: `started`, `stdout`, `stderr`, `exit`, `error`, `stopping`, `stopped`,
    `complete`.
     """
    timestamp: int | Unset = UNSET
    """ Unix milliseconds. """
    data: str | Unset = UNSET
    """ The text, with its line ends. """
    exit_code: int | None | Unset = UNSET
    """ The exit code. """
    log_files: LogFiles | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.log_files import LogFiles  # noqa: PLC0415

        type_ = self.type_

        timestamp = self.timestamp

        data = self.data

        exit_code: int | None | Unset
        if isinstance(self.exit_code, Unset):
            exit_code = UNSET
        else:
            exit_code = self.exit_code

        log_files: dict[str, Any] | None | Unset
        if isinstance(self.log_files, Unset):
            log_files = UNSET
        elif isinstance(self.log_files, LogFiles):
            log_files = self.log_files.to_dict()
        else:
            log_files = self.log_files

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
            }
        )
        if timestamp is not UNSET:
            field_dict["timestamp"] = timestamp
        if data is not UNSET:
            field_dict["data"] = data
        if exit_code is not UNSET:
            field_dict["exit_code"] = exit_code
        if log_files is not UNSET:
            field_dict["log_files"] = log_files

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.log_files import LogFiles  # noqa: PLC0415

        d = dict(src_dict)
        type_ = d.pop("type")

        timestamp = d.pop("timestamp", UNSET)

        data = d.pop("data", UNSET)

        def _parse_exit_code(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        exit_code = _parse_exit_code(d.pop("exit_code", UNSET))

        def _parse_log_files(data: object) -> LogFiles | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError()
            log_files_type_0 = LogFiles.from_dict(data)

            return log_files_type_0

        log_files = _parse_log_files(d.pop("log_files", UNSET))

        service_event = cls(
            type_=type_,
            timestamp=timestamp,
            data=data,
            exit_code=exit_code,
            log_files=log_files,
        )

        service_event.additional_properties = d
        return service_event

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
