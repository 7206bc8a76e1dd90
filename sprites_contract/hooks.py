"""What schemathesis has to be told about this API; loaded by name from fuzzing.py.

NDJSON is unknown to schemathesis: without these extensions any body passes (peers.md S5). The
document's schema describes one line, so it is wrapped in an array here, in memory only, and every
line of an answer is validated. The order law of streams is a check of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Any, TypeAlias

import schemathesis
from hypothesis import strategies as st
from websockets.exceptions import WebSocketException

from sprites_contract.sessions import start_session

Case: TypeAlias = "schemathesis.Case[Any]"
NDJSON = "application/x-ndjson"
# Streams whose last event is the outcome, and what it may be; other NDJSON answers have no such
# law. A service's `error` event is only a part of its story.
OUTCOME_STREAMS = {
    "create_checkpoint": {"complete", "error"},
    "restore_checkpoint": {"complete", "error"},
    "kill_session": {"complete"},
    "put_service": {"complete"},
    "start_service": {"complete"},
    "stop_service": {"complete"},
    "restart_service": {"complete"},
    "get_service_logs": {"complete"},
}
DELETING = {"delete_sprite", "delete_checkpoint", "delete_service"}
# What may precede a step of ending a session.
KILL_ORDER = ["signal", "timeout", "exited", "killed", "complete"]

# Streams that report for a while: 5 seconds, or as long as the case says.
BOUNDED_BY_DURATION = {"put_service", "start_service", "restart_service", "get_service_logs"}
DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+|[0-9]+(\.[0-9]+)?")
SHORT = "50ms"
_LONGEST_WAIT = 3600

SPRITE = os.environ.get("CONTRACT_SPRITE", "")
"""The sprite of this run, and the prefix of all others that it may use."""
SESSION = os.environ.get("CONTRACT_SESSION", "")
URL, TOKEN = os.environ.get("CONTRACT_URL", ""), os.environ.get("CONTRACT_TOKEN", "")
READ_ONLY = os.environ.get("CONTRACT_READ_ONLY") == "1"
JOURNAL = os.environ.get("CONTRACT_JOURNAL", "")
"""Where to note the sprites that a server made although their names are not ours."""
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
QUERY_WINS = {"delete_file", "kill_session"}
"""Parameters in the query win over those in a body, whatever it is."""
UNKNOWN = "x-schemathesis-unknown-property"


@schemathesis.deserializer(NDJSON)
def ndjson(_context: Any, response: schemathesis.Response) -> list[Any]:
    """Return the events of an answer, one per line."""
    return [json.loads(line) for line in response.content.split(b"\n") if line.strip()]


@schemathesis.hook
def before_load_schema(_context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Let the schema of an NDJSON answer describe the list of its lines."""
    for responses in _responses(raw_schema):
        media = responses.get("content", {}).get(NDJSON)
        if media and "schema" in media:
            media["schema"] = {"type": "array", "items": media["schema"]}


def _responses(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every response object of the document, shared ones once."""
    shared = list(schema.get("components", {}).get("responses", {}).values())
    operations = [
        operation
        for item in schema.get("paths", {}).values()
        for operation in item.values()
        if isinstance(operation, dict)
    ]
    own = [
        response
        for operation in operations
        for response in operation.get("responses", {}).values()
        if isinstance(response, dict) and "$ref" not in response
    ]
    return shared + own


@schemathesis.hook
def filter_failure(
    _context: schemathesis.HookContext,
    failure: Any,
    case: Case,
    response: schemathesis.Response,
) -> bool:
    """Accept liberties: unknown query parameters are ignored, null means left out, and more.

    The facts say nothing of the first; the platform's halves are written in languages that do
    not tell the second apart. A service may be called `signal`, and then has its methods.
    """
    del response
    if failure.code == "ST205":
        return not case.operation.path.endswith("/services/signal")
    if failure.code != "ST201":
        return True
    if operation_of(case) in QUERY_WINS and _only_the_body_is_bad(case):
        return False
    return not _holds_null(case.body) and UNKNOWN not in (case.query or {})


def _only_the_body_is_bad(case: Case) -> bool:
    components = case.meta.components.items() if case.meta else ()
    bad = {str(place.value) for place, info in components if info.mode.is_negative}
    return bad == {"body"} and bool(case.query)


def _holds_null(value: Any) -> bool:
    """Tell whether a property somewhere in a body is null."""
    if isinstance(value, dict):
        return any(item is None or _holds_null(item) for item in value.values())
    return False


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Stay within the run's own sprites, and never ask for an endless stream."""
    del kwargs
    operation = operation_of(case)
    headers = case.headers
    if operation == "list_sprites" and headers and NDJSON in str(headers.get("Accept", "")):
        headers["Accept"] = "application/json"
    if operation == "list_sessions":
        case.query = {}  # its parameters are those of the WebSocket on the same path
    if operation in BOUNDED_BY_DURATION:
        _shorten(case)
    if operation == "create_sprite":
        case.body = _renamed(case.body)
    if operation == "kill_session":
        _revive(case)
        _hurry(case)
    keep_away(operation, case.path_parameters)


def operation_of(case: Case) -> str:
    """Return the id of a case's operation."""
    return str(case.operation.definition.raw.get("operationId", ""))


def _shorten(case: Case) -> None:
    """Report for a moment only, whatever is left out or asked for; bad durations stay bad."""
    query = case.query or {}
    if isinstance(text := query.get("duration", SHORT), str) and DURATION.fullmatch(text):
        case.query = {**query, "duration": SHORT}


def _renamed(body: Any) -> Any:
    if not isinstance(body, dict) or "name" not in body:
        return body
    return {**body, "name": own_name(body["name"])}


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


def _revive(case: Case) -> None:
    """Give a case that names the session of this run one that runs: others have ended it."""
    path = case.path_parameters or {}
    negative = case.meta is not None and case.meta.generation.mode.is_negative
    if negative or path.get("session_id") != SESSION or path.get("name") != SPRITE:
        return
    # Without a session the case goes out as it is, and the missing success is found.
    with contextlib.suppress(WebSocketException, OSError, ValueError, KeyError):
        path["session_id"] = start_session(URL, TOKEN, SPRITE)


def own_name(name: Any) -> Any:
    """Put a name under the run's prefix; bad names stay bad, but can be told to be ours."""
    if not isinstance(name, str) or not name or name.startswith(SPRITE):
        return name
    ours = f"{SPRITE}-{name}"
    if NAME.fullmatch(name):
        return ours[:63].rstrip("-")
    return f"{ours}-" if NAME.fullmatch(ours) else ours


def keep_away(operation: str, path: dict[str, Any] | None) -> None:
    """Never point at a sprite that may be somebody's, nor delete the one that all cases need.

    Sequences take names from answers, and a list answers with everybody's.
    """
    if not path or "name" not in path:
        return
    name = str(path["name"])
    if operation == "delete_sprite" and not name.startswith(f"{SPRITE}-"):
        path["name"] = f"{SPRITE}-victim" if NAME.fullmatch(name) else name
    elif NAME.fullmatch(name.lower()) and not _is_ours(name):
        path["name"] = f"{SPRITE}-stranger"


def _is_ours(name: str) -> bool:
    return name == SPRITE or (not READ_ONLY and name.startswith(f"{SPRITE}-"))


@schemathesis.hook
def after_call(
    _context: schemathesis.HookContext, case: Case, response: schemathesis.Response
) -> None:
    """Note what must be deleted at the end although no prefix tells it."""
    if operation_of(case) != "create_sprite" or response.status_code != 201 or not JOURNAL:
        return
    try:
        name = json.loads(response.content)["name"]
    except (ValueError, KeyError, TypeError):
        return  # another check complains about that
    if isinstance(name, str) and not name.startswith(SPRITE):
        with Path(JOURNAL).open("a") as file:
            file.write(json.dumps(name) + "\n")


@schemathesis.check
def stream_outcome(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """A stream of progress ends with exactly one terminal event, and nothing follows it."""
    operation = operation_of(case)
    if operation not in OUTCOME_STREAMS or not 200 <= response.status_code < 300:
        return
    assert response.content.endswith(b"\n"), "the last event is not terminated by a newline"
    kinds = _kinds(response.content)
    terminal = [kind for kind in kinds if kind in OUTCOME_STREAMS[operation]]
    assert len(terminal) == 1, f"{len(terminal)} terminal events in {kinds}"
    assert kinds[-1] == terminal[0], f"events after the terminal one: {kinds}"
    if operation == "kill_session":
        known = [kind for kind in kinds if kind in KILL_ORDER]
        assert known == sorted(known, key=KILL_ORDER.index), f"steps out of order: {kinds}"


def _kinds(body: bytes) -> list[Any]:
    try:
        return [json.loads(line).get("type") for line in body.splitlines()]
    except (ValueError, AttributeError) as error:
        raise AssertionError(f"a line is no event: {error}") from error


@schemathesis.check
def gone_after_delete(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """What was deleted cannot be deleted again; sequences find that by luck only."""
    operation = operation_of(case)
    if operation not in DELETING or response.status_code != 204:
        return
    again = case.call(headers={"Authorization": f"Bearer {TOKEN}"})
    assert again.status_code == 404, f"deleting it again was answered {again.status_code}"


@schemathesis.check
def command_frames(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """The answer of a command ends with the exit frame: 0x03 and one byte."""
    if operation_of(case) != "run_command" or response.status_code != 200:
        return
    body = response.content
    assert len(body) >= 2, f"no exit frame in {body!r}"
    assert body[-2] == 3, f"the answer ends with {body[-4:]!r}, not with 0x03 and a code"
    assert body[0] in {1, 2, 3}, f"unknown frame {body[:1]!r}"


schemathesis.openapi.media_type("application/octet-stream", st.binary(max_size=4096))
