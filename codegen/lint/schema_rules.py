"""Rules about schemas: what the generator reads well, and what servers may change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from codegen.lint.spec import Problem, Rule, Spec, is_component, schema_tree

_PASCAL = re.compile(r"^[A-Z][A-Za-z0-9]+$")
_OVERLOADED = ("Request", "Response", "Exception", "Error")
# Names in the generated models that a field of the same name would break.
_TAKEN = {"d", "cls", "field_dict", "additional_properties", "to_dict", "from_dict"}
_NULL = {"type": "null"}
_UNIONS = ("oneOf", "anyOf", "allOf")


def component_name(spec: Spec) -> Iterator[Problem]:
    """It becomes the name of a class, beside those of the HTTP library."""
    for name in spec.component("schemas"):
        if not _PASCAL.match(name) or name.endswith(_OVERLOADED):
            yield ("components", "schemas", name), f"{name}: PascalCase, and no word of HTTP"


def component_example(spec: Spec) -> Iterator[Problem]:
    """Documentation, fuzzer and tests start from examples."""
    for name, schema in spec.component("schemas").items():
        if schema.get("type") == "object" and not schema.get("examples"):
            yield ("components", "schemas", name), f"{name} must have examples"


def inline_object(spec: Spec) -> Iterator[Problem]:
    """The generator would invent a name for it."""
    for pointer, schema in spec.schemas():
        is_object = "object" in _types(schema) or "properties" in schema
        if is_object and not is_component(pointer):
            yield pointer, "an object must be a component"


def inline_enum(spec: Spec) -> Iterator[Problem]:
    """The generator would invent a name for it, and one more for each use."""
    for pointer, schema in spec.schemas():
        if "enum" in schema and not is_component(pointer):
            yield (*pointer, "enum"), "an enum must be a component"


def inline_union(spec: Spec) -> Iterator[Problem]:
    """The generator guesses in unions; only `or null` is safe everywhere."""
    for pointer, schema in spec.schemas():
        types = [name for name in _types(schema) if name != "null"]
        if len(types) > 1:
            yield pointer, "a choice of types must be a component of its own"
        for key in _UNIONS:
            if key in schema and not is_component(pointer) and not _is_nullable(schema):
                yield (*pointer, key), "a union must be a component, or a reference or null"


def enum_values(spec: Spec) -> Iterator[Problem]:
    """The generator removes a model with any other enum, with all that refers to it."""
    for pointer, schema in spec.schemas():
        values = schema.get("enum", [])
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) != len(values) or len({text.lower() for text in texts}) != len(texts):
            yield (*pointer, "enum"), "values must be texts that differ in more than case"


def response_enum(spec: Spec) -> Iterator[Problem]:
    """Servers learn new words: a client that knows the old ones must still read the answer."""
    for name in _answered(spec):
        schema = spec.component("schemas")[name]
        for pointer, part in schema_tree(("components", "schemas", name), schema):
            if "enum" in part or "const" in part:
                yield pointer, "answers have open texts: list the known values in words"


def response_closed(spec: Spec) -> Iterator[Problem]:
    """Servers learn new fields, too."""
    for name in _answered(spec):
        if spec.component("schemas")[name].get("additionalProperties") is False:
            yield ("components", "schemas", name), "an answer must permit further fields"


def property_name(spec: Spec) -> Iterator[Problem]:
    """The generated model would break."""
    for pointer, schema in spec.schemas():
        for name in schema.get("properties", {}).keys() & _TAKEN:
            yield (*pointer, "properties", name), f"no property may be named {name}"


def array_items(spec: Spec) -> Iterator[Problem]:
    """The generator removes a model with such a list."""
    for pointer, schema in spec.schemas():
        if "array" in _types(schema) and "items" not in schema:
            yield pointer, "an array must have items"


def required_known(spec: Spec) -> Iterator[Problem]:
    """A misspelt required field would make every answer wrong."""
    for pointer, schema in spec.schemas():
        for name in schema.get("required", []):
            if name not in schema.get("properties", {}):
                yield (*pointer, "required"), f"{name} is required but no property"


def _types(schema: dict[str, Any]) -> list[str]:
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _is_nullable(schema: dict[str, Any]) -> bool:
    """Tell whether a union is a reference or null, which the generator reads strictly."""
    parts = schema.get("oneOf", [])
    return len(parts) == 2 and "$ref" in parts[0] and parts[1] == _NULL


def _answered(spec: Spec) -> list[str]:
    """List the schema components that servers send."""
    prefix = "#/components/schemas/"
    names = {ref.removeprefix(prefix) for ref in spec.answers() if ref.startswith(prefix)}
    return sorted(names & spec.component("schemas").keys())


RULES: dict[str, Rule] = {
    "component-name": component_name,
    "component-example": component_example,
    "inline-object": inline_object,
    "inline-enum": inline_enum,
    "inline-union": inline_union,
    "enum-values": enum_values,
    "response-enum": response_enum,
    "response-closed": response_closed,
    "property-name": property_name,
    "array-items": array_items,
    "required-known": required_known,
}
