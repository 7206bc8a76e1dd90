# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Literal, TypeAlias

NetworkAction: TypeAlias = Literal["allow", "deny"] | str

NETWORK_ACTION_VALUES: frozenset[NetworkAction] = frozenset(
    {
        "allow",
        "deny",
    }
)


def check_network_action(value: object) -> NetworkAction:
    if isinstance(value, str):
        return value
    raise TypeError(f"Expected a string, got {type(value).__name__}")
