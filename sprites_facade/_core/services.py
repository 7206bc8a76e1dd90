"""Services: processes that a sprite keeps running, as values, and what the wire says of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import attrs

from sprites_api import models as api
from sprites_facade._core.calls import given
from sprites_facade._core.commands import (
    InSprite,
    Word,
    folder,
    is_word,
    signal_name,
    variables,
    words,
)
from sprites_facade._core.config import validate_path_segment, whole_number
from sprites_facade._core.errors import ConfigurationError
from sprites_facade._core.events import parse_unix_time
from sprites_facade._core.reading import Fields, UnexpectedShapeError, read_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

LARGEST_PORT: Final = 0xFFFF
# Fields that this version does not know, or could not read, as they came; they may be secret.
_extra: Any = attrs.field(factory=dict, hash=False, repr=False)


@attrs.frozen(kw_only=True)
class ServiceState:
    """What a service does now."""

    status: str
    """`stopped`, `starting`, `running`, `stopping`, `failed`, or what a newer server says."""
    name: str | None = None
    pid: int | None = None
    started_at: datetime | None = None
    error: str | None = None
    """Why it failed."""
    restart_count: int | None = None
    """How often it was started again."""
    next_restart_at: datetime | None = None
    """When it will be started again."""
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class Service:
    """A process that the sprite keeps running; it is started again when it ends or crashes."""

    name: str
    cmd: str | None = None
    """The program."""
    args: tuple[str, ...] = attrs.field(default=(), repr=False)
    """Its arguments; they may hold what is not for everyone."""
    needs: tuple[str, ...] = ()
    """The services that start before it."""
    env: Mapping[str, str] = attrs.field(factory=dict, hash=False, repr=False)
    """What is added to the environment of services."""
    dir: str | None = None
    """Its working directory."""
    http_port: int | None = None
    """The port that the URL of the sprite leads to."""
    state: ServiceState | None = None
    """What it does now; None if the server did not say."""
    extra: Mapping[str, Any] = _extra

    @property
    def status(self) -> str | None:
        """The status of its state, if the server told one."""
        return None if self.state is None else self.state.status


@attrs.frozen
class ServiceLogEvent:
    """A line of the life of a service: what it does, or what it prints."""

    type: str
    """`started`, `stdout`, `stderr`, `exit`, `error`, `stopping`, `stopped`, `complete`, or what a
    newer server sends."""
    data: str | None = None
    """What was printed, line ends included, or the text of an `error`."""
    exit_code: int | None = None
    """The exit status, on `exit` and `stopped`."""
    timestamp: datetime | None = None
    """When it happened, with its time zone; None if the server did not say so."""
    log_files: Mapping[str, str] | None = attrs.field(default=None, hash=False)
    """Where the logs are inside the sprite, on `complete`."""
    raw: Mapping[str, Any] = attrs.field(factory=dict, repr=False, hash=False)
    """The whole event as it came, unknown fields included."""

    @property
    def text(self) -> str:
        """What there is to read."""
        return self.data or ""


def service_state(data: object) -> ServiceState:
    """Read the state of a service."""
    fields = Fields(data, "the state of the service")
    return ServiceState(
        status=fields.text("status") or "",
        name=fields.text("name"),
        pid=fields.count("pid"),
        started_at=fields.time("started_at"),
        error=fields.text("error"),
        restart_count=fields.count("restart_count"),
        next_restart_at=fields.time("next_restart_at"),
        extra=fields.rest(),
    )


def service(data: object) -> Service:
    """Read a service; null lists are empty."""
    fields = Fields(data, "the service")
    env: Mapping[str, str] | None = fields.value("env", _texts_by_name)
    return Service(
        name=fields.required("name"),
        cmd=fields.text("cmd"),
        args=fields.texts("args"),
        needs=fields.texts("needs"),
        env=env or {},
        dir=fields.text("dir"),
        http_port=fields.count("http_port"),
        state=fields.value("state", service_state),
        extra=fields.rest(),
    )


def services(data: object) -> list[Service]:
    """Read the services: a bare list, or an object that holds one."""
    if isinstance(data, dict):
        if "services" not in data:
            raise UnexpectedShapeError("the list of services has no 'services'")
        data = data["services"]
    return list(read_list(data, service, "the list of services"))


def service_event(event: Mapping[str, Any]) -> ServiceLogEvent:
    """Read a line of a stream; what has the wrong type stays in `raw` only."""
    fields = Fields(event, "the event")
    return ServiceLogEvent(
        type=fields.text("type") or "",
        data=fields.text("data"),
        exit_code=fields.count("exit_code"),
        timestamp=parse_unix_time(event.get("timestamp"), per_second=1000),
        log_files=fields.value("log_files", _texts_by_name),
        raw=event,
    )


def service_name(name: str) -> str:
    """Return the name of a service.

    Raises:
        InvalidNameError: If it cannot be one; no request must be made with it.
    """
    return validate_path_segment(name, "service name")


def port_number(value: int, what: str, *, least: int = 1) -> int:
    """Return the number of a port.

    Raises:
        ConfigurationError: If it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST_PORT:
        raise ConfigurationError(f"{what} must be a whole number from {least} to {LARGEST_PORT}")
    return value


def service_create(
    cmd: Word,
    args: Sequence[Word] | None,
    *,
    needs: Iterable[str] | None,
    env: Mapping[str, str] | None,
    dir: str | os.PathLike[str] | InSprite | None,
    http_port: int | None,
) -> api.ServiceCreate:
    """Return the body that defines a service."""
    if not is_word(cmd):
        raise ConfigurationError("cmd is the program of a service; its arguments go into args")
    if is_word(args) or isinstance(needs, str):
        raise ConfigurationError("args and needs are lists of texts, not one text")
    program, *rest = words([cmd, *(args or ())])
    return api.ServiceCreate(
        cmd=program,
        args=given(rest if args is not None else None),
        needs=given(None if needs is None else [service_name(other) for other in needs]),
        env=given(_environment(env)),
        dir_=given(folder(dir)),
        http_port=given(None if http_port is None else port_number(http_port, "http_port")),
    )


def service_signal(name: str, signal: int | str) -> api.ServiceSignal:
    """Return the body that sends a signal to a service."""
    return api.ServiceSignal(name=service_name(name), signal=signal_name(signal))


def line_count(lines: int | None) -> int | None:
    """Return how many lines of a log to ask for; None is all."""
    return None if lines is None else whole_number(lines, "lines")


def _environment(env: Mapping[str, str] | None) -> api.Environment | None:
    # Here the wire adds to an environment, where with commands it replaces one.
    if not env:
        return None
    pairs = variables(env, replace=True) or []
    return api.Environment.from_dict(dict(pair.split("=", 1) for pair in pairs))


def _texts_by_name(data: object) -> dict[str, str] | None:
    if isinstance(data, dict) and all(isinstance(value, str) for value in data.values()):
        return data
    return None
