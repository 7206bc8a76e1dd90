# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.network_action import NetworkAction, check_network_action
from ..models.network_bundle import NetworkBundle, check_network_bundle
from ..types import UNSET, Unset

T = TypeVar("T", bound="NetworkRuleUpdate")


@_attrs_define
class NetworkRuleUpdate:
    """Either `domain` and `action`, or `include`; the bounds below say that."""

    domain: str | Unset = UNSET
    """ A host, `*.` and a domain, or `*`. """
    action: NetworkAction | Unset = UNSET
    """ What to do with traffic to the domain. """
    include: NetworkBundle | Unset = UNSET
    """ A bundle of rules that the platform keeps. """

    def to_dict(self) -> dict[str, Any]:
        domain = self.domain

        action: str | Unset = UNSET
        if not isinstance(self.action, Unset):
            action = self.action

        include: str | Unset = UNSET
        if not isinstance(self.include, Unset):
            include = self.include

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if domain is not UNSET:
            field_dict["domain"] = domain
        if action is not UNSET:
            field_dict["action"] = action
        if include is not UNSET:
            field_dict["include"] = include

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        domain = d.pop("domain", UNSET)

        _action = d.pop("action", UNSET)
        action: NetworkAction | Unset
        if isinstance(_action, Unset):
            action = UNSET
        else:
            action = check_network_action(_action)

        _include = d.pop("include", UNSET)
        include: NetworkBundle | Unset
        if isinstance(_include, Unset):
            include = UNSET
        else:
            include = check_network_bundle(_include)

        network_rule_update = cls(
            domain=domain,
            action=action,
            include=include,
        )

        return network_rule_update
