# Generated from openapi.yaml by `make generate`; do not edit.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.network_rule_update import NetworkRuleUpdate


T = TypeVar("T", bound="NetworkPolicyUpdate")


@_attrs_define
class NetworkPolicyUpdate:
    """The rules to put in place of the present ones."""

    rules: list[NetworkRuleUpdate]
    """ The rules; none lifts the policy. """

    def to_dict(self) -> dict[str, Any]:
        rules = []
        for rules_item_data in self.rules:
            rules_item = rules_item_data.to_dict()
            rules.append(rules_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "rules": rules,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.network_rule_update import NetworkRuleUpdate  # noqa: PLC0415

        d = dict(src_dict)
        rules = []
        _rules = d.pop("rules")
        for rules_item_data in _rules:
            rules_item = NetworkRuleUpdate.from_dict(rules_item_data)

            rules.append(rules_item)

        network_policy_update = cls(
            rules=rules,
        )

        return network_policy_update
