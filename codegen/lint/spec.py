"""An OpenAPI document as the rules see it: places, schemas, operations, references, lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from codegen.document import METHODS

Pointer: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[Pointer, dict[str, Any]]
Problem: TypeAlias = tuple[Pointer, str]
Rule: TypeAlias = Callable[["Spec"], Iterator[Problem]]

_EXAMPLES = ("example", "examples")


class Finding(NamedTuple):
    """A broken rule, where it is broken, and how."""

    line: int
    rule: str
    message: str


class Spec:
    """A parsed document together with its text."""

    def __init__(self, text: str, root: dict[str, Any], marked: CommentedMap) -> None:
        """Keep the document plain (`root`) and with line numbers (`marked`)."""
        self.text = text
        self.root = root
        self._marked = marked

    @classmethod
    def parse(cls, text: str) -> Spec:
        """Read YAML 1.2."""
        return cls(text, YAML(typ="safe", pure=True).load(text), YAML(typ="rt").load(text))

    def line(self, pointer: Pointer) -> int:
        """Find the line of a place, or of the nearest place above it."""
        node: Any = self._marked
        line = 0
        for step in pointer:
            if isinstance(node, CommentedMap) and step in node:
                line = node.lc.key(step)[0]
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                line = node.lc.item(step)[0]
            else:
                break
            node = node[step]
        return line + 1

    def component(self, kind: str) -> dict[str, Any]:
        """Get the components of one kind by name."""
        components: dict[str, Any] = self.root.get("components", {}).get(kind, {})
        return components

    def places(self) -> Iterator[Place]:
        """Yield each object of the document except what stands in examples."""
        yield from walk(self.root, ())

    def path_items(self) -> Iterator[Place]:
        """Yield each path with its item."""
        for path, item in self.root.get("paths", {}).items():
            yield ("paths", path), item

    def operations(self) -> Iterator[Place]:
        """Yield each operation."""
        for pointer, item in self.path_items():
            for method in METHODS:
                if method in item:
                    yield (*pointer, method), item[method]

    def parameters(self) -> Iterator[Place]:
        """Yield each parameter that is written out, wherever it stands."""
        for pointer, node in self.places():
            if "in" in node and "name" in node and "securitySchemes" not in pointer:
                yield pointer, node

    def media_types(self) -> Iterator[tuple[Pointer, str, dict[str, Any]]]:
        """Yield each media type of a request or response body with its name."""
        for pointer, node in self.places():
            if pointer and pointer[-1] != "properties" and isinstance(node.get("content"), dict):
                for name, media in node["content"].items():
                    yield (*pointer, "content", name), name, media

    def schemas(self) -> Iterator[Place]:
        """Yield each schema: the components, those of bodies and parameters, and their parts."""
        for name, schema in self.component("schemas").items():
            yield from schema_tree(("components", "schemas", name), schema)
        for pointer, node in self.places():
            if "schema" in node and pointer[-1:] != ("properties",):
                yield from schema_tree((*pointer, "schema"), node["schema"])

    def resolve(self, reference: str) -> Any:
        """Follow a reference inside the document; None when there is nothing."""
        node: Any = self.root
        for step in reference.removeprefix("#/").split("/"):
            if not isinstance(node, dict):
                return None
            node = node.get(step.replace("~1", "/").replace("~0", "~"))
        return node

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """Replace a reference by what it names, an unknown one by an empty object."""
        target = self.resolve(node["$ref"]) if "$ref" in node else node
        return target if isinstance(target, dict) else {}

    def reachable(self, start: list[Any]) -> set[str]:
        """Collect all references from some objects, directly or through other components."""
        found: set[str] = set()
        queue = list(start)
        while queue:
            for _, node in walk(queue.pop(), ()):
                reference = node.get("$ref")
                if isinstance(reference, str) and reference not in found:
                    found.add(reference)
                    queue.append(self.resolve(reference))
        return found

    def answers(self) -> set[str]:
        """Collect the references of everything that a server sends."""
        start: list[Any] = [self.component("responses")]
        for _, operation in self.operations():
            start.append(operation.get("responses", {}))
            start.append(operation.get("x-websocket", {}).get("server_messages", []))
        return self.reachable(start)


def walk(node: Any, pointer: Pointer) -> Iterator[Place]:
    """Yield each object below a node; examples hold the users' words, not ours."""
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            if key not in _EXAMPLES:
                yield from walk(value, (*pointer, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*pointer, index))


def schema_tree(pointer: Pointer, schema: Any) -> Iterator[Place]:
    """Yield a schema and the schemas in it."""
    if not isinstance(schema, dict):
        return
    yield pointer, schema
    for name, part in schema.get("properties", {}).items():
        yield from schema_tree((*pointer, "properties", name), part)
    for keyword in ("items", "additionalProperties"):
        yield from schema_tree((*pointer, keyword), schema.get(keyword))
    for keyword in ("oneOf", "anyOf", "allOf"):
        for index, part in enumerate(schema.get(keyword, [])):
            yield from schema_tree((*pointer, keyword, index), part)


def is_component(pointer: Pointer) -> bool:
    """Tell whether a schema has a name of its own."""
    return len(pointer) == 3 and pointer[:2] == ("components", "schemas")
