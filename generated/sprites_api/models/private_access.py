# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Literal, TypeAlias

PrivateAccess: TypeAlias = Literal["admins", "org_users", "organization"] | str

PRIVATE_ACCESS_VALUES: frozenset[PrivateAccess] = frozenset(
    {
        "admins",
        "org_users",
        "organization",
    }
)


def check_private_access(value: object) -> PrivateAccess:
    if isinstance(value, str):
        return value
    raise TypeError(f"Expected a string, got {type(value).__name__}")
