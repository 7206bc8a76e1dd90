"""What schemathesis has to be told about this API; loaded by name from fuzzing.py.

NDJSON is unknown to schemathesis: without these extensions any body passes (peers.md S5). The
document's schema describes one line, so it is wrapped in an array here, in memory only, and every
line of an answer is validated. The order law of streams is a check of its own.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import strategies as st

from sprites_contract.drift import NDJSON
from sprites_contract.politeness import be_polite, end_with
from sprites_contract.steering import DELETING, Case, Steering, operation_of
from sprites_contract.world import STRANGER

STEERING = Steering.from_environment()
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
# What may precede a step of ending a session.
KILL_ORDER = ["signal", "timeout", "exited", "killed", "complete"]

JOURNAL = os.environ.get("CONTRACT_JOURNAL", "")
"""Where to note the sprites that a server made although their names are not ours."""
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
    not tell the second apart. A flag without a value is left out, too. A service may be called
    `signal`, and then has its methods.
    """
    del response
    if failure.code == "ST205":
        return not case.operation.path.endswith("/services/signal")
    if failure.code != "ST201":
        return True
    if operation_of(case) in QUERY_WINS and _only_the_body_is_bad(case):
        return False
    return not (_holds_null(case.body) or UNKNOWN in (case.query or {}) or _has_empty_flag(case))


def _has_empty_flag(case: Case) -> bool:
    given = case.query or {}
    parameters = case.operation.definition.raw.get("parameters", ())
    return any(
        given.get(each.get("name")) == "" and each.get("schema", {}).get("type") == "boolean"
        for each in parameters
    )


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
    """Stay within the run's own sprites, and reach what the case is about."""
    del kwargs
    STEERING.steer(case)


@schemathesis.hook
def after_call(
    _context: schemathesis.HookContext, case: Case, response: schemathesis.Response
) -> None:
    """Note what sequences can go on with, and what must be deleted although no prefix tells it."""
    operation = operation_of(case)
    if not 200 <= response.status_code < 300:
        return
    try:
        answer = json.loads(response.content)
    except ValueError:
        return  # a stream, or nothing; else another check complains about that
    STEERING.take_note(operation, answer)
    name = answer.get("name") if isinstance(answer, dict) else None
    strange = isinstance(name, str) and not name.startswith(STEERING.target.sprite)
    if operation == "create_sprite" and strange and JOURNAL:
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
    again = case.call(headers={"Authorization": f"Bearer {STEERING.target.token}"})
    assert again.status_code == 404, f"deleting it again was answered {again.status_code}"


@schemathesis.check
def unknown_is_refused(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """Nothing succeeds for a sprite that was never made."""
    name = str((case.path_parameters or {}).get("name", ""))
    if name == f"{STEERING.target.sprite}-{STRANGER}":
        status = response.status_code
        assert not 200 <= status < 300, f"the sprite does not exist; the answer is {status}"


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

be_polite(STEERING.target.pace)
if life := os.environ.get("CONTRACT_LIFE"):
    end_with(int(life))
