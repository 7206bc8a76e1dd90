"""How far the document and the server have drifted apart.

Answers may hold more than the document says, and the document more than any answer shows. Neither
breaks the contract; both are worth a look after a change of the server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from attrs import define, field, frozen

from sprites_contract.document import operations, resolve, schema_name

JSON, NDJSON = "application/json", "application/x-ndjson"
_KNOWN = re.compile(r"Known values?: (.*?)(?:\.(?:\s|$)|$)", re.DOTALL)
_QUOTED = re.compile(r"`([^`]*)`")
_EMPTY = re.compile(r"\bempty\b")
_LONGEST_VALUE = 60


@frozen(order=True)
class Fact:
    """One thing that an answer can show."""

    kind: str
    """`status`, `field` or `value`."""
    where: str
    """An operation for a status, else a property such as `SpriteInfo.status`."""
    what: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.where}{f' = {self.what}' if self.what else ''}"


@define
class Drift:
    """What was seen, in the document's terms."""

    seen: set[Fact] = field(factory=set)

    def see_answer(self, operation: str, status: int, content_type: str, body: bytes) -> None:
        """Take in one answer over HTTP."""
        if operation not in operations():
            return  # a method that no operation has
        self.seen.add(Fact("status", operation, str(status)))
        schema = _schema_of(operation, status, content_type)
        for value in _values(content_type, body) if schema else ():
            self.seen.update(facts(schema, value))

    def see_message(self, component: str, message: Any) -> None:
        """Take in a message of a WebSocket."""
        self.seen.update(facts({"$ref": f"#/components/schemas/{component}"}, message))

    def undocumented(self) -> list[Fact]:
        """Return what was seen and is not in the document."""
        return sorted(fact for fact in self.seen - expected() if not _is_documented(fact))

    def unseen(self, tried: Iterable[str]) -> list[Fact]:
        """Return what the document has and no answer of these operations showed."""
        asked = set(tried)
        wanted = set().union(*(_expected_of(operation) for operation in asked))
        statuses = {
            Fact("status", name, status)
            for name in asked
            for status in operations()[name].statuses
            if status.isdecimal()
        }
        return sorted((wanted | statuses) - self.seen)


def _is_documented(fact: Fact) -> bool:
    return fact.kind == "status" and operations()[fact.where].documents(int(fact.what))


def _values(content_type: str, body: bytes) -> Iterator[Any]:
    try:
        if content_type == NDJSON:
            yield from (json.loads(line) for line in body.splitlines() if line.strip())
        elif content_type == JSON:
            yield json.loads(body)
    except ValueError:
        return  # a check complains about that


@cache
def _schema_of(operation: str, status: int, content_type: str) -> dict[str, Any]:
    responses = operations()[operation].definition["responses"]
    for key in (str(status), f"{status // 100}XX"):
        if key in responses:
            content = resolve(responses[key]).get("content", {})
            schema: dict[str, Any] = content.get(content_type, {}).get("schema", {})
            return schema
    return {}


def facts(schema: dict[str, Any], value: Any, where: str = "") -> Iterator[Fact]:
    """Say in the document's terms what a value shows."""
    where = schema_name(schema) or where
    schema = resolve(schema)
    if options := schema.get("oneOf"):
        if value is None:
            return
        schema = next((option for option in options if option.get("type") != "null"), {})
        yield from facts(schema, value, where)
    elif isinstance(value, list):
        for item in value:
            yield from facts(schema.get("items", {}), item, where)
    elif isinstance(value, dict) and "properties" in schema:
        for name, item in value.items():
            yield Fact("field", f"{where}.{name}")
            yield from facts(schema["properties"].get(name, {}), item, f"{where}.{name}")
    elif isinstance(value, str) and _known_values(schema):
        yield Fact("value", where, value[:_LONGEST_VALUE] or "(empty)")


def _known_values(schema: dict[str, Any]) -> list[str]:
    found = _KNOWN.search(str(schema.get("description", "")))
    if not found:
        return []
    empty = ["(empty)"] if _EMPTY.search(str(schema["description"]).lower()) else []
    return _QUOTED.findall(found[1]) + empty


@cache
def expected() -> frozenset[Fact]:
    """Return everything that answers can show by the document."""
    return frozenset().union(*(_expected_of(operation) for operation in operations()))


@cache
def _expected_of(operation: str) -> frozenset[Fact]:
    definition = operations()[operation].definition
    schemas = [
        media["schema"]
        for response in definition["responses"].values()
        for media in resolve(response).get("content", {}).values()
        if "schema" in media
    ]
    messages = (definition.get("x-websocket") or {}).get("server_messages", [])
    return frozenset(
        fact for schema in [*schemas, *messages] for fact in _shown_by(schema, "", frozenset())
    )


def _shown_by(schema: dict[str, Any], where: str, within: frozenset[str]) -> Iterator[Fact]:
    """Yield what a value of a schema can show; a schema within itself is shown once."""
    name = schema_name(schema)
    if name in within:
        return
    where, within = name or where, within | ({name} if name else set())
    schema = resolve(schema)
    for known in _known_values(schema) if "." in where else ():
        yield Fact("value", where, known)
    for inner in [*schema.get("oneOf", ()), *([schema["items"]] if "items" in schema else ())]:
        yield from _shown_by(inner, where, within)
    for property_name, inner in schema.get("properties", {}).items():
        yield Fact("field", f"{where}.{property_name}")
        yield from _shown_by(inner, f"{where}.{property_name}", within)
