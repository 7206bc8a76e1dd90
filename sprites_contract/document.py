"""openapi.yaml as the harness needs it: operations by id, and schemas by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
PATH = ROOT / "openapi.yaml"
METHODS = ("get", "put", "post", "delete", "head", "patch")
SAFE = {"GET", "HEAD"}
_SCHEMAS = "#/components/schemas/"


@frozen
class Operation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    definition: dict[str, Any]

    @property
    def label(self) -> str:
        """Method and path, the name that schemathesis gives it."""
        return f"{self.method} {self.path}"

    @property
    def is_http(self) -> bool:
        """Whether it can succeed without becoming a WebSocket."""
        return any(str(status).startswith("2") for status in self.definition["responses"])

    @property
    def websocket(self) -> dict[str, Any] | None:
        """What its WebSocket carries, if it is one."""
        return self.definition.get("x-websocket")

    @property
    def statuses(self) -> list[str]:
        """The statuses that it documents, such as `200` and `5XX`."""
        return [str(status) for status in self.definition["responses"]]

    def documents(self, status: int) -> bool:
        """Tell whether it may answer with a status."""
        return not {str(status), f"{status // 100}XX", "default"}.isdisjoint(self.statuses)


@cache
def document() -> dict[str, Any]:
    """Return the whole document."""
    loaded: dict[str, Any] = YAML(typ="safe").load(PATH)
    return loaded


@cache
def operations() -> dict[str, Operation]:
    """Return all operations by their id, in the order of the document."""
    found = [
        Operation(definition["operationId"], method.upper(), path, definition)
        for path, item in document()["paths"].items()
        for method, definition in item.items()
        if method in METHODS
    ]
    return {operation.id: operation for operation in found}


@cache
def labels() -> dict[str, str]:
    """Return ids of operations by method and path."""
    return {operation.label: operation.id for operation in operations().values()}


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference within the document."""
    while "$ref" in node:
        found: Any = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def schema_name(node: dict[str, Any]) -> str:
    """Return the name of the component that a node refers to, or an empty text."""
    reference = str(node.get("$ref", ""))
    return reference.removeprefix(_SCHEMAS) if reference.startswith(_SCHEMAS) else ""


@cache
def validator(name: str) -> Draft202012Validator:
    """Return a validator for one component."""
    schema = {"$ref": f"{_SCHEMAS}{name}", "components": document()["components"]}
    return Draft202012Validator(schema)


def complaint(name: str, value: Any) -> str:
    """Say why a value does not match a component; an empty text when it does."""
    error = next(iter(validator(name).iter_errors(value)), None)
    return "" if error is None else f"{error.json_path}: {error.message}"[:300]
