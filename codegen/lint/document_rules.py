"""Rules about the document as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import yaml

from codegen.lint.spec import Problem, Rule, Spec

_REFERENCE = re.compile(r"^#/components/[A-Za-z]+/[A-Za-z0-9._-]+$")
_KINDS = ("schemas", "responses", "parameters", "headers", "requestBodies")


def openapi_version(spec: Spec) -> Iterator[Problem]:
    """The generator refuses 3.2, and 3.0 has neither `const` nor lists of types."""
    if spec.root.get("openapi") != "3.1.0":
        yield ("openapi",), "the version must be 3.1.0"


def yaml_dialect(spec: Spec) -> Iterator[Problem]:
    """YAML 1.1 reads `no`, `on` and bare dates differently; half of all tools still do."""
    old = yaml.safe_load(spec.text)
    if old != spec.root:
        yield (), "YAML 1.1 and 1.2 read this differently: quote the words that differ"
        return
    try:
        json.dumps(spec.root)
    except TypeError as error:
        yield (), f"JSON cannot express this, quote dates and keys: {error}"


def root_security(spec: Spec) -> Iterator[Problem]:
    """Every operation wants a bearer token unless it says otherwise."""
    schemes = spec.component("securitySchemes")
    names = [name for entry in spec.root.get("security", []) for name in entry]
    if not any(schemes.get(name, {}).get("scheme") == "bearer" for name in names):
        yield ("security",), "the root must demand a bearer token"


def references(spec: Spec) -> Iterator[Problem]:
    """The generator knows references to components of the same document only."""
    for pointer, node in spec.places():
        reference = node.get("$ref")
        if not isinstance(reference, str):
            continue
        if not _REFERENCE.match(reference):
            yield (*pointer, "$ref"), f"{reference} is no reference to a component"
        elif spec.resolve(reference) is None:
            yield (*pointer, "$ref"), f"{reference} does not exist"


def path_item_reference(spec: Spec) -> Iterator[Problem]:
    """The generator drops such a path without a word."""
    for pointer, item in spec.path_items():
        if "$ref" in item:
            yield pointer, "a path must not be a reference"


def unused_component(spec: Spec) -> Iterator[Problem]:
    """A component that nothing names is forgotten or misspelt."""
    used = spec.reachable([spec.root.get("paths", {})])
    for kind in _KINDS:
        for name in spec.component(kind):
            if f"#/components/{kind}/{name}" not in used:
                yield ("components", kind, name), f"{name} is not used"


def no_default(spec: Spec) -> Iterator[Problem]:
    """The generated client would send it always, in place of what the server would choose."""
    for pointer, schema in spec.schemas():
        if "default" in schema:
            yield (*pointer, "default"), "say the default in the description"


def no_title(spec: Spec) -> Iterator[Problem]:
    """The generator would name the class after it."""
    for pointer, schema in spec.schemas():
        if "title" in schema:
            yield (*pointer, "title"), "a schema must not have a title"


RULES: dict[str, Rule] = {
    "openapi-version": openapi_version,
    "yaml-dialect": yaml_dialect,
    "root-security": root_security,
    "references": references,
    "path-item-reference": path_item_reference,
    "unused-component": unused_component,
    "no-default": no_default,
    "no-title": no_title,
}
