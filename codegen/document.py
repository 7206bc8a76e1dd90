"""What the generator gets to read: the contract without the parts that it would read badly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def load(path: Path) -> dict[str, Any]:
    """Read a YAML 1.2 document as plain dicts and lists."""
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation in the order of the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def for_generator(document: dict[str, Any]) -> dict[str, Any]:
    """Copy a document for the generator.

    Timestamps stay text: read as `datetime` they lose their nanoseconds, and one bad stamp would
    cost the whole response. An upgrade beside an ordinary answer is left out, because calling
    functions cannot get it. No answer to HEAD has a body, though errors are declared with theirs.
    """
    copy: dict[str, Any] = without_timestamps(document)
    for _, method, operation in operations(copy):
        responses = operation["responses"]
        if any(status.startswith("2") for status in responses):
            responses.pop("101", None)
        if method == "head":
            operation["responses"] = {status: {"description": "No body."} for status in responses}
    return copy


def without_timestamps(node: Any) -> Any:
    """Copy a tree without `format: date-time`."""
    if isinstance(node, list):
        return [without_timestamps(item) for item in node]
    if isinstance(node, dict):
        return {
            key: without_timestamps(value)
            for key, value in node.items()
            if (key, value) != ("format", "date-time")
        }
    return node
