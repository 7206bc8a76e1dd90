# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Literal, TypeAlias

WatchAction: TypeAlias = Literal["subscribe", "unsubscribe"] | str

WATCH_ACTION_VALUES: frozenset[WatchAction] = frozenset(
    {
        "subscribe",
        "unsubscribe",
    }
)


def check_watch_action(value: object) -> WatchAction:
    if isinstance(value, str):
        return value
    raise TypeError(f"Expected a string, got {type(value).__name__}")
