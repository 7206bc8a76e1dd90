"""Where cases may point, and how long they may wait; hooks.py applies it to each.

The parameters of a path are given real values here and not by schemathesis, which would put them
in place of everything: of the names that a sequence takes from answers, and of the bad and unknown
ones that are the point of a case.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from itertools import count
from typing import Any, TypeAlias

import schemathesis
from attrs import define, field
from schemathesis.generation.meta import TestPhase
from websockets.exceptions import WebSocketException

from sprites_contract.drift import JSON, NDJSON
from sprites_contract.sessions import start_session
from sprites_contract.target import Pace, Target
from sprites_contract.world import STRANGER, VICTIM

Case: TypeAlias = "schemathesis.Case[Any]"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
DELETING = {"delete_sprite", "delete_checkpoint", "delete_service"}
# Streams that report for a while: 5 seconds, or as long as the case says.
BOUNDED_BY_DURATION = {"put_service", "start_service", "restart_service", "get_service_logs"}
DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+|[0-9]+(\.[0-9]+)?")
SHORT = "50ms"
_LONGEST_WAIT = 3600
_PATH, _HEADER = "path", "header"
_EVERY = 3
_EXAMPLE_OWNER = ("sprite", 1000)


def operation_of(case: Case) -> str:
    """Return the id of a case's operation."""
    return str(case.operation.definition.raw.get("operationId", ""))


@define
class Steering:
    """What there is to point at, and whose it is."""

    target: Target
    """Its sprite is that of this run, and the prefix of all others that it may use."""
    read_only: bool = False
    pins: dict[str, dict[str, str]] = field(factory=dict)
    """Values of the parameters of paths, by operation."""
    owner: tuple[int, int] = (1000, 1000)
    """To whom a file can be given."""
    _turns: count[int] = field(factory=count, init=False)
    _answered: set[str] = field(factory=set, init=False)
    """Ids that came in answers: a sequence may go on with them."""

    @classmethod
    def from_environment(cls) -> Steering:
        """Read what fuzzing.py tells."""
        get = os.environ.get
        target = Target(
            url=get("CONTRACT_URL", ""),
            token=get("CONTRACT_TOKEN", ""),
            sprite=get("CONTRACT_SPRITE", ""),
            pace=Pace(float(get("CONTRACT_RATE", "0"))),
        )
        return cls(
            target=target,
            read_only=get("CONTRACT_READ_ONLY") == "1",
            pins=json.loads(get("CONTRACT_PINS", "{}")),
            owner=tuple(json.loads(get("CONTRACT_OWNER", "[1000, 1000]"))),
        )

    @property
    def _sprite(self) -> str:
        return self.target.sprite

    def steer(self, case: Case) -> None:
        """Let a case reach what it is about, stay within the run's own sprites, and be quick."""
        operation = operation_of(case)
        if operation == "list_sprites" and not _is_about_headers(case):
            # The same path has a second answer: a stream that politeness.py bounds.
            case.headers["Accept"] = JSON if next(self._turns) % _EVERY else NDJSON
        if operation == "list_sessions":
            case.query = {}  # its parameters are those of the WebSocket on the same path
        if operation == "create_sprite":
            case.body = self._renamed(case.body)
        if operation == "change_file_owner":
            case.body = self._given_to_its_owner(case.body)
        self._pin(operation, case)
        if operation in BOUNDED_BY_DURATION:
            _shorten(case)
        if operation == "kill_session":
            self._revive(case)
            _hurry(case)
        self.keep_away(operation, case.path_parameters)

    def take_note(self, operation: str, answer: Any) -> None:
        """Remember the ids of an answer."""
        if operation in {"list_checkpoints", "get_checkpoint"}:
            entries = answer if isinstance(answer, list) else [answer]
            found = (entry.get("id") for entry in entries if isinstance(entry, dict))
            self._answered.update(each for each in found if isinstance(each, str))

    def _pin(self, operation: str, case: Case) -> None:
        path = case.path_parameters or {}
        for name, value in self.pins.get(operation, {}).items():
            if name in path and not (_is_about(case, name) or self._is_known(name, path[name])):
                path[name] = value

    def _is_known(self, name: str, value: Any) -> bool:
        text = str(value)
        if name == "name":
            return text.startswith(f"{self._sprite}-")
        return name == "checkpoint_id" and text in self._answered

    def _renamed(self, body: Any) -> Any:
        if not isinstance(body, dict) or "name" not in body:
            return body
        return {**body, "name": self.own_name(body["name"])}

    def _given_to_its_owner(self, body: Any) -> Any:
        """Put the numbers of this server in place of those of the example."""
        if not isinstance(body, dict) or (body.get("uid"), body.get("gid")) != _EXAMPLE_OWNER:
            return body
        return body | dict(zip(("uid", "gid"), self.owner, strict=True))

    def own_name(self, name: Any) -> Any:
        """Put a name under the run's prefix; bad names stay bad, but can be told to be ours."""
        if not isinstance(name, str) or not name or name.startswith(self._sprite):
            return name
        ours = f"{self._sprite}-{name}"
        if NAME.fullmatch(name):
            return ours[:63].rstrip("-")
        return f"{ours}-" if NAME.fullmatch(ours) else ours

    def keep_away(self, operation: str, path: dict[str, Any] | None) -> None:
        """Never point at a sprite that may be somebody's, nor delete what all cases need.

        Sequences take names from answers, and a list answers with everybody's.
        """
        if not path or "name" not in path:
            return
        name = str(path["name"])
        if operation == "delete_sprite" and not name.startswith(f"{self._sprite}-"):
            path["name"] = f"{self._sprite}-{VICTIM}" if NAME.fullmatch(name) else name
        elif NAME.fullmatch(name.lower()) and not self._is_ours(name):
            path["name"] = f"{self._sprite}-{STRANGER}"
        needed = self.pins.get("get_checkpoint", {}).get("checkpoint_id")
        if operation == "delete_checkpoint" and path.get("checkpoint_id") == needed:
            path["checkpoint_id"] = self.pins[operation]["checkpoint_id"]

    def _is_ours(self, name: str) -> bool:
        return name == self._sprite or (not self.read_only and name.startswith(f"{self._sprite}-"))

    def _revive(self, case: Case) -> None:
        """Give a case that names the session of this run one that runs: others have ended it."""
        path, mine = case.path_parameters or {}, self.pins.get("kill_session", {})
        if path.get("session_id") != mine.get("session_id") or path.get("name") != self._sprite:
            return
        # Without a session the case goes out as it is, and the missing success is found.
        with contextlib.suppress(WebSocketException, OSError, ValueError, KeyError):
            path["session_id"] = start_session(self.target)


def _is_about(case: Case, parameter: str) -> bool:
    """Tell whether it is the point of a case what a parameter of its path is."""
    if case.meta is None:
        return False
    if any(
        str(place.value) == _PATH and info.mode.is_negative
        for place, info in case.meta.components.items()
    ):
        return True
    phase = case.meta.phase
    return phase.name == TestPhase.COVERAGE and phase.data.parameter == parameter


def _is_about_headers(case: Case) -> bool:
    place = case.meta.phase.data.parameter_location if case.meta else None
    return place is not None and str(place.value) == _HEADER


def _shorten(case: Case) -> None:
    """Report for a moment only, whatever is left out or asked for; bad durations stay bad."""
    query = case.query or {}
    if isinstance(text := query.get("duration", SHORT), str) and DURATION.fullmatch(text):
        case.query = {**query, "duration": SHORT}


def _hurry(case: Case) -> None:
    """Do not wait long for commands that do not mind a signal."""
    if isinstance(case.body, dict) and not case.query:
        seconds: Any = case.body.get("timeout")
        if isinstance(seconds, int) and 0 < seconds <= _LONGEST_WAIT:
            case.body = {**case.body, "timeout": 1}
        return
    query = case.query or {}
    if isinstance(text := query.get("timeout", SHORT), str) and DURATION.fullmatch(text):
        case.query = {**query, "timeout": SHORT}
