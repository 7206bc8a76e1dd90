"""What a service is: reading its definition, and holding it against the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from attrs import field, frozen

from sprites_local.errors import TextError

MOST_SERVICES = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@frozen
class Definition:
    """A service as it was asked for."""

    name: str
    cmd: str
    args: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    """What is added to the environment that every service has."""
    dir: str | None = None
    http_port: int | None = None


def is_service_name(text: str) -> bool:
    """Tell whether a service may have this name; its log is a file called so."""
    return _NAME.fullmatch(text) is not None


def parse_definition(name: str, body: Mapping[str, Any]) -> Definition:
    """Read the body of a request that defines a service.

    Raises:
        TextError: If it makes no sense; the text repeats no value, which could be a secret.
    """
    if not is_service_name(name):
        raise TextError(400, "invalid service name")
    cmd = body.get("cmd")
    if cmd is None or cmd == "":
        raise TextError(400, "cmd field is required")
    return Definition(
        name=name,
        cmd=_text(cmd, "cmd"),
        args=_texts(body, "args"),
        needs=tuple(dict.fromkeys(_texts(body, "needs"))),
        env=_environment(body.get("env")),
        dir=_directory(body.get("dir")),
        http_port=_port(body.get("http_port")),
    )


def require_consistent(others: Mapping[str, Definition], new: Definition) -> None:
    """Hold a definition against those it joins; one of the same name is replaced.

    Raises:
        TextError: If it needs what is not there or itself, or wants the one port twice.
    """
    everything = {**others, new.name: new}
    for need in new.needs:
        if need not in everything:
            raise TextError(400, f"unknown dependency: {need[:64]}")
    try:
        start_order({name: one.needs for name, one in everything.items()})
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise TextError(400, f"dependency cycle: {circle}") from None
    taken = any(one.http_port for name, one in others.items() if name != new.name)
    if new.http_port and taken:
        raise TextError(409, "another service already has an HTTP port configured")
    if len(everything) > MOST_SERVICES:
        raise TextError(409, f"a sprite can have {MOST_SERVICES} services")


def start_order(needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the names with what each needs before it.

    Raises:
        CycleError: If there is no such order.
    """
    return list(TopologicalSorter(needs).static_order())


def dependents(definitions: Mapping[str, Definition], name: str) -> list[str]:
    """Return the services that need this one, by name."""
    return sorted(other for other, one in definitions.items() if name in one.needs)


def _text(value: object, key: str) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TextError(400, f"{key} must be a string without NUL characters")
    return value


def _texts(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = body.get(key)
    if values is None:
        return ()
    if not isinstance(values, list):
        raise TextError(400, f"{key} must be a list of strings")
    return tuple(_text(value, f"each of {key}") for value in values)


def _environment(values: object) -> dict[str, str]:
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise TextError(400, "env must be an object of strings")
    if any(not key or "=" in key or "\x00" in key for key in values):
        raise TextError(400, "env has a name that no variable can have")
    return {key: _text(value, "each value of env") for key, value in values.items()}


def _directory(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not _text(value, "dir").startswith("/"):
        raise TextError(400, "dir must be an absolute path")
    return str(value)


def _port(value: object) -> int | None:
    if value is None:
        return None
    # JSON does not tell 8080 from 8080.0.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise TextError(400, "http_port must be a number from 1 to 65535")
    return value
