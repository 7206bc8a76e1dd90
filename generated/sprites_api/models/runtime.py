# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Literal, TypeAlias

Runtime: TypeAlias = Literal["default", "dev"] | str

RUNTIME_VALUES: frozenset[Runtime] = frozenset(
    {
        "default",
        "dev",
    }
)


def check_runtime(value: object) -> Runtime:
    if isinstance(value, str):
        return value
    raise TypeError(f"Expected a string, got {type(value).__name__}")
