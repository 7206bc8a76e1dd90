"""What schemathesis has to be told about this API; loaded by name from scripts/contract.py.

NDJSON is unknown to schemathesis: without these extensions any body passes (peers.md S5). The
spec's schema describes one line, so it is wrapped in an array here, in memory only, and every
line of an answer is validated. The order law of streams is a check of its own.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, TypeAlias

import schemathesis
from hypothesis import strategies as st

Case: TypeAlias = "schemathesis.Case[Any]"
NDJSON = "application/x-ndjson"
# Streams whose last event is the outcome, and what it may be; other NDJSON answers have no such
# law. A service's `error` event is only a part of its story.
OUTCOME_STREAMS = {
    "create_checkpoint": {"complete", "error"},
    "restore_checkpoint": {"complete", "error"},
    "put_service": {"complete"},
    "start_service": {"complete"},
    "stop_service": {"complete"},
    "restart_service": {"complete"},
    "get_service_logs": {"complete"},
}

# Streams that report for a while: 5 seconds, or as long as the case says.
BOUNDED_BY_DURATION = {"put_service", "start_service", "restart_service", "get_service_logs"}
DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+|[0-9]+(\.[0-9]+)?")
SHORT = "50ms"

SPRITE = os.environ["CONTRACT_SPRITE"]
"""The prefix of all sprites that this run may use."""
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
    if failure.code == "ST202":
        return not _lacks_a_dependent(case.body)
    if failure.code != "ST201":
        return True
    return not _holds_null(case.body) and UNKNOWN not in (case.query or {})


def _lacks_a_dependent(body: Any) -> bool:
    """Tell whether a network rule lacks one of domain and action.

    The document says with `dependentRequired` that they come together; the coverage phase does
    not look at that, and leaves out whatever `required` does not name.
    """
    rules = body.get("rules") if isinstance(body, dict) else None
    return isinstance(rules, list) and any(
        isinstance(rule, dict) and ("domain" in rule) != ("action" in rule) for rule in rules
    )


def _holds_null(value: Any) -> bool:
    """Tell whether a property somewhere in a body is null."""
    if isinstance(value, dict):
        return any(item is None or _holds_null(item) for item in value.values())
    return False


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Stay within the run's own sprites, and never ask for an endless stream."""
    del kwargs
    operation = case.operation.definition.raw.get("operationId", "")
    if operation == "list_sprites" and NDJSON in str((case.headers or {}).get("Accept", "")):
        case.headers["Accept"] = "application/json"
    if operation == "list_sessions":
        case.query = {}  # its parameters are those of the WebSocket on the same path
    if operation in BOUNDED_BY_DURATION:
        _shorten(case)
    if operation == "create_sprite" and isinstance(case.body, dict):
        _rename(case.body)
    if operation == "delete_sprite":
        _spare(case.path_parameters)


def _shorten(case: Case) -> None:
    """Report for a moment only, whatever is left out or asked for; bad durations stay bad."""
    query = case.query or {}
    if isinstance(text := query.get("duration", SHORT), str) and DURATION.fullmatch(text):
        case.query = {**query, "duration": SHORT}


def _rename(body: dict[str, Any]) -> None:
    """Keep sprites that a case creates under the run's own prefix; bad names stay bad."""
    name = body.get("name")
    if not isinstance(name, str) or name.startswith(SPRITE):
        return
    if name and name.isascii() and name.replace("-", "").isalnum():
        body["name"] = f"{SPRITE}-{name.strip('-').lower()}"[:63].rstrip("-")


def _spare(path: dict[str, Any]) -> None:
    """Delete only sprites of this run, and never the one that all other cases need."""
    if not str(path.get("name", "")).startswith(f"{SPRITE}-"):
        path["name"] = f"{SPRITE}-gone"


@schemathesis.check
def stream_outcome(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """A stream of progress ends with exactly one terminal event, and nothing follows it."""
    operation = case.operation.definition.raw.get("operationId", "")
    if operation not in OUTCOME_STREAMS or not 200 <= response.status_code < 300:
        return
    assert response.content.endswith(b"\n"), "the last event is not terminated by a newline"
    kinds = [json.loads(line).get("type") for line in response.content.splitlines()]
    terminal = [kind for kind in kinds if kind in OUTCOME_STREAMS[operation]]
    assert len(terminal) == 1, f"{len(terminal)} terminal events in {kinds}"
    assert kinds[-1] == terminal[0], f"events after the terminal one: {kinds}"


schemathesis.openapi.media_type("application/octet-stream", st.binary(max_size=4096))
