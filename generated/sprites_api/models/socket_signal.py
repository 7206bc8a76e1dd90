# Generated from openapi.yaml by `make generate`; do not edit.
from typing import Literal, TypeAlias

SocketSignal: TypeAlias = Literal["HUP", "INT", "KILL", "QUIT", "TERM", "USR1", "USR2"] | str

SOCKET_SIGNAL_VALUES: frozenset[SocketSignal] = frozenset(
    {
        "HUP",
        "INT",
        "KILL",
        "QUIT",
        "TERM",
        "USR1",
        "USR2",
    }
)


def check_socket_signal(value: object) -> SocketSignal:
    if isinstance(value, str):
        return value
    raise TypeError(f"Expected a string, got {type(value).__name__}")
