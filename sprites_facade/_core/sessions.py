"""Sessions of commands, as a server lists and ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from sprites_facade._core.reading import Fields, UnexpectedShapeError, read_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# Fields that this version does not know, or could not read, as they came.
_extra: Any = attrs.field(factory=dict, hash=False, repr=False)


@attrs.frozen(kw_only=True)
class Session:
    """A command that runs in a sprite, whether or not somebody is attached to it."""

    id: str
    """Pass it to `attach` or `kill_session` of the same sprite."""
    command: str | None = attrs.field(default=None, repr=False)
    """The program and its words; they may hold what is not for everyone."""
    workdir: str | None = None
    created: datetime | None = None
    last_activity: datetime | None = None
    is_active: bool | None = None
    tty: bool | None = None
    """Whether it has a terminal."""
    bytes_per_second: float | None = None
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class KillEvent:
    """A step on the way to the end of a session."""

    type: str
    """`signal`, `exited`, `timeout`, `killed`, `error`, `complete`, or what a newer server says."""
    message: str | None = None
    signal: str | None = None
    pid: int | None = None
    exit_code: int | None = None
    """The exit status, on `complete`, if the server knows it."""
    extra: Mapping[str, Any] = _extra


@attrs.frozen(kw_only=True)
class KillResult:
    """What became of a session that was sent a signal."""

    exit_code: int | None = None
    """The exit status; None if the server did not tell."""
    already_exited: bool = False
    """Whether the session had ended before."""
    events: tuple[KillEvent, ...] = ()
    """The steps, as the server told them."""

    @property
    def forced(self) -> bool:
        """Whether the command did not end in time, so that the server killed it."""
        return any(event.type == "killed" for event in self.events)


def session(data: object) -> Session:
    """Read a session; its id may be a number."""
    fields = Fields(_with_text_id(data), "the session")
    speed = fields.rest().get("bytes_per_second")
    known = isinstance(speed, int | float) and not isinstance(speed, bool)
    if known:
        del fields.rest()["bytes_per_second"]
    return Session(
        id=fields.required("id"),
        command=fields.text("command"),
        workdir=fields.text("workdir"),
        created=fields.time("created"),
        last_activity=fields.time("last_activity"),
        is_active=fields.flag("is_active"),
        tty=fields.flag("tty"),
        bytes_per_second=float(speed) if known and speed is not None else None,
        extra=fields.rest(),
    )


def sessions(data: object) -> list[Session]:
    """Read a list of sessions: a bare one, or an object that holds one."""
    if isinstance(data, dict):
        if "sessions" not in data:
            raise UnexpectedShapeError("the list of sessions has no 'sessions'")
        data = data["sessions"]
    return list(read_list(data, session, "the list of sessions"))


def kill_event(data: object) -> KillEvent:
    """Read an event, whose text some servers send under another name."""
    fields = Fields(data, "the event")
    kind, message, other = (fields.text(name) for name in ("type", "message", "data"))
    return KillEvent(
        type=kind or "",
        message=message or other,
        signal=fields.text("signal"),
        pid=fields.count("pid"),
        exit_code=fields.count("exit_code"),
        extra=fields.rest(),
    )


def _with_text_id(data: object) -> object:
    if not isinstance(data, dict) or isinstance(data.get("id"), bool):
        return data
    return {**data, "id": str(data["id"])} if isinstance(data.get("id"), int) else data
