# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Literal, TypeAlias

PrivilegesProfile: TypeAlias = Literal["", "minimal", "privileged", "standard"] | str

PRIVILEGES_PROFILE_VALUES: frozenset[PrivilegesProfile] = frozenset(
    {
        "",
        "minimal",
        "privileged",
        "standard",
    }
)


def check_privileges_profile(value: object) -> PrivilegesProfile:
    if isinstance(value, str):
        return value
    raise TypeError(f"Expected a string, got {type(value).__name__}")
