# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.environment import Environment


T = TypeVar("T", bound="ServiceCreate")


@_attrs_define
class ServiceCreate:
    """The definition of a service."""

    cmd: str
    """ The program, without arguments. """
    args: list[str] | None | Unset = UNSET
    """ Its arguments. """
    needs: list[str] | None | Unset = UNSET
    """ Services that have to start before it. """
    env: Environment | None | Unset = UNSET
    dir_: str | Unset = UNSET
    """ Its working directory. """
    http_port: int | None | Unset = UNSET
    """ The port that the URL of the sprite shall lead to. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.environment import Environment  # noqa: PLC0415

        cmd = self.cmd

        args: list[str] | None | Unset
        if isinstance(self.args, Unset):
            args = UNSET
        elif isinstance(self.args, list):
            args = self.args

        else:
            args = self.args

        needs: list[str] | None | Unset
        if isinstance(self.needs, Unset):
            needs = UNSET
        elif isinstance(self.needs, list):
            needs = self.needs

        else:
            needs = self.needs

        env: dict[str, Any] | None | Unset
        if isinstance(self.env, Unset):
            env = UNSET
        elif isinstance(self.env, Environment):
            env = self.env.to_dict()
        else:
            env = self.env

        dir_ = self.dir_

        http_port: int | None | Unset
        if isinstance(self.http_port, Unset):
            http_port = UNSET
        else:
            http_port = self.http_port

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "cmd": cmd,
            }
        )
        if args is not UNSET:
            field_dict["args"] = args
        if needs is not UNSET:
            field_dict["needs"] = needs
        if env is not UNSET:
            field_dict["env"] = env
        if dir_ is not UNSET:
            field_dict["dir"] = dir_
        if http_port is not UNSET:
            field_dict["http_port"] = http_port

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.environment import Environment  # noqa: PLC0415

        d = dict(src_dict)
        cmd = d.pop("cmd")

        def _parse_args(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError()
            args_type_0 = cast(list[str], data)

            return args_type_0

        args = _parse_args(d.pop("args", UNSET))

        def _parse_needs(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, list):
                raise TypeError()
            needs_type_0 = cast(list[str], data)

            return needs_type_0

        needs = _parse_needs(d.pop("needs", UNSET))

        def _parse_env(data: object) -> Environment | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            if not isinstance(data, dict):
                raise TypeError()
            env_type_0 = Environment.from_dict(data)

            return env_type_0

        env = _parse_env(d.pop("env", UNSET))

        dir_ = d.pop("dir", UNSET)

        def _parse_http_port(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        http_port = _parse_http_port(d.pop("http_port", UNSET))

        service_create = cls(
            cmd=cmd,
            args=args,
            needs=needs,
            env=env,
            dir_=dir_,
            http_port=http_port,
        )

        service_create.additional_properties = d
        return service_create

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
