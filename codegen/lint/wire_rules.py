"""Rules about what goes over the wire: answers, bodies, streams, sockets."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.lint.spec import Problem, Rule, Spec

JSON = "application/json"
NDJSON = "application/x-ndjson"
BINARY = "application/octet-stream"
TEXT = "text/plain"
_REQUEST_TYPES = (JSON, BINARY)
_SOCKET_KEYS = {
    "frames",
    "terminal",
    "text_prefix",
    "client_messages",
    "server_messages",
    "close_codes",
}


def success(spec: Spec) -> Iterator[Problem]:
    """An operation says what success is: an answer, or an upgrade."""
    for pointer, operation in spec.operations():
        statuses = [str(status) for status in operation.get("responses", {})]
        if not any(status == "101" or status.startswith("2") for status in statuses):
            yield (*pointer, "responses"), "an operation must list 101 or a status from 200 on"


def errors_listed(spec: Spec) -> Iterator[Problem]:
    """The fuzzer can tell a wrong status only if the right ones are listed, not `default`."""
    for pointer, operation in spec.operations():
        statuses = operation.get("responses", {})
        wanted = ["401", "5XX"] + (["404"] if "{" in str(pointer[1]) else [])
        for status in wanted:
            if status not in statuses:
                yield (*pointer, "responses"), f"{status} is missing"
        if "default" in statuses:
            yield (*pointer, "responses", "default"), "list the statuses instead of default"


def errors_shared(spec: Spec) -> Iterator[Problem]:
    """One definition of each error."""
    for pointer, operation in spec.operations():
        for status, response in operation.get("responses", {}).items():
            if str(status)[0] in "45" and "$ref" not in response:
                yield (*pointer, "responses", status), "an error must be a shared response"


def media_type(spec: Spec) -> Iterator[Problem]:
    """The generator drops what it does not know, and matches names exactly."""
    for pointer, name, media in spec.media_types():
        known = _REQUEST_TYPES if "requestBody" in pointer else (*_REQUEST_TYPES, NDJSON, TEXT)
        if name not in known:
            yield pointer, f"{name} is none of {', '.join(known)}"
        elif "schema" not in media:
            yield pointer, "a body must have a schema"


def json_first(spec: Spec) -> Iterator[Problem]:
    """The generator takes the first type that it knows."""
    for pointer, node in spec.places():
        content = node.get("content")
        if pointer[-1:] != ("properties",) and isinstance(content, dict):
            names = list(content)
            if JSON in names[1:]:
                yield (*pointer, "content"), "JSON must come first"


def one_request_type(spec: Spec) -> Iterator[Problem]:
    """With several, the generator makes a required body optional."""
    for pointer, operation in spec.operations():
        content = operation.get("requestBody", {}).get("content", {})
        if "requestBody" in operation and len(content) != 1:
            yield (*pointer, "requestBody"), "a request body must have one type"


def ndjson_line(spec: Spec) -> Iterator[Problem]:
    """The schema of a stream is that of one line: a flat object that says what it is."""
    for pointer, name, media in spec.media_types():
        if name != NDJSON or "schema" not in media:
            continue
        schema = spec.resolved(media["schema"])
        if "$ref" not in media["schema"] or schema.get("type") != "object":
            yield (*pointer, "schema"), "the schema of a stream must be a reference to an object"
        elif "type" not in schema.get("properties", {}):
            yield (*pointer, "schema"), "an event must have the property type"


def binary(spec: Spec) -> Iterator[Problem]:
    """Any other form makes the generated builder fail at run time."""
    for pointer, name, media in spec.media_types():
        schema = media.get("schema", {})
        form = (schema.get("type"), schema.get("format"))
        if name == BINARY and "schema" in media and form != ("string", "binary"):
            yield (*pointer, "schema"), "binary bodies are type: string, format: binary"


def websocket(spec: Spec) -> Iterator[Problem]:
    """An upgrade is described, and nothing else is."""
    for pointer, operation in spec.operations():
        upgrades = "101" in operation.get("responses", {})
        if upgrades != ("x-websocket" in operation):
            yield pointer, "101 and x-websocket go together"
        elif upgrades and pointer[-1] != "get":
            yield pointer, "a WebSocket is opened with GET"


def websocket_form(spec: Spec) -> Iterator[Problem]:
    """What a socket carries is described in one form, its messages are named components."""
    for pointer, operation in spec.operations():
        socket = operation.get("x-websocket")
        if socket is None:
            continue
        place = (*pointer, "x-websocket")
        if unknown := sorted(socket.keys() - _SOCKET_KEYS):
            yield place, f"unknown: {', '.join(unknown)}"
        for key in ("client_messages", "server_messages", "close_codes"):
            if key not in socket:
                yield place, f"{key} is missing"
        for key in ("client_messages", "server_messages"):
            for index, message in enumerate(socket.get(key, [])):
                if "$ref" not in message:
                    yield (*place, key, index), "a message must be a reference"


RULES: dict[str, Rule] = {
    "success": success,
    "errors-listed": errors_listed,
    "errors-shared": errors_shared,
    "media-type": media_type,
    "json-first": json_first,
    "one-request-type": one_request_type,
    "ndjson-line": ndjson_line,
    "binary": binary,
    "websocket": websocket,
    "websocket-form": websocket_form,
}
