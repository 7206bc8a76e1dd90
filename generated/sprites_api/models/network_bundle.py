# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Literal, TypeAlias

NetworkBundle: TypeAlias = Literal["defaults"] | str

NETWORK_BUNDLE_VALUES: frozenset[NetworkBundle] = frozenset(
    {
        "defaults",
    }
)


def check_network_bundle(value: object) -> NetworkBundle:
    if isinstance(value, str):
        return value
    raise TypeError(f"Expected a string, got {type(value).__name__}")
