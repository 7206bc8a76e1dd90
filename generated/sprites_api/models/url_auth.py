# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Literal, TypeAlias

UrlAuth: TypeAlias = Literal["public", "sprite"] | str

URL_AUTH_VALUES: frozenset[UrlAuth] = frozenset(
    {
        "public",
        "sprite",
    }
)


def check_url_auth(value: object) -> UrlAuth:
    if isinstance(value, str):
        return value
    raise TypeError(f"Expected a string, got {type(value).__name__}")
