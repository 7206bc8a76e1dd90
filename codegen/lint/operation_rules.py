"""Rules about operations and their parameters."""

from __future__ import annotations

import builtins
import keyword
import re
from collections import Counter
from collections.abc import Iterator

from codegen.lint.spec import Place, Problem, Rule, Spec

_VERB_NOUN = re.compile(r"^[a-z]+(_[a-z0-9]+)+$")
_TAG = re.compile(r"^[a-z]+$")
_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
VERBS = {
    "get": "attach check get list open read watch",
    "head": "probe",
    "put": "put update write",
    "post": "change copy create kill rename restart restore run set signal start stop upgrade",
    "delete": "delete",
}
# Local names of the generated builders; the generator does not step aside.
_TAKEN = {"params", "headers", "body", "cookies"}
_SUMMARY_WORDS = 6


def operation_id(spec: Spec) -> Iterator[Problem]:
    """It becomes the name of a module."""
    for pointer, operation in spec.operations():
        if not _VERB_NOUN.match(str(operation.get("operationId", ""))):
            yield (*pointer, "operationId"), "an operationId must be a verb_noun in snake case"


def operation_id_unique(spec: Spec) -> Iterator[Problem]:
    """The generator lets the second file overwrite the first."""
    counts = Counter(operation.get("operationId") for _, operation in spec.operations())
    for pointer, operation in spec.operations():
        name = operation.get("operationId")
        if name is not None and counts[name] > 1:
            yield (*pointer, "operationId"), f"{name} is used {counts[name]} times"


def operation_verb(spec: Spec) -> Iterator[Problem]:
    """One vocabulary in contract, client and facade."""
    for pointer, operation in spec.operations():
        verb, _, noun = str(operation.get("operationId", "")).partition("_")
        method = str(pointer[-1])
        if noun and verb not in VERBS.get(method, "").split():
            yield (*pointer, "operationId"), f"{verb} is no verb for {method.upper()}"


def one_tag(spec: Spec) -> Iterator[Problem]:
    """It becomes the name of a package, and only the first one would."""
    declared = [tag["name"] for tag in spec.root.get("tags", [])]
    for pointer, operation in spec.operations():
        tags = operation.get("tags", [])
        if len(tags) != 1:
            yield (*pointer, "tags"), f"an operation must have one tag, not {len(tags)}"
        elif tags[0] not in declared:
            yield (*pointer, "tags"), f"the tag {tags[0]} is not declared"


def tag_name(spec: Spec) -> Iterator[Problem]:
    """A name that Python uses gets an underscore."""
    for index, tag in enumerate(spec.root.get("tags", [])):
        name = tag["name"]
        taken = keyword.iskeyword(name) or hasattr(builtins, name)
        if taken or not _TAG.match(name) or not name.isidentifier():
            yield ("tags", index), f"{name} cannot name a package: use a lower-case noun"


def summary(spec: Spec) -> Iterator[Problem]:
    """It is the headline in documentation."""
    for pointer, operation in spec.operations():
        text = str(operation.get("summary", ""))
        if not 1 <= len(text.split()) <= _SUMMARY_WORDS or text.endswith("."):
            yield (*pointer, "summary"), "a summary has one to six words and no period"


def path_parameters(spec: Spec) -> Iterator[Problem]:
    """One definition each, which also tells the fuzzer what a good and a bad name is."""
    for pointer, item in spec.path_items():
        found = []
        for index, parameter in enumerate(item.get("parameters", [])):
            target = spec.resolved(parameter)
            found.append(target.get("name"))
            if "$ref" not in parameter or target.get("in") != "path":
                yield (*pointer, "parameters", index), "a path's parameters are shared path ones"
            elif "pattern" not in target.get("schema", {}):
                yield (*pointer, "parameters", index), f"{target['name']} must have a pattern"
        if sorted(map(str, found)) != sorted(_PLACEHOLDER.findall(str(pointer[1]))):
            yield pointer, "the placeholders of a path are its parameters, each once"


def local_path_parameter(spec: Spec) -> Iterator[Problem]:
    """Path parameters stand under the path, so that all its operations share them."""
    for pointer, operation in spec.operations():
        for index, parameter in enumerate(operation.get("parameters", [])):
            if spec.resolved(parameter).get("in") == "path":
                yield (*pointer, "parameters", index), "move this parameter to the path"


def parameter_form(spec: Spec) -> Iterator[Problem]:
    """The generator drops a parameter without a schema, and knows repeated keys only."""
    for pointer, parameter in spec.parameters():
        if "schema" not in parameter or "content" in parameter:
            yield pointer, "a parameter must have a schema"
        elif parameter.get("explode") is False or parameter.get("style") == "deepObject":
            yield pointer, "lists are repeated keys: no explode: false, no deepObject"
        elif parameter["in"] == "cookie":
            yield pointer, "cookies are no part of this interface"


def parameter_name(spec: Spec) -> Iterator[Problem]:
    """The generated builder would lose the value of a parameter of such a name."""
    for pointer, parameter in spec.parameters():
        if parameter["name"] in _TAKEN:
            yield (*pointer, "name"), f"no parameter may be named {parameter['name']}"


def links(spec: Spec) -> Iterator[Problem]:
    """A link that leads nowhere is silently no link for the fuzzer."""
    known = {operation.get("operationId") for _, operation in spec.operations()}
    for pointer, node in spec.places():
        if pointer[-2:-1] == ("links",) and node.get("operationId") not in known:
            yield pointer, "a link must name an operation"


def described(spec: Spec) -> Iterator[Problem]:
    """Descriptions become the docstrings and the reference."""
    for pointer, node in _to_describe(spec):
        text = str(node.get("description", "")).strip()
        if not text:
            yield pointer, "a description is missing"
        elif not text.endswith("."):
            yield (*pointer, "description"), "a description is a sentence and ends with a period"


def _to_describe(spec: Spec) -> Iterator[Place]:
    yield from spec.operations()
    yield from spec.parameters()
    for name, schema in spec.component("schemas").items():
        pointer = ("components", "schemas", name)
        yield pointer, schema
        for key, part in schema.get("properties", {}).items():
            if "$ref" not in part and "oneOf" not in part:
                yield (*pointer, "properties", key), part


RULES: dict[str, Rule] = {
    "operation-id": operation_id,
    "operation-id-unique": operation_id_unique,
    "operation-verb": operation_verb,
    "one-tag": one_tag,
    "tag-name": tag_name,
    "summary": summary,
    "path-parameters": path_parameters,
    "local-path-parameter": local_path_parameter,
    "parameter-form": parameter_form,
    "parameter-name": parameter_name,
    "links": links,
    "described": described,
}
